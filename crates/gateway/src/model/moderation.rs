//! `/v1/moderations`, answered here: nothing leaves the house to be judged.
//!
//! Scores are those of the `toxicity` rules, by OpenAI's categories; a category is flagged from [`FLAGGED`] on. They are
//! rules on words in their context, so what they do not find is not therefore harmless; `docs/accuracy.md` says how much
//! they find.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use serde_json::{Map, Value, json};

use crate::error::{Failure, stamp};
use crate::event::exchange::Outcome;
use crate::http::body::{Body, full};
use crate::proxy::admit::Admitted;
use crate::proxy::exchange::Exchange;

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

/// The score from which a category is flagged.
pub const FLAGGED: f32 = 0.5;

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
    let results: Vec<Value> = inputs.into_iter().map(|index| judge(request.text(index))).collect();
    let body =
        json!({ "id": format!("modr-{}", exchange.id()), "model": "portcullis-moderation-rules", "results": results });
    exchange.finish(Outcome::Allowed, None)?;
    let mut response = Response::new(full(body.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    stamp(&mut response, exchange.id());
    Ok(response)
}

/// The result for one text.
fn judge(text: &str) -> Value {
    let report = scanner().scan(text, &guard::Context::default());
    let score = |category: &str| {
        report
            .findings
            .iter()
            .filter(|finding| finding.rule.category.strip_prefix("toxicity.") == Some(category))
            .map(|finding| finding.score)
            .fold(0.0_f32, f32::max)
    };
    let scores: Vec<(&str, f32)> = CATEGORIES.iter().map(|category| (*category, score(category))).collect();
    let map = |value: &dyn Fn(f32) -> Value| -> Map<String, Value> {
        scores.iter().map(|(category, score)| ((*category).to_owned(), value(*score))).collect()
    };
    json!({
        "flagged": scores.iter().any(|(_, score)| *score >= FLAGGED),
        "categories": map(&|score| json!(score >= FLAGGED)),
        "category_scores": map(&|score| json!(score)),
        "category_applied_input_types": map(&|_| json!(["text"])),
    })
}

fn scanner() -> &'static guard::Scanner {
    static SCANNER: std::sync::OnceLock<guard::Scanner> = std::sync::OnceLock::new();
    SCANNER.get_or_init(|| guard::Scanner::new(guard::rules().filter(|rule| rule.family == guard::Family::Toxicity)))
}
