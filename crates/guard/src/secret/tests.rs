//! The family as a whole: its books, its promise on streams, and text that has no secrets in it.

use std::sync::Arc;

use super::RULES;
use crate::rule::{Exact, Matcher, Rule};
use crate::scan::Scanner;
use crate::stream::{Hold, Piece, Plan, StreamScanner};
use crate::text::book;
use crate::watch::Watch;

fn exact(rule: &'static Rule) -> &'static Exact {
    let Matcher::Exact(exact) = &rule.matcher else { panic!("{} is not exact", rule.id) };
    exact
}

#[test]
fn every_book_reads_as_it_says() {
    book::check(RULES);
}

#[test]
fn every_rule_says_how_long_its_pattern_can_get() {
    for rule in RULES {
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(exact(rule).pattern);
        let longest = hir.unwrap().properties().maximum_len();
        assert_eq!(longest, Some(exact(rule).longest), "{}", rule.id);
    }
}

#[test]
fn nothing_of_a_secret_is_released_before_it_is_settled() {
    for rule in RULES {
        let plan = Arc::new(Plan::new([(*rule, Hold::Hold)]));
        for text in book::examples(rule) {
            let text = format!("Before. {text} After.");
            cut_everywhere(rule, &plan, &text);
        }
    }
}

/// Cuts `text` at every byte: what was settled by the first part ends before the secret or behind it.
fn cut_everywhere(rule: &'static Rule, plan: &Arc<Plan>, text: &str) {
    let expected = Scanner::new([rule]).scan_exact(text);
    assert!(!expected.is_empty(), "{}: {text}", rule.id);
    for cut in (1..text.len()).filter(|at| text.is_char_boundary(*at)) {
        let mut scanner = StreamScanner::new(plan.clone(), Arc::new(Watch::default()), None);
        let first = scanner.push(&text[..cut]);
        for finding in &expected {
            let is_whole = first.settled <= finding.span.start || first.settled >= finding.span.end;
            assert!(is_whole, "{}: cut at {cut}, settled {}: {text}", rule.id, first.settled);
        }
        let steps = [first, scanner.push(&text[cut..]), scanner.finish()];
        let found: Vec<_> = steps.into_iter().flat_map(|step| step.pieces).filter_map(matched).flatten().collect();
        assert_eq!(found, expected, "{}: cut at {cut}: {text}", rule.id);
    }
}

fn matched(piece: Piece) -> Option<Vec<crate::Finding>> {
    match piece {
        Piece::Text(_) => None,
        Piece::Match { findings, .. } => Some(findings),
    }
}

#[test]
fn ordinary_text_is_not_held() {
    let plan = Arc::new(Plan::new(RULES.iter().map(|rule| (*rule, Hold::Hold))));
    let held = |text: &str| {
        let mut scanner = StreamScanner::new(plan.clone(), Arc::new(Watch::default()), None);
        text.len() - scanner.push(text).settled
    };
    assert_eq!(held("An ordinary sentence, with a full stop. "), 0);
    assert_eq!(held("The password is not in here. "), 0);
    assert_eq!(held("An ordinary word"), 0, "a word that ends like a key begins");
    assert!(held("See https://example.com/a/b") <= 1);
    assert_eq!(held("the key is ghp_ab"), 6);
}

#[test]
fn text_without_secrets_is_clean() {
    let scanner = Scanner::new(RULES.iter().copied());
    for text in CLEAN {
        let found: Vec<_> = scanner.scan_exact(text).iter().map(|f| (f.rule.id, &text[f.span.clone()])).collect();
        assert!(found.is_empty(), "{found:?} in {text}");
    }
}

#[test]
fn what_people_paste_is_found() {
    let scanner = Scanner::new(RULES.iter().copied());
    for (parts, expected) in PASTED {
        let text = parts.concat();
        let found: Vec<&str> = scanner.scan_exact(&text).iter().map(|finding| finding.rule.name).collect();
        assert!(found.contains(expected), "{found:?} in {text}");
    }
}

/// In parts, so that no scanner of source code stumbles over them.
const PASTED: &[(&[&str], &str)] = &[
    (&["sk-", "1234567890abcdef", "1234567890abcdef"], "deepseek-key"),
    (&["{\"token\":\"ghp_", "1234567890abcdefghij", "klmnopqrstuvwxyz\"}"], "github-token"),
    (&["(AKIA", "Z7Q2M4XK3PWB5RTC)"], "aws-access-key"),
    (&["see postgres://admin:", "SuperSecret123@db:5432/app."], "database-url"),
    (&["docker run -e MYSQL_PASSWORD=", "correct-h0rse mysql"], "generic-secret"),
    (&["spring.datasource.password=", "b4tteryStaple"], "generic-secret"),
    (&["\"dbPassword\" : \"", "b4tteryStaple\""], "joined-secret"),
    (&["Passwort? The password is ", "b4tteryStaple, remember it."], "generic-secret"),
    (&["curl -u x https://admin:", "b4tteryStaple@intranet.example/x"], "url-password"),
    (&["authorization: bearer ", "0a1b2c3d4e5f60718293a4b5c6d7e8f9"], "authorization-header"),
    (&["-----BEGIN PRIVATE ", "KEY-----\r\nMIIEvgIBADANBgkqhkiG9w0BAQEFAASC\r\nBKgw"], "private-key"),
];

/// What looks random and is public: hashes, identifiers, pictures, code.
const CLEAN: &[&str] = &[
    "commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "d41d8cd98f00b204e9800998ecf8427e  empty.txt",
    "id: 123e4567-e89b-42d3-a456-426614174000",
    "\"integrity\": \"sha512-oRSIpR8pxT1Wr2FquTNnGet79b3BWljqOuoW/h4oBhxJ/HUbX5nX6JSruTkvXDCFMwDPvsaTTbvMLKZWSy0R5g==\"",
    "<img src=\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\">",
    "!function(e,t){var n=e.a1,r=e.b2;for(var o=0;o<t.length;o++)n[t[o]]=r(o)}(window,[1,2,3]);var tk=n.token;",
    "const token = await getToken(user.id); headers.set('X-Token', token);",
    "let api_key: String = std::env::var(\"API_KEY\")?;",
    "password: str = Field(min_length=12, max_length=128)",
    "if (password === confirmPassword1234) { return validatePassword1(password); }",
    "export AWS_SECRET_ACCESS_KEY=$(pass show aws/secret)",
    "secretKeyRef: { name: db-credentials, key: password }",
    "password: {{ .Values.postgres.password }}",
    "api_key: ${{ secrets.OPENAI_API_KEY }}",
    "OPENAI_API_KEY=sk-...",
    "Set `HF_TOKEN` to a token from https://huggingface.co/settings/tokens.",
    concat!(
        "aws_access_key_id = AKIA",
        "IOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/",
        "K7MDENG/bPxRfiCYEXAMPLEKEY"
    ),
    "max_tokens: 4096, completion_tokens: 123456789, total_tokens = 1234567890",
    "The token limit is 128000 tokens, and the secret is out: the password is long gone.",
    "https://example.com:8443/path@2x.png and git@github.com:owner/repo.git and ssh://git@host:22/repo",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhUq3oRbJXoUvzkmVY2fQv5m6F8w1c2d3e4f5g6h7i8 person@host",
    "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----",
    "The task-based risk-adjusted desk-1234567890abcdefghij is a name.",
    "model: text-embedding-3-large, id chatcmpl-9abCdEfGhIjKlMnOpQrStUvWxYz01, req_0123456789abcdef",
    "Basic understanding: bearer of news, token of thanks, secret of success, password of the day.",
    "Content-Disposition: form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
    "uuid=550e8400-e29b-41d4-a716-446655440000&etag=\"33a64df551425fcc55e4d42a148795d9f25f89d4\"",
    "Passwords must have 12 characters, e.g. one digit. Password: ********",
    "pwd: /home/user1/projects/api2 and pwd=/var/lib/app01",
];
