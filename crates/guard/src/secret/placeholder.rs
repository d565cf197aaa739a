//! What documentation and code write where a secret belongs.
//!
//! Invariant: only marks that a random value does not have by chance. Sequences such as `1234` stay secrets: people do
//! choose them.

/// Somewhere in the value, lower case.
const MARKS: &[&str] = &[
    "xxxx",
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "redacted",
    "replace",
    "insert",
    "your_",
    "your-",
    "yourkey",
    "yourtoken",
    "yoursecret",
    "yourpassword",
    "_here",
    "-here",
    "todo",
    "****",
    "....",
    "…",
    "${",
    "$(",
    "{{",
    "%(",
    "<",
    "process.env",
    "import.meta",
    "os.environ",
    "getenv",
    "secrets.",
    "config.",
];

/// What user names and passwords are in examples.
const WORDS: &[&str] =
    &["password", "passwd", "pass", "pwd", "secret", "token", "user", "username", "none", "null", "true", "false"];

/// Says whether `value` only stands for a secret.
pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    MARKS.iter().any(|mark| value.contains(mark)) || value.starts_with(['$', '%', '{', '[']) || is_word(&value)
}

fn is_word(value: &str) -> bool {
    WORDS.contains(&value.trim_matches(|mark: char| !mark.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        for value in
            ["your_key_here", "XXXXXXXX", "<token>", "${TOKEN}", "process.env.KEY", "changeme", "$KEY", "Password"]
        {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["hunter2hunter2", "Tr0ub4dor&3", "1234567890abcdef", "p4ssword"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}
