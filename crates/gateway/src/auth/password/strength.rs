//! How strong a password is (`auth.password.strength`).
//!
//! Length, zxcvbn's estimate, the user's own data, words of the installation, and the set of breached passwords. There
//! are **no composition rules**: ASVS V6.2.5 forbids them, because they make people choose `Password1!`. zxcvbn brings
//! the 30,000 most common passwords as its built-in list; none of them reaches the lowest score.
//!
//! Limits: zxcvbn looks at the first 100 characters, which bounds its time to a few milliseconds. Most characters count
//! as what they are: nothing is normalized, since a password is verified byte for byte.

use serde::Serialize;
use zxcvbn::feedback::{Suggestion, Warning};
use zxcvbn::zxcvbn;

use super::breached::Breached;
use super::config::PasswordConfig;

/// Longest password, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// Characters that are estimated.
const ESTIMATED_CHARS: usize = 100;
/// Shorter words are in too many good passwords.
const WORD_CHARS_MIN: usize = 4;
/// This product, which people like to put into its passwords.
const OWN_NAME: &str = "portcullis";

/// What is known about who sets the password. It does not count in it.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The address.
    pub email: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The organisation.
    pub organisation: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[error("the password {reason}")]
pub struct Weak {
    /// The rule that it breaks.
    pub rule: Rule,
    /// Why, as the end of a sentence.
    pub reason: String,
    /// zxcvbn's score, 0 to 4.
    pub score: u8,
    /// What would help.
    pub suggestions: Vec<String>,
    /// What is wrong with a guessable one, to be said in another language.
    #[serde(skip)]
    pub warning: Option<Warning>,
    /// And what would help.
    #[serde(skip)]
    pub hints: Vec<Suggestion>,
}

/// The rules, in the order in which they are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// Longer than can be taken.
    Long,
    /// Too short.
    Short,
    /// Made of what others know about the user or the installation.
    Personal,
    /// Guessed too soon.
    Guessable,
    /// Known from a breach.
    Breached,
}

/// The rules of this installation.
#[derive(Debug)]
pub(super) struct Strength {
    min_chars: usize,
    min_score: u8,
    context_words: Vec<String>,
}

impl Strength {
    pub(super) fn new(config: &PasswordConfig) -> Self {
        let context_words = config.context_words.iter().map(|word| word.to_lowercase()).collect();
        Self { min_chars: config.min_chars, min_score: config.min_score, context_words }
    }

    /// Says zxcvbn's score of a good password, or why it is not one.
    pub(super) fn check(&self, password: &str, context: &Context, breached: Option<&Breached>) -> Result<u8, Weak> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(weak(Rule::Long, 0, format!("is longer than {PASSWORD_BYTES_MAX} bytes")));
        }
        let words = self.words(context);
        let beginning: String = password.chars().take(ESTIMATED_CHARS).collect();
        let estimate = zxcvbn(&beginning, &words.iter().map(String::as_str).collect::<Vec<_>>());
        let score = u8::from(estimate.score());
        if password.chars().count() < self.min_chars {
            return Err(weak(Rule::Short, score, format!("has fewer than {} characters", self.min_chars)));
        }
        let other_chars = chars_beside(password, &words);
        if other_chars < self.min_chars && other_chars < password.chars().count() {
            let reason = format!(
                "has fewer than {} characters beside the user's own data and the names of this place",
                self.min_chars
            );
            return Err(weak(Rule::Personal, score, reason));
        }
        if score < self.min_score {
            let feedback = estimate.feedback();
            let warning = feedback.and_then(|feedback| feedback.warning()).map(|warning| format!(": {warning}"));
            let mut found = weak(Rule::Guessable, score, "can be guessed".to_owned() + &warning.unwrap_or_default());
            let suggestions = feedback.map(|feedback| feedback.suggestions()).unwrap_or_default();
            found.suggestions = suggestions.iter().map(ToString::to_string).collect();
            found.warning = feedback.and_then(|feedback| feedback.warning());
            found.hints = suggestions.to_vec();
            return Err(found);
        }
        if breached.is_some_and(|breached| breached.contains(password)) {
            return Err(weak(Rule::Breached, score, "is in a set of breached passwords".to_owned()));
        }
        Ok(score)
    }

    /// Words that do not count, longest first.
    fn words(&self, context: &Context) -> Vec<String> {
        let known = [&context.email, &context.name, &context.organisation];
        let known = known.into_iter().flatten().map(|text| text.to_lowercase());
        let mut words: Vec<String> = vec![OWN_NAME.to_owned()];
        words.extend(self.context_words.iter().cloned());
        for text in known {
            words.extend(text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
            words.push(text);
        }
        words.retain(|word| word.chars().count() >= WORD_CHARS_MIN);
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        words
    }
}

/// How many characters are left when all the words are taken out.
fn chars_beside(password: &str, words: &[String]) -> usize {
    let mut rest = password.to_lowercase();
    for word in words {
        rest = rest.replace(word.as_str(), "");
    }
    rest.chars().count()
}

fn weak(rule: Rule, score: u8, reason: String) -> Weak {
    let suggestions = vec!["Use several words that do not belong together.".to_owned()];
    Weak { rule, reason, score, suggestions, warning: None, hints: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, expected: Option<Rule>) {
        let config = PasswordConfig { context_words: vec!["Zanzibar".into()], ..PasswordConfig::default() };
        let context = Context {
            email: Some("ada.lovelace@analytical.example".into()),
            name: Some("Ada King".into()),
            organisation: Some("Babbage & Sons".into()),
        };
        let found = Strength::new(&config).check(password, &context, None);
        assert_eq!(found.as_ref().err().map(|weak| weak.rule), expected, "{password}: {found:?}");
    }

    #[test]
    fn length_own_data_and_guesses_decide_and_kinds_of_characters_do_not() {
        check("", Some(Rule::Short));
        check("kQ7!xw#Zp2", Some(Rule::Short));
        check("wobbly teapot orchid", None);
        check("zvqmtrwplkxj", None);
        check("830275914660", None);
        check("Password123!", Some(Rule::Guessable));
        check("qwertyuiopasdf", Some(Rule::Guessable));
        check("aaaaaaaaaaaaaaaaaaaa", Some(Rule::Guessable));
        check("AdaLovelace1815!", Some(Rule::Personal));
        check("analyticalBabbage", Some(Rule::Personal));
        check("Zanzibar-Portcullis-26", Some(Rule::Personal));
        check("lovelace wobbly teapot orchid", None);
        check("коричневый чайник танцует", None);
        check(&"wobbly teapot orchid ".repeat(3), None);
        check(&"x".repeat(PASSWORD_BYTES_MAX + 1), Some(Rule::Long));
    }

    #[test]
    fn v6_2_4_common_passwords_of_the_permitted_length_are_refused() {
        // From the public lists of the most used passwords, those with 12 characters or more.
        for password in [
            "123456789012",
            "1q2w3e4r5t6y",
            "qwerty123456",
            "password1234",
            "1234567890123",
            "iloveyou1234",
            "qwertyuiop123",
            "zaq12wsxcde3",
            "unbelievable",
            "administrator",
            "password12345",
            "passwordpassword",
        ] {
            check(password, Some(Rule::Guessable));
        }
    }
}
