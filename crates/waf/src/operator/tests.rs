use super::{Operator, Surround};
use crate::template::Template;

struct Nothing;

impl Surround for Nothing {
    fn expand(&self, template: &Template) -> Vec<u8> {
        template.source().to_vec()
    }
    fn locate(&self, _: &[u8]) -> bool {
        false
    }
    fn is_listed(&self, _: &str, _: &[u8]) -> bool {
        false
    }
}

fn parse(text: &str) -> Result<(Operator, bool), String> {
    Operator::parse(text.as_bytes(), &mut |name| match name {
        "words.data" => Ok(b"# words\nunion select\n\n passwd \n".to_vec()),
        "nets.data" => Ok(b"10.0.0.0/8 # inside\n::1\n".to_vec()),
        _ => Err(format!("{name} cannot be read")),
    })
}

#[track_caller]
fn check(text: &str, value: &[u8], expected: bool) {
    let (operator, is_negated) = parse(text).unwrap();
    let found = operator.evaluate(value, false, &Nothing).is_some();
    assert_eq!(found != is_negated, expected, "{text} on {}", value.escape_ascii());
}

#[test]
fn patterns_and_phrases() {
    check("@rx ^a.c$", b"a\nc", true);
    check("^a", b"ba", false);
    check("!^a", b"ba", true);
    check("!@rx ^a", b"ab", false);
    check("@pm union |41 42|c", b"x ABC y", true);
    check("@pm union", b"UNIONS", true);
    check("@pmFromFile words.data", b"/etc/PASSWD", true);
    check("@pmFromFile words.data", b"words", false);
}

#[test]
fn texts_and_numbers() {
    check("@streq a", b"A", false);
    check("@beginsWith ab", b"abc", true);
    check("@endsWith bc", b"abc", true);
    check("@contains b", b"abc", true);
    check("@containsWord b", b"abc b_", false);
    check("@containsWord b", b"a-b,", true);
    check("@within GET,POST", b"POST", true);
    check("!@within GET,POST", b"PUT", true);
    check("@eq 0", b"x", true);
    check("@ge 5", b"5", true);
    check("@lt 5", b"-7", true);
    check("@gt 5", b"99999999999999999999999", true);
}

#[test]
fn bytes_and_encodings() {
    check("@validateByteRange 32-126,9", b"a\tb", false);
    check("@validateByteRange 32-126", b"a\0", true);
    check("@validateUrlEncoding", b"%41%4", true);
    check("@validateUrlEncoding", b"%41", false);
    check("@validateUtf8Encoding", b"\xc0\xaf", true);
    check("@validateUtf8Encoding", "é".as_bytes(), false);
}

#[test]
fn networks_and_cards() {
    check("@ipMatch 10.1.0.0/16,::1", b"10.1.2.3", true);
    check("@ipMatch 0.0.0.0/0", b"192.0.2.1", true);
    check("@ipMatch 10.1.0.0/16", b"nonsense", false);
    check("@ipMatch 127.0.0.1", b"::ffff:127.0.0.1", true);
    check("@ipMatchFromFile nets.data", b"::1", true);
    check(r"@verifyCC \d{13,16}", b"no 4111111111111111", true);
    check(r"@verifyCC \b\d{16}\b", b"no 4111111111111112", false);
}

#[test]
fn injections_are_detected() {
    check("@detectSQLi", b"1' OR '1'='1", true);
    check("@detectSQLi", b"an ordinary sentence", false);
    for value in ["users into outfile a", "users INTO OUTFILE a", "users Into\tDumpfile a"] {
        check("@detectSQLi", value.as_bytes(), true);
    }
    check("@detectSQLi", b"users into a room", false);
    check("@detectXSS", b"<script>alert(1)</script>", true);
    check("@detectXSS", b"a < b", false);
}

#[test]
fn captures_are_the_groups_of_the_value() {
    let (operator, _) = parse("@rx (b)(x)?c").unwrap();
    let groups = operator.evaluate(b"abc", true, &Nothing).unwrap();
    assert_eq!(groups, [Box::from(&b"bc"[..]), Box::from(&b"b"[..]), Box::from(&b""[..])]);
}

#[test]
fn what_cannot_be_honoured_is_refused() {
    for text in [
        "@inspectFile x",
        "@ipMatch 10.0.0.0/40",
        "@validateByteRange 9-1",
        "@rx (",
        "@pmFromFile gone.data",
        "@fuzzyHash x",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}
