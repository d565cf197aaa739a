//! `/v1/moderations`, answered here: nothing leaves the house to be judged.
//!
//! Scores are those of the rules on `toxicity`, by OpenAI's categories: phrases, and learned rules by the model in force, whose
//! scores are probabilities. From which score on a category is flagged, the policy says that covers whoever asks (see
//! [`config`]). What they do not find is not therefore harmless; `docs/accuracy.md` says how much they find.
//!
//! Some categories are made of others: hate that threatens is both, and who threatens speaks of violence.

pub mod config;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use serde_json::{Map, Value, json};

use crate::error::{Failure, stamp};
use crate::event::exchange::Outcome;
use crate::http::body::{Body, full};
use crate::proxy::admit::Admitted;
use crate::proxy::engine::Engine;
use crate::proxy::exchange::Exchange;
use config::ModerationConfig;

/// OpenAI's categories.
pub const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

/// What is said of one category.
#[derive(Debug, Clone, Copy)]
struct Said {
    category: &'static str,
    score: f32,
    is_flagged: bool,
}

/// Answers a moderation request.
///
/// # Errors
/// When a part of the input cannot be inspected (a picture), or the exchange cannot be recorded.
pub fn answer(exchange: &mut Exchange, admitted: &Admitted) -> Result<Response<Body>, Failure> {
    let request = &admitted.request;
    if let Some(part) = request.uninspectable().first() {
        return Err(Failure::Uninspectable {
            path: part.path.clone(),
            kind: "not text",
            policy: admitted.engine.policy.config.name.clone(),
        });
    }
    let inputs: Vec<usize> =
        (0..request.segments().len()).filter(|index| request.path(*index).starts_with("input")).collect();
    if inputs.is_empty() {
        return Err(Failure::Request("`input` is required: a text, or a list of texts"));
    }
    let results: Vec<Value> = inputs.into_iter().map(|index| judge(&admitted.engine, request.text(index))).collect();
    let body = json!({ "id": format!("modr-{}", exchange.id()), "model": "portcullis-moderation", "results": results });
    exchange.finish(Outcome::Allowed, None)?;
    let mut response = Response::new(full(body.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    stamp(&mut response, exchange.id());
    Ok(response)
}

/// The result for one text.
fn judge(engine: &Engine, text: &str) -> Value {
    let said = said(&engine.moderate(text), &engine.policy.config.moderation);
    let map = |value: &dyn Fn(&Said) -> Value| -> Map<String, Value> {
        said.iter().map(|said| (said.category.to_owned(), value(said))).collect()
    };
    json!({
        "flagged": said.iter().any(|said| said.is_flagged),
        "categories": map(&|said| json!(said.is_flagged)),
        "category_scores": map(&|said| json!(said.score)),
        "category_applied_input_types": map(&|_| json!(["text"])),
    })
}

fn said(report: &guard::Report, config: &ModerationConfig) -> [Said; CATEGORIES.len()] {
    let phrases = report.findings.iter().filter(|finding| finding.evidence != guard::finding::Evidence::Learned);
    let phrases: Vec<(&str, f32)> = phrases.map(|finding| (finding.rule.category, finding.score)).collect();
    let learned: Vec<(&str, f32)> = report.scores.iter().map(|said| (said.rule.category, said.score)).collect();
    let (phrases, learned) = (
        scores_of_all(&|category| highest(&phrases, category)),
        scores_of_all(&|category| highest(&learned, category)),
    );
    std::array::from_fn(|at| {
        let (category, phrase, learned) = (CATEGORIES[at], phrases[at], learned[at]);
        Said { category, score: phrase.max(learned), is_flagged: config.flags(category, (phrase, learned)) }
    })
}

/// The highest score of a category among those that were found.
fn highest(found: &[(&str, f32)], wanted: &str) -> f32 {
    let own = found.iter().filter(|(category, _)| category.strip_prefix("toxicity.") == Some(wanted));
    own.map(|(_, score)| *score).fold(0.0, f32::max)
}

/// In the order of [`CATEGORIES`], with what some of them are made of.
fn scores_of_all(of: &dyn Fn(&str) -> f32) -> [f32; CATEGORIES.len()] {
    let (hate, threat) = (of("hate"), of("harassment/threatening"));
    CATEGORIES.map(|category| {
        let made_of_others = match category {
            "hate/threatening" => hate.min(threat),
            "violence" => threat.max(of("hate/threatening")),
            _ => 0.0,
        };
        of(category).max(made_of_others)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said_of(text: &str) -> [Said; CATEGORIES.len()] {
        let rules = guard::rules().filter(|rule| rule.category.starts_with("toxicity."));
        said(&guard::Scanner::new(rules).scan(text, &guard::Context::default()), &ModerationConfig::default())
    }

    fn flagged(text: &str) -> Vec<&'static str> {
        said_of(text).into_iter().filter(|said| said.is_flagged).map(|said| said.category).collect()
    }

    #[test]
    fn learned_rules_score_where_no_phrase_does() {
        assert!(flagged("you are a pathetic little creep and everyone laughs at you").contains(&"harassment"));
        assert!(flagged("she moaned as he slid his hand under her panties").contains(&"sexual"));
        assert!(flagged("i have the pills here and nobody will miss me when i am gone").contains(&"self-harm"));
    }

    #[test]
    fn hate_that_threatens_is_hate_a_threat_and_violence() {
        let flagged = flagged("we should hunt down and burn every one of those filthy refugees");
        for category in ["hate", "hate/threatening", "violence"] {
            assert!(flagged.contains(&category), "{flagged:?}");
        }
    }

    #[test]
    fn ordinary_texts_have_scores_and_no_flag() {
        for text in ["The meeting is at ten.", "My sister is Muslim and works in a hospital.", "I hate slow computers."]
        {
            let said = said_of(text);
            assert!(said.iter().all(|said| !said.is_flagged), "{text}: {said:?}");
            assert!(said.iter().any(|said| said.score > 0.0), "{text}: nothing was judged");
        }
    }
}
