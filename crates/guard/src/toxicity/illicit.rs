//! # What it finds
//! A request for help with fraud, theft, drugs, intrusion or forged papers.
//!
//! # Why it matters
//! An operator's assistant must not become a manual for crime.
//!
//! # Example
//! `How do I hack into someone's account?`
//!
//! # Limits and sources
//! A few phrases in English, without knowledge of context. A learned model is to take over; the rules remain as its
//! floor. Categories follow the OpenAI moderation API. Questions of owners, students and defenders look alike; a
//! first person possessive ("my own") is clean.

use super::voice;
use crate::rule::{Candidate, Family, Hit, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TX005",
    name: "illicit",
    family: Family::Toxicity,
    category: "toxicity.illicit",
    tags: &["owasp:LLM09", "owasp-agentic:ASI09", "atlas:AML.T0048"],
    matcher: Matcher::Phrase(Phrase {
        pattern: concat!(
            r"\b(?:how (?:do|can|would|could|should|to)(?: (?:i|you|we|one|someone))?|(?:teach|show|tell|help|guide) me(?: how)?(?: to)?|explain how to|steps to|instructions (?:for|on|to)|(?:write|give me|create|make|provide)(?: me)? (?:a |an |the )?(?:guide|tutorial|script|program|manual|code|plan|instructions|email) (?:for|to|that|on|which)(?: will| can)?(?: how)?(?: to)?) (?:\S{1,20} ){0,4}?(?:",
            r"(?:hack|break|get|hacks?) into (?:\S{1,20} ){0,3}?(?:account|e-?mail|phone|bank|wi-?fi|computer|server|network|database|facebook|instagram|house|car|system)",
            r"|(?:steal|stealing|steals) (?:\S{1,20} ){0,3}?(?:credit cards?|passwords?|cars?|identit(?:y|ies)|money|data|credentials|wallets?|bikes?)",
            r"|(?:make|cook|synthesi[sz]e|produce|manufacture|grow|buy|sell|making) (?:\S{1,16} ){0,2}?(?:meth(?:amphetamine)?|cocaine|heroin|crack|fentanyl|lsd|mdma|ecstasy|ghb)",
            r"|(?:forge|fake|counterfeit|forging) (?:\S{1,16} ){0,3}?(?:passports?|ids?|id cards?|documents?|money|bills|signatures?|checks|prescriptions?|licen[sc]es?)",
            r"|(?:launder|laundering) money|(?:evade|evading|cheat on) (?:my |your )?tax(?:es)?|shoplift(?:ing)?|pick(?:ing)? pockets|(?:create|write|build|make|writing) (?:\S{1,16} ){0,3}?(?:ransomware|malware|keylogger|computer virus|phishing (?:e-?mails?|pages?|sites?|kits?)|botnet|trojan)|(?:commit|committing) (?:\S{1,16} )?(?:fraud|identity theft|insurance fraud|arson)|blackmail|bribe)\b"
        ),
        anchors: &[],
        longest: 320,
        verify,
    }),
};

/// What shows that the asker owns it, defends it or studies it.
const HONEST: &[&str] =
    &[" my own ", "into my ", "protect", "detect", "avoid", "prevent", "against", "get into the system", "report"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    if HONEST.iter().any(|words| candidate.matched().contains(words)) {
        return None;
    }
    voice::said(candidate, 0.8)
}
