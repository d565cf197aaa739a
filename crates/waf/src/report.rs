//! What came of a request.

/// Whether the request goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Pass,
    /// It is refused by a rule.
    Deny {
        /// The rule's id.
        rule: u32,
        /// The HTTP status the rule asks for.
        status: u16,
    },
}

/// A rule that matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: u32,
    /// The phase it ran in, 1 to 5.
    pub phase: u8,
    /// What it says it found. May hold parts of the request: for the operator's eyes only.
    pub message: String,
    /// What it wants logged. Holds parts of the request: for the operator's eyes only.
    pub logdata: String,
    /// 0 (emergency) to 7 (debug).
    pub severity: Option<u8>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The variable it matched, `ARGS` or `REQUEST_HEADERS`; empty for an unconditional rule.
    pub variable: &'static str,
    /// The entry of the variable it matched, as the sender spelled it, at most 64 bytes, printable.
    pub entry: String,
    /// The paranoia level the rule is tagged with; 0 without one.
    pub paranoia: u8,
    /// The rule's file.
    pub file: String,
    /// The rule's line.
    pub line: usize,
    /// False for a rule that works in silence.
    pub is_logged: bool,
}

/// Makes bytes of a request printable and short.
pub(crate) fn printable(bytes: &[u8], most: usize) -> String {
    let mut text: String = bytes
        .iter()
        .take(most)
        .map(|&byte| if byte.is_ascii_graphic() || byte == b' ' { byte as char } else { '?' })
        .collect();
    if bytes.len() > most {
        text.push('…');
    }
    text
}
