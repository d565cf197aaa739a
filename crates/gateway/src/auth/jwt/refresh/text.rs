//! The text of a refresh token: `pcr_v1.<session>.<count>.<HMAC>`. See `spec/token.md`.
//!
//! The HMAC is over everything before it, under a key derived from the master key, so that the same count gives the same
//! token and nothing of a token is stored.

use aws_lc_rs::hmac;

use crate::auth::jwt::jose::{decode, encode};

const PREFIX: &str = "pcr_v1";
/// Longer texts are not ours.
const BYTES_MAX: usize = 128;

/// What a genuine token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// The session, which is also the family.
    pub(super) session: String,
    /// Its count.
    pub(super) counter: i64,
}

/// The token of a session and a count.
pub(super) fn render(key: &hmac::Key, session: &str, counter: i64) -> String {
    let named = format!("{PREFIX}.{session}.{counter}");
    let tag = hmac::sign(key, named.as_bytes());
    format!("{named}.{}", encode(tag.as_ref()))
}

/// What a token says; `None` when this installation did not make it. The store is not asked for forgeries.
pub(super) fn parse(key: &hmac::Key, text: &str) -> Option<Named> {
    if text.len() > BYTES_MAX {
        return None;
    }
    let (named, tag) = text.rsplit_once('.')?;
    // Compared in constant time.
    hmac::verify(key, named.as_bytes(), &decode(tag)?).ok()?;
    let (prefix, rest) = named.split_once('.')?;
    let (session, counter) = rest.split_once('.')?;
    let counter = counter.parse().ok()?;
    (prefix == PREFIX).then(|| Named { session: session.to_owned(), counter })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &std::array::from_fn::<u8, 32, _>(|index| index as u8))
    }

    #[test]
    fn the_vectors_of_the_specification_hold() {
        let spec = include_str!("../../../../../../spec/token.md");
        for (session, counter) in [("ses_0123456789ABCDEFGHIJKL", 0), ("ses_0123456789ABCDEFGHIJKL", 41)] {
            let token = render(&key(), session, counter);
            assert!(spec.contains(&format!("`{token}`")), "{token}");
        }
    }

    #[test]
    fn a_token_reads_back_and_the_same_count_gives_the_same_token() {
        let token = render(&key(), "ses_a", 7);
        assert_eq!(parse(&key(), &token), Some(Named { session: "ses_a".into(), counter: 7 }));
        assert_eq!(token, render(&key(), "ses_a", 7));
    }

    #[test]
    fn a_token_with_any_character_changed_is_not_ours() {
        let token = render(&key(), "ses_a", 7);
        for at in 0..token.len() {
            for put in [b'0', b'A', b'.', b'_'] {
                let mut bytes = token.clone().into_bytes();
                if bytes[at] == put {
                    continue;
                }
                bytes[at] = put;
                assert_eq!(parse(&key(), &String::from_utf8(bytes).unwrap()), None, "{at}");
            }
        }
        let longer = format!("{token}A");
        for text in ["", "pcr_v1", "pcr_v1...", &token[1..], &longer, &"a".repeat(10_000)] {
            assert_eq!(parse(&key(), text), None, "{text}");
        }
    }
}
