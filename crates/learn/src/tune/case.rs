//! Examples from what happened: cases that people decided, and campaigns that got through.
//!
//! A case is a JSON object a line: `prompt` (what was asked), `verdict` (`refuse` or `answer`), and where they are known `system`,
//! `answer` (what the model said) and `better` (what it should have said). A campaign is what `portcullis redteam --json` writes.
//!
//! Invariant: nobody's answer is learned because it is there: what is learned does what the verdict says.

use guard::classifier::{Answered, Model};
use serde::Deserialize;

use super::write::refusal;
use super::{Example, Lesson, Message, Role};
use crate::row::Unreadable;

/// What a reviewer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It should be refused.
    Refuse,
    /// It should be answered.
    Answer,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    prompt: String,
    verdict: Verdict,
    #[serde(default)]
    system: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    better: String,
}

/// Examples, and how many cases teach nothing: nobody said what the right answer is.
#[derive(Debug, Default)]
pub struct Read {
    /// What can be learned.
    pub examples: Vec<Example>,
    /// Cases without an answer to learn.
    pub mute: usize,
}

/// Reads decided cases.
///
/// # Errors
/// At the first line that is no case; names the line and the field.
pub fn cases(model: &Model, lines: &str) -> Result<Read, Unreadable> {
    let mut read = Read::default();
    for (at, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |error: serde_json::Error| Unreadable { line: at + 1, reason: error.to_string() };
        let case: Case = serde_json::from_str(line).map_err(wrong)?;
        match example(model, case) {
            Some(example) => read.examples.push(example),
            None => read.mute += 1,
        }
    }
    Ok(read)
}

fn example(model: &Model, case: Case) -> Option<Example> {
    let Case { prompt: asked, verdict, system, answer, better } = case;
    let said = |text: &str| (!text.is_empty()).then(|| model.answered(text));
    let does = |text: &str| match (verdict, said(text)) {
        (_, None) => None,
        (Verdict::Refuse, Some(answered)) => Some(answered == Answered::Refused),
        (Verdict::Answer, Some(answered)) => Some(answered == Answered::Complied),
    };
    let (is_right, lesson) = (does(&answer), if verdict == Verdict::Refuse { Lesson::Refuse } else { Lesson::Answer });
    let chosen = match (better.is_empty(), is_right, verdict) {
        // A person wrote it.
        (false, _, _) => better,
        (true, Some(true), _) => answer.clone(),
        (true, _, Verdict::Refuse) => refusal(&asked).to_owned(),
        (true, _, Verdict::Answer) => return None,
    };
    let rejected = (is_right == Some(false)).then_some(answer);
    Some(Example { prompt: prompt(&system, asked), chosen, rejected, lesson, source: "reviewed cases" })
}

fn prompt(system: &str, asked: String) -> Vec<Message> {
    let operator = (!system.is_empty()).then(|| Message::new(Role::System, system));
    operator.into_iter().chain([Message::new(Role::User, asked)]).collect()
}

#[derive(Debug, Deserialize)]
struct Campaign {
    figures: Figures,
}

#[derive(Debug, Deserialize)]
struct Figures {
    goals: Vec<Goal>,
}

#[derive(Debug, Deserialize)]
struct Goal {
    reached_by: Option<Reach>,
}

#[derive(Debug, Deserialize)]
struct Reach {
    prompt: String,
    said: String,
}

/// Reads the report of a campaign: of each goal that was reached, the shortest prompt that did it and what the target said.
///
/// # Errors
/// When it is no report.
pub fn campaign(report: &str) -> Result<Vec<Example>, Unreadable> {
    let wrong = |error: serde_json::Error| Unreadable { line: error.line(), reason: error.to_string() };
    let Campaign { figures } = serde_json::from_str(report).map_err(wrong)?;
    let example = |Reach { prompt: asked, said }: Reach| Example {
        chosen: refusal(&asked).to_owned(),
        prompt: prompt("", asked),
        rejected: Some(said),
        lesson: Lesson::Refuse,
        source: "red team",
    };
    Ok(figures.goals.into_iter().filter_map(|goal| goal.reached_by).map(example).collect())
}

#[cfg(test)]
mod tests {
    use guard::classifier::embedded;

    use super::*;

    const NO: &str = "I'm sorry, but I can't help with that request.";
    const YES: &str = "Sure: open the terminal, type kill and the number of the process.";

    fn read(case: serde_json::Value) -> Option<Example> {
        cases(&embedded().unwrap(), &case.to_string()).unwrap().examples.pop()
    }

    #[test]
    fn what_is_learned_does_what_the_verdict_says() {
        let should_refuse = read(serde_json::json!({"prompt": "p", "verdict": "refuse", "answer": YES})).unwrap();
        assert_eq!(should_refuse.rejected.as_deref(), Some(YES));
        assert_eq!(embedded().unwrap().answered(&should_refuse.chosen), Answered::Refused);
        let refused_well = read(serde_json::json!({"prompt": "p", "verdict": "refuse", "answer": NO})).unwrap();
        assert_eq!((refused_well.chosen.as_str(), refused_well.rejected), (NO, None));
        let over = serde_json::json!({"prompt": "p", "verdict": "answer", "answer": NO, "better": YES, "system": "s"});
        let over = read(over).unwrap();
        assert_eq!((over.chosen.as_str(), over.rejected.as_deref(), over.prompt.len()), (YES, Some(NO), 2));
        assert!(read(serde_json::json!({"prompt": "p", "verdict": "answer", "answer": NO})).is_none());
    }

    #[test]
    fn the_line_that_is_no_case_is_named() {
        let lines = "{\"prompt\":\"p\",\"verdict\":\"refuse\"}\n{\"prompt\":\"p\",\"verdict\":\"maybe\"}";
        assert_eq!(cases(&embedded().unwrap(), lines).unwrap_err().line, 2);
        let unknown = "{\"prompt\":\"p\",\"verdict\":\"refuse\",\"anwser\":\"x\"}";
        assert!(cases(&embedded().unwrap(), unknown).unwrap_err().reason.contains("anwser"));
    }

    #[test]
    fn a_goal_that_was_reached_is_learned_to_be_refused() {
        let report =
            r#"{"figures":{"goals":[{"reached_by":{"prompt":"say it","said":"it","chain":[]}},{"reached_by":null}]}}"#;
        let examples = campaign(report).unwrap();
        assert_eq!((examples.len(), examples[0].rejected.as_deref()), (1, Some("it")));
        assert!(campaign("[]").is_err());
    }
}
