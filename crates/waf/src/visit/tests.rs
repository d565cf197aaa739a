use std::sync::Arc;

use proptest::prelude::*;

use crate::{BASE, Connection, Engine, OWN, Part, RuleSet, Source, Store, Surroundings, Verdict};

fn engine(rules: &[&str]) -> Arc<Engine> {
    let texts = [&[BASE], rules].concat();
    let sources: Vec<Source<'_>> = texts.iter().map(|text| Source { name: "t", text: text.as_bytes() }).collect();
    RuleSet::parse(&sources, &mut |_, name| Err(format!("{name} cannot be read"))).unwrap().compile().unwrap()
}

/// One request: URI, headers, body.
#[derive(Clone, Debug)]
struct Asked {
    uri: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Asked {
    fn chat(body: &str) -> Self {
        let headers = [("content-type", "application/json"), ("user-agent", "sdk/1.0"), ("content-length", "")];
        let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        headers[2].1 = body.len().to_string();
        Self { uri: "/v1/chat/completions".to_owned(), headers, body: body.to_owned() }
    }
}

fn is_prompt(path: &[Part]) -> bool {
    path.last().is_some_and(|part| *part == Part::Name(b"content".to_vec()))
}

fn connection(client: &str, time: i64) -> Connection {
    Connection { client: client.to_owned(), time, ..Connection::default() }
}

/// What the rules say, and whether they were asked.
fn visit(engine: &Arc<Engine>, connection: Connection, asked: &Asked) -> (Verdict, bool) {
    let mut visit = engine.visit(connection);
    visit.request_line(b"POST", asked.uri.as_bytes(), b"HTTP/1.1");
    for (name, value) in &asked.headers {
        visit.request_header(name.as_bytes(), value.as_bytes());
    }
    let head = visit.request_headers_end();
    let verdict = if head == Verdict::Pass { visit.request_body(asked.body.as_bytes(), &is_prompt) } else { head };
    (verdict, visit.transaction.is_some())
}

fn transaction(engine: &Arc<Engine>, connection: Connection, asked: &Asked) -> Verdict {
    let mut transaction = engine.transaction(connection);
    transaction.request_line(b"POST", asked.uri.as_bytes(), b"HTTP/1.1");
    for (name, value) in &asked.headers {
        transaction.request_header(name.as_bytes(), value.as_bytes());
    }
    let head = transaction.request_headers_end();
    if head == Verdict::Pass { transaction.request_body(asked.body.as_bytes(), &is_prompt) } else { head }
}

fn plain(engine: &Arc<Engine>, asked: &Asked) -> (Verdict, bool) {
    visit(engine, connection("192.0.2.7", 0), asked)
}

#[test]
fn the_rules_are_asked_once_about_requests_that_differ_in_their_prompt() {
    let engine = engine(&[OWN]);
    let chat =
        |prompt: &str| Asked::chat(&format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{prompt}"}}]}}"#));
    assert_eq!(plain(&engine, &chat("one")), (Verdict::Pass, true));
    assert_eq!(plain(&engine, &chat("two")), (Verdict::Pass, false));
    // Another length is asked about once; the rest is known.
    assert_eq!(plain(&engine, &chat("eleven")), (Verdict::Pass, true));
    assert_eq!(plain(&engine, &chat("twelve")), (Verdict::Pass, false));
    let other = Asked::chat(r#"{"model":"n","messages":[{"role":"user","content":"one"}]}"#);
    assert_eq!(plain(&engine, &other), (Verdict::Pass, true), "another argument is another request");
}

#[test]
fn what_matches_is_asked_about_every_time() {
    let engine = engine(&[OWN]);
    let attack = Asked::chat(r#"{"model":"1' OR '1'='1","messages":[]}"#);
    for _ in 0..3 {
        assert_eq!(plain(&engine, &attack), (Verdict::Deny { rule: 300900, status: 403 }, true));
    }
    let logged = self::engine(&[r#"SecRule ARGS "@streq m" "id:1,phase:2,pass,log""#]);
    let chat = Asked::chat(r#"{"model":"m"}"#);
    assert!(plain(&logged, &chat).1 && plain(&logged, &chat).1, "what passes with a log entry is logged every time");
}

#[test]
fn a_length_that_rules_see_more_of_than_the_number_is_part_of_the_head() {
    for rule in [
        r#"SecRule ARGS:model "@streq %{REQUEST_HEADERS.content-length}" "id:1,phase:2,deny""#,
        r#"SecRule ARGS:model "@streq %{tx.size}" "id:2,phase:2,deny,chain"
           SecRule REQUEST_HEADERS:Content-Length "@streq %{tx.size}""#,
    ] {
        let engine = engine(&[rule]);
        assert!(!engine.recall.frees_length(), "{rule}");
    }
    // A rule that matches one length only.
    let engine = engine(&[r#"SecRule REQUEST_HEADERS:Content-Length "@streq 15" "id:1,phase:1,deny,status:403""#]);
    assert!(engine.recall.frees_length());
    for _ in 0..2 {
        assert_eq!(plain(&engine, &Asked::chat(r#"{"model":"m" }"#)).0, Verdict::Pass);
        assert_eq!(plain(&engine, &Asked::chat(r#"{"model":"m"  }"#)).0, Verdict::Deny { rule: 1, status: 403 });
    }
}

#[test]
fn rules_that_depend_on_more_than_the_request_are_asked_every_time() {
    for rule in [
        r#"SecRule TIME_EPOCH "@gt 10" "id:1,phase:2,deny""#,
        r#"SecRule ARGS "@streq %{TIME_EPOCH}" "id:1,phase:2,deny""#,
        r#"SecRule REMOTE_ADDR "@rbl zone.example" "id:1,phase:1,deny""#,
        r#"SecRule PROMPT "@rx two" "id:1,phase:2,deny""#,
        r#"SecRule ARGS "@streq %{REQUEST_BODY_LENGTH}" "id:1,phase:2,deny""#,
        r#"SecRule REQUEST_BODY_LENGTH "@streq 90" "id:1,phase:2,deny""#,
    ] {
        let engine = engine(&[rule]);
        assert!(!engine.recall.is_possible(), "{rule}");
        let chat = Asked::chat(r#"{"model":"m","content":"one"}"#);
        assert!(plain(&engine, &chat).1 && plain(&engine, &chat).1, "{rule}");
    }
}

#[test]
fn a_limit_on_the_length_of_the_body_holds() {
    let engine = engine(&[r#"SecRule REQUEST_BODY_LENGTH "@gt 30" "id:1,phase:2,deny,status:413""#]);
    assert!(engine.recall.is_possible());
    let chat = |prompt: &str| plain(&engine, &Asked::chat(&format!(r#"{{"model":"m","content":"{prompt}"}}"#))).0;
    assert_eq!((chat("one"), chat("two")), (Verdict::Pass, Verdict::Pass));
    assert_eq!(chat("three and more"), Verdict::Deny { rule: 1, status: 413 });
    assert_eq!(chat("one"), Verdict::Pass);
}

#[test]
fn a_client_counts_where_rules_look_at_it() {
    let engine = engine(&[r#"SecRule REMOTE_ADDR "@ipMatch 203.0.113.0/24" "id:1,phase:1,deny,status:403""#]);
    let chat = Asked::chat(r#"{"model":"m"}"#);
    for _ in 0..2 {
        assert_eq!(visit(&engine, connection("192.0.2.7", 0), &chat).0, Verdict::Pass);
        assert_eq!(visit(&engine, connection("203.0.113.7", 0), &chat).0, Verdict::Deny { rule: 1, status: 403 });
    }
}

/// Counts over requests.
struct Counting(std::sync::Mutex<u32>);

impl Surroundings for Counting {
    fn load(&self, _: Store, _: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut count = self.0.lock().unwrap();
        *count += 1;
        vec![(b"count".to_vec(), count.to_string().into_bytes())]
    }
}

#[test]
fn a_count_over_requests_is_kept() {
    let engine = engine(&[
        r#"SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR}""#,
        r#"SecRule IP:count "@gt 2" "id:2,phase:1,deny,status:429""#,
    ]);
    let surroundings: Arc<dyn Surroundings> = Arc::new(Counting(0.into()));
    let ask = || {
        let connection = Connection { surroundings: surroundings.clone(), ..Connection::default() };
        visit(&engine, connection, &Asked::chat(r#"{"model":"m"}"#)).0
    };
    let refused = Verdict::Deny { rule: 2, status: 429 };
    assert_eq!([ask(), ask(), ask(), ask()], [Verdict::Pass, Verdict::Pass, refused, refused]);
}

fn of(list: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(list).prop_map(str::to_owned)
}

fn any_request() -> impl Strategy<Value = Asked> {
    let uri = of(&["/v1/chat/completions", "/v1/models?after=1", "/a/../../etc/passwd", "/?q=<script>x"]);
    let kind = of(&["application/json", "application/x-www-form-urlencoded", "text/xml", "text/plain", ""]);
    let agent = of(&["sdk/1.0", "sqlmap/1", "x' OR 1=1 --"]);
    let length = of(&["2", "31", "31, 31", "-1", "999999999999", "1\r\nset-cookie: a"]);
    let body = of(&[
        "",
        r#"{"model":"m","content":"one"}"#,
        r#"{"model":"m","content":"1' OR '1'='1"}"#,
        r#"{"model":"1' OR '1'='1","content":"one"}"#,
        r#"{"model":"m","content":"#,
        r#"{"model":"m","n":[1,2,3]}"#,
        "model=m&x=1' OR '1'='1",
        "<a b='c'>../../etc/passwd</a>",
    ]);
    (uri, kind, agent, prop::collection::vec(length, 0..3), body).prop_map(|(uri, kind, agent, lengths, body)| {
        let mut headers = vec![("content-type".to_owned(), kind), ("user-agent".to_owned(), agent)];
        headers.extend(lengths.into_iter().map(|length| ("content-length".to_owned(), length)));
        Asked { uri, headers, body }
    })
}

proptest! {
    #[test]
    fn whatever_came_before_the_verdict_is_that_of_the_rules(requests in prop::collection::vec(any_request(), 1..60)) {
        let sizes = r#"SecRule REQUEST_HEADERS:Content-Length "!@rx ^[0-9]{1,9}$" "id:1,phase:1,deny,status:400""#;
        let (remembering, fresh) = (engine(&[OWN, sizes]), engine(&[OWN, sizes]));
        for asked in requests.iter().chain(&requests) {
            let (verdict, _) = plain(&remembering, asked);
            prop_assert_eq!(verdict, transaction(&fresh, connection("192.0.2.7", 0), asked), "{:?}", asked);
        }
    }
}
