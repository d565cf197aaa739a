//! A text with its entities labelled.

use std::ops::Range;

use guard::entity::{Kind, Token, Tokens};
use serde::{Deserialize, Serialize};

/// One text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The text.
    pub text: String,
    /// What is in it.
    pub spans: Vec<Label>,
}

/// One entity, or another kind of personal data that a text is labelled with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it is, in the words of the data set.
    pub label: String,
}

impl Label {
    /// Where it is.
    pub const fn span(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// The kind that a label of any data set means.
pub fn kind(label: &str) -> Option<Kind> {
    Some(match label.to_ascii_uppercase().as_str() {
        "PERSON" | "PER" | "NAME" => Kind::Person,
        "ORGANIZATION" | "ORG" | "COMPANY" => Kind::Organization,
        "PLACE" | "LOC" | "LOCATION" | "GPE" | "CITY" | "COUNTRY" => Kind::Place,
        "ADDRESS" | "STREET_ADDRESS" => Kind::Address,
        _ => return None,
    })
}

impl Row {
    /// Its tokens, with the tag that each should get.
    pub fn tokens(&self) -> (Vec<Token>, Vec<u8>) {
        let tokens: Vec<Token> = Tokens::of(&self.text).collect();
        let tag = |token: &Token| {
            let label = self.spans.iter().find(|label| label.start < token.end && token.start < label.end);
            label.and_then(|label| kind(&label.label)).map_or(0, |kind| kind.tag() as u8)
        };
        let tags = tokens.iter().map(tag).collect();
        (tokens, tags)
    }
}
