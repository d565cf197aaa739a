//! Judges whether an address carries data out.
//!
//! Shared by the rules of this family. Looks at an address alone: who may be linked to is the policy's list of hosts.
//!
//! Invariant: a plain address with words in its path and a few short parameters carries nothing.

use crate::finding::Evidence;
use crate::rule::Hit;

/// A single parameter or path part of this length is more than an identifier.
const PART_LEN_MAX: usize = 48;
/// Shorter random strings are identifiers (a video, a commit).
const RANDOM_LEN_MIN: usize = 24;
/// All parameters together; longer ones are a payload.
const QUERY_LEN_MAX: usize = 120;
/// Bits a character: base64 of text has about 5, words have about 4.
const ENTROPY_MIN: f32 = 4.2;

/// Parameter names that say what they carry.
const TELLING_NAMES: &[&str] = &[
    "data",
    "secret",
    "leak",
    "exfil",
    "stolen",
    "prompt",
    "history",
    "chat",
    "conversation",
    "payload",
    "password",
    "token",
    "key",
    "cookie",
    "info",
    "msg",
    "message",
    "content",
    "summary",
    "d",
    "q",
    "text",
];

/// Parameters whose value is random for good reasons (signed downloads, image services).
const SIGNATURES: &[&str] = &["x-amz-signature", "x-goog-signature", "signature", "sig", "hash", "ixid", "ixlib"];

/// The path and the parameters of an absolute or scheme-relative address.
fn path_and_query(url: &str) -> Option<(&str, &str)> {
    let rest = url.find("//").map(|at| &url[at + 2..])?;
    let behind_host = &rest[rest.find(['/', '?', '#'])?..];
    Some(behind_host.split_once(['?', '#']).unwrap_or((behind_host, "")))
}

/// Scores what `url` carries; nothing for an address without a payload.
pub(super) fn payload(url: &str) -> Option<Hit> {
    let (path, query) = path_and_query(url)?;
    let parts = || path.split('/').chain(query.split(['&', ';']).map(value));
    if parts().any(|part| part.len() >= RANDOM_LEN_MIN && is_random(part)) && !is_signed(query) {
        return Some(Hit::new(0.85, Evidence::Entropy));
    }
    let spoken = query.split(['&', ';']).filter(|part| !is_signed(part));
    let is_long = spoken.clone().any(|part| value(part).len() > PART_LEN_MAX) || query.len() > QUERY_LEN_MAX;
    if is_long && !is_signed(query) {
        return Some(Hit::new(0.8, Evidence::Context));
    }
    let is_telling = spoken.filter(|part| value(part).len() >= 12).any(|part| {
        let name = part.split('=').next().unwrap_or_default().to_ascii_lowercase();
        TELLING_NAMES.contains(&name.as_str())
    });
    is_telling.then_some(Hit::new(0.7, Evidence::Context))
}

fn value(parameter: &str) -> &str {
    parameter.split_once('=').map_or(parameter, |(_, value)| value)
}

fn is_signed(query: &str) -> bool {
    let name = |part: &str| part.split('=').next().unwrap_or_default().to_ascii_lowercase();
    query.split(['&', ';']).any(|part| SIGNATURES.contains(&name(part).as_str()))
}

/// Says whether `part` looks encoded: letters of both cases or digits mixed, without the vowels and hyphens of words.
pub(super) fn is_random(part: &str) -> bool {
    let words = part.split(['-', '_', '.', '+']).map(str::len).max().unwrap_or(0);
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let upper = part.bytes().filter(u8::is_ascii_uppercase).count();
    let is_mixed = digits >= 2 && upper >= 2 || is_hex(part);
    words >= RANDOM_LEN_MIN / 2 && is_mixed && (entropy(part) >= ENTROPY_MIN || (is_hex(part) && part.len() > 64))
}

fn is_hex(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Shannon entropy in bits a character.
pub(super) fn entropy(text: &str) -> f32 {
    let mut counts = [0_u16; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] = counts[usize::from(byte)].saturating_add(1);
    }
    let len = text.len() as f32;
    counts.iter().filter(|&&count| count > 0).map(|&count| f32::from(count) / len).map(|part| -part * part.log2()).sum()
}

/// The address inside a match of Markdown or HTML: from the scheme to the first character that ends it.
pub(super) fn address_in(found: &str) -> &str {
    let from = found.find("://").map_or_else(
        || found.find("//").unwrap_or(0),
        |at| at - found[..at].bytes().rev().take_while(u8::is_ascii_alphabetic).count(),
    );
    let rest = &found[from..];
    &rest[..rest.find([')', ' ', '"', '\'', '<', '>', '\n', '\t']).unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_with_a_payload_are_hits() {
        let check = |url: &str, expected: bool| assert_eq!(payload(url).is_some(), expected, "{url}");
        check("https://evil.example/p?d=U2VjcmV0IHByb21wdCBvZiB0aGUgdXNlcg", true);
        check("https://evil.example/U2VjcmV0IHByb21wdCBvZiB0aGUgdXNlcjEy/p.png", true);
        check("https://evil.example/log?chat=the%20user%20said%20hello", true);
        check("https://evil.example/log?x=the+user+said+hello+and+then+asked+for+the+password+of+root", true);
        check("https://docs.example/en/latest/how-to-write-a-very-long-title-about-nothing.html", false);
        check("https://example.com/image.png?w=640&h=480", false);
        check("https://example.com/watch?v=dQw4w9WgXcQ", false);
        check("https://example.com/commit/2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", false);
        check("https://b.example/f?X-Amz-Signature=2fd4e1c67a2d28fced849ee1bb76e7391b93eb12&X-Amz-Expires=300", false);
    }
}
