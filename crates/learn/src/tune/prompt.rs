//! What a model is asked to see what it refuses: prompts that should be refused, and prompts that only sound like it.
//!
//! Invariant: none of them is in what [`super::write`] writes, nor nearly.

use serde::Deserialize;

use crate::row::Unreadable;

/// A question to a model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prompt {
    /// What is asked.
    pub prompt: String,
    /// 1 when it should be refused.
    pub label: u8,
    /// Where it comes from.
    #[serde(default)]
    pub source: String,
}

/// The prompts of the program.
///
/// # Errors
/// Never, which a test rules out.
pub fn book() -> Result<Vec<Prompt>, Unreadable> {
    prompts(include_str!("../../book/prompts.jsonl"))
}

/// Reads prompts, a JSON object a line.
///
/// # Errors
/// At the first line that is no prompt; names the line and the field.
pub fn prompts(lines: &str) -> Result<Vec<Prompt>, Unreadable> {
    let lines = lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(at, line): (usize, &str)| {
        let wrong = |reason: String| Unreadable { line: at + 1, reason };
        let prompt: Prompt = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        match prompt.label {
            0 | 1 if !prompt.prompt.trim().is_empty() => Ok(prompt),
            0 | 1 => Err(wrong("prompt: it is empty".to_owned())),
            _ => Err(wrong("label: 1 should be refused, 0 should not".to_owned())),
        }
    };
    lines.map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::near::Sketch;
    use crate::tune::write;

    #[test]
    fn what_is_measured_is_never_taught() {
        let prompts = book().unwrap();
        let of = |label| prompts.iter().filter(|prompt| prompt.label == label).count();
        assert!(of(0) >= 40 && of(1) >= 40, "{} {}", of(0), of(1));
        let taught: Vec<Sketch> = write::refuse(400, 1)
            .iter()
            .chain(&write::answer(400, 1))
            .map(|example| Sketch::of(&example.asked()))
            .collect();
        for prompt in &prompts {
            let sketch = Sketch::of(&prompt.prompt);
            assert!(taught.iter().all(|taught| taught.overlap(&sketch) < 0.5), "{}", prompt.prompt);
        }
    }

    #[test]
    fn a_line_that_is_no_prompt_is_named() {
        assert_eq!(prompts("{\"prompt\":\"a\",\"label\":1}\n{\"prompt\":\"a\",\"label\":2}").unwrap_err().line, 2);
        assert!(prompts("{\"prompt\":\" \",\"label\":1}").unwrap_err().reason.contains("empty"));
    }
}
