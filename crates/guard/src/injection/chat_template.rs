//! # What it finds
//! The control tokens of chat templates, and turn markers at the start of a line.
//!
//! # Why it matters
//! A model reads them as the frame around a message. In a message they close the user's turn and open one for the
//! system.
//!
//! # Example
//! `<|im_start|>system`
//!
//! # Limits and sources
//! Matches the text as it is, so that it can be masked. Tokens of the widely used open templates, after their
//! published tokenizer files. Turn markers in prose ("Human: ") count only where a blank line stands in front and
//! the other side follows suit elsewhere, which is left to JB011.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "IN007",
    name: "chat-template",
    family: Family::Injection,
    category: "injection.template",
    tags: &["owasp:LLM01", "owasp-agentic:ASI01", "atlas:AML.T0051"],
    matcher: Matcher::Exact(Exact {
        pattern: concat!(
            r"(?i)<\|(?:im_start|im_end|im_sep|eot_id|start_header_id|end_header_id|begin_of_text|end_of_text|endoftext|endofprompt",
            r"|system|user|assistant|end|tool|eom_id|python_tag|start|message|channel|return|call|constrain)\|>",
            r"|<<\/?sys>>|\[\/?inst\]|\[\/?(?:system_prompt|available_tools|tool_results)\]|<(?:start|end)_of_turn>|<\xef\xbd\x9c",
            r"|<\/?(?:system|system_prompt|system_message|system_instructions?|sysprompt|developer_message)>",
            r"|(?:^|\n)#{2,4} ?(?:system|system prompt|system message):",
            r"|\n\n(?:human|assistant|system): "
        ),
        anchor: Anchor::Literals(&[
            "<|",
            "sys>>",
            "inst]",
            "[system_prompt]",
            "[/system_prompt]",
            "available_tools]",
            "tool_results]",
            "_of_turn>",
            "<｜",
            r"\bsystem",
            "sysprompt",
            "developer_message",
            "human:",
            "assistant:",
        ]),
        longest: 40,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched().trim_start();
    let score = match found.as_bytes().first() {
        // A tag or a heading named "system" is also ordinary markup.
        Some(b'<') if !found.starts_with("<|") && !found.starts_with("<<") && !found.contains("_of_turn") => 0.7,
        Some(b'<' | b'[') => 0.9,
        Some(b'#') => 0.75,
        _ => 0.55,
    };
    Some(Hit { trim: (candidate.matched().len() - found.len(), 0), ..Hit::new(score, Evidence::Pattern) })
}
