//! # What it finds
//! An e-mail address.
//!
//! # Why it matters
//! It reaches a person, and is the key by which data about that person are joined.
//!
//! # Example
//! `jane.roe@example.com`, in a URL `jane.roe%40example.com`
//!
//! # Limits and sources
//! The practical part of RFC 5321: no quoted local parts, no address literals. Domains may be international, local
//! parts not. User names in addresses of repositories (git@), names of files and versions, and domains without a dot
//! are clean. Mailboxes of roles (info@, support@) score lower.

use super::place;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI001",
    name: "email",
    family: Family::Pii,
    category: "pii.email",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b[A-Za-z0-9](?:[A-Za-z0-9._%+'-]{0,62}[A-Za-z0-9_+-])?(?:@|%40)(?:[A-Za-z0-9\x80-\xff-]{1,63}\.){1,4}(?:xn--[A-Za-z0-9-]{2,59}|[A-Za-z]{2,24})\b",
        anchor: Anchor::Literals(&["@", "%40"]),
        longest: 386,
        verify,
    }),
};

/// Last labels that are names of files and units rather than domains.
const NOT_DOMAINS: &[&str] = &[
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "ico",
    "bmp",
    "pdf",
    "css",
    "html",
    "json",
    "xml",
    "yaml",
    "yml",
    "toml",
    "lock",
    "txt",
    "log",
    "tar",
    "tgz",
    "zip",
    "exe",
    "dll",
    "java",
    "class",
    "jar",
    "whl",
    "local",
    "localhost",
    "localdomain",
    "internal",
    "lan",
    "service",
    "socket",
    "target",
    "timer",
    "mount",
    "slice",
    "scope",
    "device",
    "path",
    "swap",
    "dtsi",
    "conf",
    "cfg",
    "tsx",
    "jsx",
    "cpp",
    "hpp",
    "csv",
    "wasm",
    "mjs",
    "cjs",
    "jinja",
];
/// Mailboxes of roles and machines.
const ROLES: &[&str] = &[
    "info",
    "support",
    "noreply",
    "no-reply",
    "admin",
    "webmaster",
    "postmaster",
    "hostmaster",
    "abuse",
    "sales",
    "contact",
    "help",
    "security",
    "office",
    "hello",
    "donotreply",
    "notifications",
    "root",
    "kontakt",
];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let (local, domain) = matched.rsplit_once('@').or_else(|| matched.rsplit_once("%40"))?;
    let local = local.to_ascii_lowercase();
    let (labels, last) = domain.rsplit_once('.')?;
    if local.contains("..")
        || is_message_id(&local)
        || matches!(local.as_str(), "git" | "hg" | "svn")
        || is_user_part(candidate.before())
    {
        return None;
    }
    if !is_top_level(last) || !labels.split('.').all(is_label) || labels.split('.').all(is_version) {
        return None;
    }
    let score = if ROLES.contains(&local.as_str()) { 0.6 } else { 0.95 };
    (candidate.next() != Some('@')).then(|| Hit::new(score, Evidence::Pattern))
}

/// Says whether an address or path has begun in front: `ssh://`, `https://user:`, `owner/`, `@`.
fn is_user_part(before: &str) -> bool {
    let token = before.rsplit(char::is_whitespace).next().unwrap_or("");
    let has_scheme = token.rsplit_once("://").is_some_and(|(_, rest)| !rest.contains(['/', '?', '&']));
    has_scheme || token.ends_with(['/', '@', '\\', '$', '{'])
}

/// `20592.1022586929.1`, as in the headers of messages.
fn is_message_id(local: &str) -> bool {
    local.contains('.') && local.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn is_top_level(last: &str) -> bool {
    let last = last.to_ascii_lowercase();
    match last.len() {
        2 => place::is_country(&last.to_ascii_uppercase()),
        _ => !NOT_DOMAINS.contains(&last.as_str()),
    }
}

fn is_label(label: &str) -> bool {
    !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|character| character.is_alphanumeric() || character == '-')
}

/// `2x`, `v1`, `18`: what stands after the name of a package or an image.
fn is_version(label: &str) -> bool {
    let plain = label.trim_start_matches('v').trim_end_matches('x');
    plain.bytes().all(|byte| byte.is_ascii_digit())
}
