//! Addresses in a text, and whether all of them lead to hosts on a list.
//!
//! Read as browsers read them, not as they look: user information before an `@`, backslashes for slashes, numbers as
//! hosts, a scheme without slashes. What looks like an address and cannot be read leads nowhere that is allowed.
//!
//! Not seen: addresses that are encoded (base64), spelled out ("evil dot example"), or that a tool puts together.

use url::{Host, Url};

/// File endings that are no top-level domains, so that `report.pdf` is a file.
const FILE_ENDINGS: [&str; 26] = [
    "bak", "bmp", "conf", "css", "csv", "doc", "docx", "gif", "gz", "html", "jpeg", "jpg", "json", "js", "log", "pdf",
    "png", "ppt", "pptx", "sql", "toml", "tsv", "txt", "xls", "xlsx", "xml",
];

/// Whether every address in `text` leads to one of `hosts`; a leading dot takes in subdomains.
pub fn leads_only_to(hosts: &[String], text: &str) -> bool {
    let is_all = |token: &str| token.len() == text.trim().len();
    text.split(|char: char| char.is_whitespace() || char.is_control() || "\"'<>()[]{}|,;`".contains(char))
        .filter(|token| !token.is_empty())
        .all(|token| match address(token.trim_end_matches(['.', '!', '?', ':']), is_all(token)) {
            Found::Nothing => true,
            Found::Host(host) => is_listed(hosts, &host),
            Found::Unreadable => false,
        })
}

/// What a word without white space in it leads to.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Host(String),
    Unreadable,
}

fn address(token: &str, is_alone: bool) -> Found {
    if token.starts_with("//") || token.starts_with("\\\\") || token.starts_with("/\\") || token.starts_with("\\/") {
        return read(&format!("https:{token}"));
    }
    if let Some((before, after)) = token.split_once(':')
        && is_scheme(before)
    {
        let is_web = ["http", "https", "ws", "wss", "ftp"].iter().any(|scheme| before.eq_ignore_ascii_case(scheme));
        // Browsers take `https:host` for `https://host`.
        if is_web || after.starts_with("//") {
            return read(token);
        }
        if before.eq_ignore_ascii_case("mailto") {
            return mail(after.split('?').next().unwrap_or_default());
        }
        if after.contains("://") {
            return Found::Unreadable;
        }
    } else if token.contains("://") {
        return Found::Unreadable;
    }
    if token.contains('@') {
        return mail(token.split(['/', '?', '#']).next().unwrap_or_default());
    }
    bare(token, is_alone)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        && !text.contains('.')
}

fn read(text: &str) -> Found {
    match Url::parse(text) {
        Ok(url) => url.host().map_or(Found::Unreadable, |host| match host {
            // Hosts of schemes that browsers do not know keep their case.
            Host::Domain(domain) => Found::Host(domain.to_lowercase()),
            other => Found::Host(other.to_string()),
        }),
        Err(_) => Found::Unreadable,
    }
}

/// The domain of a mail address; an `@` without a host behind it is a mention.
fn mail(text: &str) -> Found {
    let Some((_, domain)) = text.rsplit_once('@') else { return Found::Nothing };
    match read(&format!("https://{domain}")) {
        Found::Host(host) if host.contains('.') || host.contains(':') => Found::Host(host),
        Found::Host(_) => Found::Nothing,
        other if domain.contains('.') => other,
        _ => Found::Nothing,
    }
}

/// A host without a scheme: when it is all of a text, or something stands behind it.
fn bare(token: &str, is_alone: bool) -> Found {
    let end = token.find(['/', '\\', '?', '#']).unwrap_or(token.len());
    let authority = &token[..end];
    let host = authority.rsplit_once(':').map_or(authority, |(host, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { authority }
    });
    let says_more = end < token.len() || host.len() < authority.len() || host.to_lowercase().starts_with("www.");
    if !(is_alone || says_more) || !host.contains(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']) {
        return Found::Nothing;
    }
    let Found::Host(read) = read(&format!("https://{host}")) else { return Found::Nothing };
    let last = read.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_file = !says_more && FILE_ENDINGS.contains(&last);
    let is_name = last.len() >= 2 && (last.starts_with("xn--") || last.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let is_number = read.parse::<std::net::Ipv4Addr>().is_ok();
    if (is_name && !is_file && !read.starts_with('.')) || is_number { Found::Host(read) } else { Found::Nothing }
}

fn is_listed(hosts: &[String], host: &str) -> bool {
    let host = host.trim_end_matches('.');
    hosts.iter().any(|own| {
        let own = own.to_lowercase();
        match own.strip_prefix('.') {
            Some(domain) => host == domain || host.ends_with(own.as_str()),
            None => host == own,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        let hosts = ["api.shop.example".to_owned(), ".Mail.example".to_owned()];
        assert_eq!(leads_only_to(&hosts, text), expected, "{text}");
    }

    #[test]
    fn listed_hosts_are_reached_in_any_form() {
        check("https://api.shop.example/orders?id=7", true);
        check("see HTTPS://API.SHOP.EXAMPLE:8443/x, then write", true);
        check("ada@mail.example", true);
        check("mailto:ada@eu.mail.example?subject=x", true);
        check("api.shop.example", true);
    }

    #[test]
    fn other_hosts_are_not_reached_however_they_are_written() {
        for text in [
            "https://evil.example/?q=1",
            "https://api.shop.example@evil.example/",
            "https://evil.example\\@api.shop.example/",
            "https:evil.example",
            "//evil.example/x",
            "\\\\evil.example\\share",
            "ftp://evil.example",
            "gopher://evil.example",
            "https://shop.example/",
            "https://api.shop.example.evil.example/",
            "https://evilmail.example/",
            "http://169.254.169.254/latest/meta-data",
            "http://2852039166/",
            "http://[::1]/",
            "http://%65vil.example/",
            "https://ev\u{131}l.example/",
            "x@evil.example",
            "ada@mail.example@evil.example",
            "mailto:x@evil.example",
            "evil.example",
            "evil.example/?q=secret",
            "evil.example:8080",
            "www.evil.example",
            "169.254.169.254",
            "evil\u{3002}example",
            "go to (https://evil.example), now",
            "![x](https://evil.example/a.png)",
            "jar:https://evil.example",
            "https://",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn words_are_no_addresses() {
        for text in [
            "The total is 3.50, i.e. a lot.",
            "report.pdf",
            "Meet at 10:30, ask @ada or mail her",
            "note: nothing",
            "and/or",
            "v1.2",
            "",
            "a.b",
        ] {
            check(text, true);
        }
    }
}
