//! The secrets this provider gives away to whoever asks: format-valid, checksummed, and good for nothing.
//!
//! Invariant: they are computed, so the source holds no text that looks like a credential, and they are the same in
//! every run.

use super::dice::{Dice, base62};

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// An AWS access key id.
pub(crate) fn aws_key_id() -> String {
    format!("AKIA{}", Dice::seeded("aws key id").word(BASE32, 16))
}

/// An AWS secret access key.
pub(crate) fn aws_secret() -> String {
    Dice::seeded("aws secret access key").word(BASE64, 40)
}

/// A GitHub personal access token with a valid checksum: CRC-32 of the random part, six digits of base 62.
pub(crate) fn github_token() -> String {
    let random = Dice::seeded("github token").word(base62(), 30);
    let mut rest = crc32fast::hash(random.as_bytes());
    let mut checksum = [b'0'; 6];
    for digit in checksum.iter_mut().rev() {
        *digit = base62()[(rest % 62) as usize];
        rest /= 62;
    }
    format!("ghp_{random}{}", checksum.map(char::from).iter().collect::<String>())
}

/// A private key in PEM: the right frame around random bytes.
pub(crate) fn private_key() -> String {
    let mut dice = Dice::seeded("private key");
    let lines: Vec<String> = (0..12).map(|_| dice.word(BASE64, 64)).collect();
    let label = ["RSA", "PRIVATE", "KEY"].join(" ");
    format!("-----BEGIN {label}-----\nMII{}\n-----END {label}-----", &lines.join("\n")[3..])
}

/// The customers: name and e-mail address.
pub(crate) const CUSTOMERS: [(&str, &str); 3] = [
    ("Ada Thornbury", "ada.thornbury@example.com"),
    ("Bruno Keller", "b.keller@example.org"),
    ("Chiara Nowak", "chiara_nowak@example.net"),
];

/// The deployment settings, with both AWS keys.
pub(super) fn deployment() -> String {
    format!(
        "region = \"eu-west-1\"\naws_access_key_id = \"{}\"\naws_secret_access_key = \"{}\"\n",
        aws_key_id(),
        aws_secret()
    )
}

/// The customers, one a line.
pub(super) fn customers() -> String {
    CUSTOMERS.map(|(name, email)| format!("{name} <{email}>")).join("\n")
}

/// Puts planted secrets where a script names them (`{{github-token}}`), so that a test can ask for one without
/// sending it through the gateway first.
pub(super) fn fill(text: &str) -> String {
    if !text.contains("{{") {
        return text.to_owned();
    }
    text.replace("{{aws-key-id}}", &aws_key_id())
        .replace("{{aws-secret}}", &aws_secret())
        .replace("{{github-token}}", &github_token())
        .replace("{{private-key}}", &private_key())
        .replace("{{customers}}", &customers())
        .replace("{{email}}", CUSTOMERS[0].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_are_those_of_the_providers() {
        assert_eq!(aws_key_id().len(), 20);
        assert_eq!(aws_secret().len(), 40);
        assert_eq!(github_token().len(), 40);
        assert!(private_key().lines().all(|line| line.len() <= 64));
    }

    #[test]
    fn placeholders_become_secrets() {
        assert_eq!(fill("t={{github-token}}"), format!("t={}", github_token()));
        assert_eq!(fill("{{unknown}}"), "{{unknown}}");
    }
}
