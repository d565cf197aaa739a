//! Words that several rules share, as macros, because patterns are constants.
//!
//! Invariant: every macro is a complete, uncaptured piece of a regular expression on canonical text.

/// Up to four words of no matter.
macro_rules! few {
    () => {
        r"(?:\S{1,24} ){0,4}"
    };
}

/// To stop obeying.
macro_rules! drop_verb {
    () => {
        concat!(
            r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass(?:ing)?|neglect(?:ing)?|discard(?:ing)?",
            r"|dismiss(?:ing)?|overlook(?:ing)?|overwrit(?:e|ing)|circumvent(?:ing)?|abandon(?:ing)?|defy(?:ing)?|violat(?:e|ing)",
            r"|disobey(?:ing)?|suspend|cancel|erase|delete|drop|undo|skip|break|set aside|put aside|throw (?:out|away)|get rid of",
            r"|pay no (?:attention|heed) to|(?:do not|don't|stop|no longer|never) (?:follow|obey|listen to|adhere to|comply with)",
            r"(?:ing)?|stop (?:following|obeying|adhering to|complying with))"
        )
    };
}

/// What came before, or is not the user's to change.
macro_rules! earlier {
    () => {
        concat!(
            r"(?:previous|prior|preceding|earlier|above|former|foregoing|past|original|initial|old|existing|system|hidden",
            r"|developer'?s?|programmed|built-?in|core|safety|ethical|moderation)"
        )
    };
}

/// What an operator gives to a model.
macro_rules! orders {
    () => {
        concat!(
            r"(?:instructions?|directions|directives?|rules?|prompts?|guidelines?|guidance|orders|commands?|constraints?",
            r"|restrictions?|programming|polic(?:y|ies)|protocols?|limitations?|guardrails|safeguards|requests?|tasks?",
            r"|context|training|messages?|text|filters?)"
        )
    };
}

/// What a model is called when it is spoken to by a stranger.
macro_rules! machine {
    () => {
        concat!(
            r"(?:a\.?i\.?(?: (?:assistants?|agents?|models?|systems?|bots?|tools?|crawlers?|reviewers?))?|assistants?|llms?",
            r"|(?:large )?language models?|chatbots?|chatgpt|claude|gemini|copilot|gpt|agents?)"
        )
    };
}

pub(crate) use {drop_verb, earlier, few, machine, orders};
