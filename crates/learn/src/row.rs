//! Labelled texts as data sets write them.
//!
//! JSON lines with `text`, `label` and `source`, and for several heads `labels` by name; or CSV whose header is one of those
//! that are known.

use std::collections::BTreeMap;

use guard::classifier::Head;
use serde::Deserialize;

/// One text and what the heads are to say of it; `None` is not known.
#[derive(Debug, Clone)]
pub struct Row {
    /// The text.
    pub text: String,
    /// Where it comes from.
    pub source: String,
    /// By head.
    pub labels: [Option<bool>; Head::ALL.len()],
    /// Whether the attack is one place in an otherwise harmless text, or the refusal one in an answer that complies.
    pub is_hidden: bool,
}

/// What a file of data is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Injections and jailbreaks.
    Injection,
    /// Hate, insults and threats.
    Toxicity,
    /// Refusals in answers.
    Refusal,
}

/// A line of data that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Which, from 1.
    pub line: usize,
    /// Why not.
    pub reason: String,
}

#[derive(Deserialize)]
struct Line {
    text: String,
    #[serde(default)]
    label: u8,
    #[serde(default)]
    source: String,
    /// What kind of toxicity, for that topic.
    #[serde(default)]
    kind: String,
    /// What each head is to say, for that topic; of others nothing is known.
    #[serde(default)]
    labels: BTreeMap<Head, bool>,
}

/// Sources whose attacks are placed inside harmless texts.
const HIDDEN: &[&str] = &["aug_indirect"];

impl Row {
    /// A text of one head.
    pub fn of(head: Head, text: String, label: bool, source: &str) -> Self {
        let mut labels = [None; Head::ALL.len()];
        labels[head as usize] = Some(label);
        Self { text, source: source.to_owned(), labels, is_hidden: label && HIDDEN.contains(&source) }
    }

    /// A text of which these heads are known.
    pub fn labelled(text: String, labels: impl IntoIterator<Item = (Head, bool)>, source: &str) -> Self {
        let mut row = Self { text, source: source.to_owned(), labels: [None; Head::ALL.len()], is_hidden: false };
        for (head, label) in labels {
            row.labels[head as usize] = Some(label);
        }
        row
    }

    /// A text of toxicity by the name of its kind; another name is harmless.
    pub fn of_kind(text: String, kind: &str, source: &str) -> Self {
        let labels: &[(Head, bool)] = match kind {
            "hate" => &[(Head::Hate, true), (Head::SelfHarm, false), (Head::Sexual, false)],
            "insult" => &[(Head::Hate, false), (Head::Harassment, true), (Head::Threat, false)],
            // Abuse of those who are no group in the sense of the head, or of things.
            "other" => &[(Head::Hate, false), (Head::Sexual, false), (Head::SelfHarm, false)],
            "threat" => &[(Head::Threat, true), (Head::SelfHarm, false), (Head::Sexual, false)],
            "hate_threat" => &[(Head::Hate, true), (Head::Threat, true)],
            "sexual" => &[(Head::Sexual, true), (Head::SelfHarm, false), (Head::Threat, false)],
            "self_harm" => &[(Head::SelfHarm, true), (Head::Hate, false), (Head::Sexual, false)],
            _ => &Head::TOXICITY.map(|head| (head, false)),
        };
        Self::labelled(text, labels.iter().copied(), source)
    }
}

/// Reads JSON lines.
///
/// # Errors
/// At the first line that is not an object with a text.
pub fn json_lines(topic: Topic, data: &str) -> Result<Vec<Row>, Unreadable> {
    let lines = data.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(at, line): (usize, &str)| {
        let line: Line =
            serde_json::from_str(line).map_err(|error| Unreadable { line: at + 1, reason: error.to_string() })?;
        let Line { text, label, source, kind, labels } = line;
        // Templates carry marks of their own language around the text.
        let text = text.replace("{% raw %}", "").replace("{% endraw %}", "");
        Ok(match topic {
            Topic::Injection => Row::of(Head::Injection, text, label == 1, &source),
            Topic::Refusal => Row::of(Head::Refusal, text, label == 1, &source),
            Topic::Toxicity if !labels.is_empty() => Row::labelled(text, labels, &source),
            Topic::Toxicity => Row::of_kind(text, &kind, &source),
        })
    };
    lines.map(read).collect()
}

/// Reads CSV of a known header: `…,class,tweet` (0 hate, 1 offensive, 2 neither) or `question,Response,label` (1 complied).
///
/// # Errors
/// When the header is another one.
pub fn csv(data: &str, source: &str) -> Result<Vec<Row>, Unreadable> {
    let mut records = records(data).into_iter();
    let header = records.next().unwrap_or_default();
    let column = |name: &str| header.iter().position(|column| column == name);
    if let (Some(class), Some(text)) = (column("class"), column("tweet")) {
        return Ok(records.filter_map(|record| tweet(record.get(class)?, record.get(text)?, source)).collect());
    }
    if let (Some(text), Some(label)) = (column("Response"), column("label")) {
        let read = |record: Vec<String>| {
            let complied = record.get(label)?.trim() == "1";
            let text = record.get(text)?.clone();
            let is_hidden = complied && refuses_first(&text);
            Some(Row { is_hidden, ..Row::of(Head::Refusal, text, !complied, source) })
        };
        return Ok(records.filter_map(read).collect());
    }
    Err(Unreadable { line: 1, reason: "the header is none that is known".to_owned() })
}

/// Whether an answer that complied in the end opens as refusals do: which part of it complies was not labelled.
fn refuses_first(answer: &str) -> bool {
    const MARKS: &[&str] =
        &["sorry", "cannot", "can't", "can’t", "not able to", "unable", "unethical", "illegal", "must"];
    let opening = answer[..answer.floor_char_boundary(400)].to_lowercase();
    MARKS.iter().any(|mark| opening.contains(mark))
}

fn tweet(class: &str, text: &str, source: &str) -> Option<Row> {
    let labels: &[(Head, bool)] = match class {
        "0" => &[(Head::Hate, true)],
        // What is offensive there is full of the words of hate: whether it is any, the labels do not say.
        "1" => &[(Head::Harassment, true)],
        "2" => &Head::TOXICITY.map(|head| (head, false)),
        _ => return None,
    };
    Some(Row::labelled(text.replace("&amp;", "&"), labels.iter().copied(), source))
}

/// Fields of each record; quotes may hold commas and line ends.
fn records(data: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = data.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                field.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            '\r' if !quoted => {}
            _ => field.push(c),
        }
    }
    if !field.is_empty() || !record.is_empty() {
        record.push(field);
        records.push(record);
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_hold_commas_quotes_and_lines() {
        let rows = csv("question,Response,label\n0,\"a, \"\"b\"\"\nc\",1\n1,no,0\n", "s").unwrap();
        assert_eq!(rows[0].text, "a, \"b\"\nc");
        assert_eq!(rows[0].labels[Head::Refusal as usize], Some(false));
        assert_eq!(rows[1].labels[Head::Refusal as usize], Some(true));
    }

    #[test]
    fn a_header_that_is_not_known_is_an_error() {
        assert!(csv("a,b\n1,2\n", "s").is_err());
    }

    #[test]
    fn a_line_may_say_what_several_heads_are_to_say() {
        let line = "{\"text\":\"a\",\"labels\":{\"hate\":true,\"self_harm\":false}}";
        let rows = json_lines(Topic::Toxicity, line).unwrap();
        assert_eq!(rows[0].labels[Head::Hate as usize], Some(true));
        assert_eq!(rows[0].labels[Head::SelfHarm as usize], Some(false));
        assert_eq!(rows[0].labels[Head::Harassment as usize], None);
    }

    #[test]
    fn the_line_that_cannot_be_read_is_named() {
        let wrong = json_lines(Topic::Injection, "{\"text\":\"a\"}\n\nno").unwrap_err();
        assert_eq!(wrong.line, 3);
    }
}
