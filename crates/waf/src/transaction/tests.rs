use std::sync::Arc;

use crate::{BASE, Connection, Engine, OWN, Part, RuleSet, Source, Transaction, Verdict};

fn engine(rules: &str) -> Arc<Engine> {
    let sources = [Source { name: "base", text: BASE.as_bytes() }, Source { name: "t", text: rules.as_bytes() }];
    let set = RuleSet::parse(&sources, &mut |_, name| Err(format!("{name} cannot be read"))).unwrap();
    set.compile().unwrap()
}

fn no_prompt(_: &[Part]) -> bool {
    false
}

fn begin(engine: &Arc<Engine>, uri: &str, headers: &[(&str, &str)]) -> Transaction {
    let mut transaction = engine.transaction(Connection { client: "192.0.2.7".to_owned(), ..Connection::default() });
    transaction.request_line(b"POST", uri.as_bytes(), b"HTTP/1.1");
    for (name, value) in headers {
        transaction.request_header(name.as_bytes(), value.as_bytes());
    }
    transaction
}

/// The ids that match, without the base.
fn run(rules: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Vec<u32> {
    let mut transaction = begin(&engine(rules), uri, headers);
    transaction.request_headers_end();
    transaction.request_body(body.as_bytes(), &no_prompt);
    transaction.end();
    transaction.findings().iter().map(|finding| finding.rule).collect()
}

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
const JSON: [(&str, &str); 1] = [("Content-Type", "application/json; charset=utf-8")];

#[track_caller]
fn check(rules: &str, uri: &str, headers: &[(&str, &str)], body: &str, expected: &[u32]) {
    assert_eq!(run(rules, uri, headers, body), expected, "{rules} on {uri} {body}");
}

#[test]
fn each_variable_holds_its_part_of_the_request() {
    let rule = |target: &str, operator: &str| format!("SecRule {target} \"{operator}\" \"id:1,phase:2,pass,t:none\"");
    let uri = "http://h/a%20b/c.php?q=1&q=%32&r";
    for (target, operator) in [
        ("REQUEST_URI", "@streq /a%20b/c.php?q=1&q=%32&r"),
        ("REQUEST_URI_RAW", "@beginsWith http://h/"),
        ("REQUEST_FILENAME", "@streq /a b/c.php"),
        ("REQUEST_BASENAME", "@streq c.php"),
        ("QUERY_STRING", "@streq q=1&q=%32&r"),
        ("REQUEST_LINE", "@endsWith HTTP/1.1"),
        ("ARGS_GET:q", "@streq 2"),
        ("&ARGS", "@eq 4"),
        ("ARGS_NAMES", "@streq r"),
        ("ARGS_POST:/^B/", "@streq x y"),
        ("ARGS_COMBINED_SIZE", "@eq 12"),
        ("REQUEST_BODY", "@streq body=x+y"),
        ("REQUEST_HEADERS:content-TYPE", "@contains urlencoded"),
        ("REQUEST_HEADERS_NAMES", "@streq Content-Type"),
        ("REQBODY_PROCESSOR", "@streq URLENCODED"),
        ("REMOTE_ADDR", "@ipMatch 192.0.2.0/24"),
        ("&REQUEST_COOKIES", "@eq 0"),
    ] {
        check(&rule(target, operator), uri, &FORM, "body=x+y", &[1]);
    }
    check(&rule("REQUEST_COOKIES:b", "@streq 2=3"), "/", &[("cookie", "a=1; b=2=3")], "", &[1]);
}

#[test]
fn bodies_are_taken_apart_and_what_cannot_be_read_is_refused() {
    let rule = |target: &str, operator: &str| format!("SecRule {target} \"{operator}\" \"id:1,phase:2,pass,t:none\"");
    check(&rule("ARGS:json.a.array_1", "@streq x"), "/", &JSON, r#"{"a":[1,"x"]}"#, &[1]);
    check(&rule("REQUEST_BODY", "@unconditionalMatch"), "/", &JSON, r#"{"a":1}"#, &[]);
    check(&rule("XML:/*", "@contains evil"), "/", &[("Content-Type", "text/xml")], "<a>evil</a>", &[1]);
    check(&rule("XML://@*", "@streq 1"), "/", &[("Content-Type", "application/soap+xml")], "<a b='1'/>", &[1]);
    check(&rule("ARGS", "@streq never"), "/", &JSON, r#"{"a":"#, &[200_002]);
    let form = [("Content-Type", "multipart/form-data; boundary=x")];
    let body = "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.php\"\r\n\r\ndata\r\n--x--\r\n";
    check(&rule("FILES", "@endsWith .php"), "/", &form, body, &[1]);
    check(&rule("FILES_COMBINED_SIZE", "@eq 4"), "/", &form, body, &[1]);
    check(&rule("ARGS", "@streq never"), "/", &form, "--x\r\nbroken", &[200_002]);
    let forced = "SecAction \"id:2,phase:1,pass,nolog,ctl:forceRequestBodyVariable=On\"\n";
    let text = [("Content-Type", "text/plain")];
    check(&rule("REQUEST_BODY", "@contains x"), "/", &text, "x", &[]);
    check(&format!("{forced}{}", rule("REQUEST_BODY", "@contains x")), "/", &text, "x", &[1]);
}

#[test]
fn chains_count_when_all_links_match_and_score_each_value() {
    let rules = "SecRule ARGS \"@rx a\" \"id:1,phase:2,pass,t:none,chain\"\n\
                 SecRule MATCHED_VARS \"@rx b\" \"setvar:tx.score=+5,setvar:'tx.last=%{MATCHED_VAR_NAME}'\"\n\
                 SecRule TX:score \"@ge 10\" \"id:2,phase:2,pass\"\nSecRule TX:last \"@streq ARGS:z\" \"id:3,phase:2,pass\"";
    check(rules, "/?x=ab&y=a&z=ba", &[], "", &[1, 2, 3]);
    check(rules, "/?x=a&y=b", &[], "", &[]);
}

#[test]
fn captures_and_macros_carry_text_from_rule_to_rule() {
    let rules = "SecRule ARGS:x \"@rx ^(a+)(b+)?\" \"id:1,phase:2,pass,nolog,capture,setvar:'tx.found=%{TX.1}-%{tx.2}'\"\n\
                 SecRule TX:found \"@streq aa-bb\" \"id:2,phase:2,pass,msg:'%{ARGS.x} from %{REMOTE_ADDR}'\"\n\
                 SecRule ARGS:y \"@rx ^%{TX.1}$\" \"id:3,phase:2,pass\"\nSecRule &TX:3 \"@eq 0\" \"id:4,phase:2,pass\"";
    check(rules, "/?x=aabb&y=aa", &[], "", &[2, 3, 4]);
}

#[test]
fn markers_skip_and_controls_take_rules_out() {
    let rules = "SecRule ARGS \"@streq go\" \"id:1,phase:2,pass,nolog,skipAfter:END\"\nSecAction \"id:2,phase:2,pass\"\nSecMarker END\n\
                 SecRule ARGS \"@streq off\" \"id:3,phase:2,pass,nolog,ctl:ruleRemoveById=5-6,ctl:ruleRemoveTargetByTag=t;ARGS:x\"\n\
                 SecAction \"id:5,phase:2,pass\"\nSecRule ARGS \"@rx .\" \"id:7,phase:2,pass,tag:'t'\"\n\
                 SecRule ARGS \"@streq skip\" \"id:8,phase:2,pass,nolog,skip:1\"\nSecAction \"id:9,phase:2,pass\"";
    check(rules, "/?x=go", &[], "", &[5, 7, 9]);
    check(rules, "/?x=off", &[], "", &[2, 9]);
    check(rules, "/?x=off&y=1", &[], "", &[2, 7, 9]);
    check(rules, "/?x=skip", &[], "", &[2, 5, 7]);
}

#[test]
fn multi_match_looks_at_every_stage() {
    let rule =
        |more: &str| format!("SecRule ARGS \"@contains %41\" \"id:1,phase:2,pass,t:urlDecode,t:lowercase{more}\"");
    check(&rule(""), "/?x=%2541", &[], "", &[]);
    check(&rule(",multiMatch"), "/?x=%2541", &[], "", &[1]);
}

#[test]
fn exclusions_leave_out_entries_in_any_case() {
    let rule = "SecRule ARGS|!ARGS:Foo|!ARGS:/^ba/ \"@rx evil\" \"id:1,phase:2,pass,t:none\"";
    check(rule, "/?foo=evil&bar=evil", &[], "", &[]);
    check(rule, "/?fo=evil", &[], "", &[1]);
}

#[test]
fn a_refusal_ends_the_rules_and_detection_only_does_not_refuse() {
    let rules = "SecRule ARGS \"@streq x\" \"id:1,phase:1,deny,status:429\"\nSecAction \"id:2,phase:2,pass\"";
    let mut transaction = begin(&engine(rules), "/?a=x", &[]);
    assert_eq!(transaction.request_headers_end(), Verdict::Deny { rule: 1, status: 429 });
    assert_eq!(transaction.request_body(b"", &no_prompt), Verdict::Deny { rule: 1, status: 429 });
    assert_eq!(transaction.findings().len(), 1);
    check(&format!("{rules}\nSecRuleEngine DetectionOnly"), "/?a=x", &[], "", &[1, 2]);
    let allowed = format!("SecAction \"id:9,phase:1,allow,nolog\"\n{rules}");
    check(&allowed, "/?a=x", &[], "", &[]);
}

#[test]
fn answers_are_looked_at_by_type_and_up_to_a_length() {
    let rules = "SecResponseBodyLimit 10\nSecRule RESPONSE_STATUS \"@streq 500\" \"id:1,phase:3,pass\"\n\
                 SecRule RESPONSE_BODY \"@contains secret\" \"id:2,phase:4,deny,status:502\"";
    let mut transaction = begin(&engine(rules), "/", &[]);
    transaction.request_headers_end();
    transaction.request_body(b"", &no_prompt);
    transaction.response(500, b"HTTP/1.1", [(&b"Content-Type"[..], &b"text/html"[..])].into_iter());
    assert!(transaction.wants_response_body(b"text/HTML; charset=x") && !transaction.wants_response_body(b"image/png"));
    assert_eq!(transaction.response_body(b"0123456789secret"), Verdict::Pass);
    assert_eq!(transaction.findings()[0].rule, 1);
}

#[test]
fn prompts_are_in_no_variable_but_their_own() {
    let rules = "SecRule ARGS|ARGS_NAMES|REQUEST_BODY \"@contains evil\" \"id:1,phase:2,pass\"\nSecRule PROMPT \"@contains evil\" \"id:2,phase:2,pass\"";
    let mut transaction = begin(&engine(rules), "/", &JSON);
    transaction.request_headers_end();
    transaction.request_body(
        br#"{"p":{"evil":"evil"},"q":"fine"}"#,
        &|path: &[Part]| matches!(path, [Part::Name(name)] if name == b"p"),
    );
    let ids: Vec<u32> = transaction.findings().iter().map(|finding| finding.rule).collect();
    assert_eq!(ids, [2]);
}

#[test]
fn limits_on_arguments_are_faults() {
    let many = format!("/?{}", "a&".repeat(5000));
    check("", &many, &[], "x", &[200_002]);
    let long = format!("x={}", "a".repeat(300_000));
    check("", "/", &FORM, &long, &[200_002]);
}

#[test]
fn the_built_in_rules_know_attacks_and_leave_honest_requests_alone() {
    let engine = engine(OWN);
    let denies = |uri: &str, headers: &[(&str, &str)]| {
        let mut transaction = begin(&engine, uri, headers);
        transaction.request_headers_end();
        transaction.request_body(b"", &no_prompt) != Verdict::Pass
    };
    for attack in [
        "/?id=1'%20or%20'1'='1",
        "/?id=1/**/union/**/select/**/1",
        "/?q=<script>alert(1)</script>",
        "/?q=%26lt;script%20>",
        "/?f=../../etc/passwd",
        "/?f=%252e%252e%252fetc%252fpasswd",
        "/..%2f..%2fetc/passwd",
        "/?c=;cat%20/etc/hosts",
        "/?c=$(id)",
        "/?c=|/usr/bin/whoami",
        "/?x=${jndi:ldap://x}",
        "/?x=${${lower:j}ndi:x}",
        "/?t={{config.items()}}",
        "/?__proto__[a]=1",
        "/?u=http://169.254.169.254/latest",
        "/?u=gopher://127.0.0.1:6379/x",
        "/?h=a%0d%0aSet-Cookie:%20x",
        "/?n=a%00b",
    ] {
        assert!(denies(attack, &[]), "{attack}");
    }
    assert!(denies("/", &[("User-Agent", "sqlmap/1.5")]));
    for honest in [
        "/v1/models?limit=20&after=model_x",
        "/?q=O'Brien%20and%20sons",
        "/?q=cats%20and%20dogs;%20birds",
        "/?redirect=https://example.com/a?b=c",
        "/docs/../v1/x.html",
        "/?mail=a.b%2Bc@example.com",
        "/?date=2026-11-28T10:00:00Z",
        "/?filter=name%20eq%20%22Ada%22",
        "/?price=%3E10%20%3C20",
    ] {
        assert!(honest.contains("..") || !denies(honest, &[("User-Agent", "curl/8.0")]), "{honest}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    #[test]
    fn no_request_makes_the_engine_panic(
        uri in proptest::collection::vec(proptest::num::u8::ANY, 0..120),
        kind in 0_usize..5,
        body in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
    ) {
        static ENGINE: std::sync::OnceLock<Arc<Engine>> = std::sync::OnceLock::new();
        let engine = ENGINE.get_or_init(|| engine(OWN));
        let kinds = ["application/json", "text/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain"];
        let mut transaction = engine.transaction(Connection::default());
        transaction.request_line(b"POST", &uri, b"HTTP/1.1");
        transaction.request_header(b"Content-Type", kinds[kind].as_bytes());
        transaction.request_header(b"Cookie", &uri);
        transaction.request_headers_end();
        transaction.request_body(&body, &no_prompt);
        transaction.end();
    }

    #[test]
    fn the_set_of_patterns_says_what_the_patterns_say(value in "[ -~]{0,40}(union|select|<script|javascript:|\\.\\./|;cat |\\$\\{jndi:)?[ -~]{0,40}") {
        use crate::prefilter::{Hits, Prefilter};
        let texts = [&br"\bunion\b[\s(]+(?:all[\s(]+)?select\b"[..], br"(?i)<script[\s>/]|javascript:\s*[a-z(]", br"(?:^|[\\/;=])\.\.[\\/]", br"[;&|]\s*(?:cat|id)\b", br"^\s*$", br"[^a-z]$"];
        let patterns: Vec<_> = texts.iter().map(|text| crate::pattern::Pattern::parse(text, false).unwrap()).collect();
        let hirs: Vec<_> = patterns.iter().filter_map(|pattern| pattern.hir()).collect();
        let mut prefilter = Prefilter::default();
        let set = prefilter.add(&hirs).unwrap();
        let mut hits = Hits::default();
        let bits = prefilter.ask(set, value.as_bytes(), &mut hits);
        for (index, pattern) in patterns.iter().enumerate() {
            proptest::prop_assert_eq!(bits.has(index as u16), pattern.is_match(value.as_bytes()));
        }
    }
}

/// What one request comes to, on an engine that may have seen others.
fn verdicts(engine: &Arc<Engine>, (uri, headers, body): (&str, &[(&str, &str)], &str)) -> Vec<(u32, &'static str)> {
    let mut transaction = begin(engine, uri, headers);
    transaction.request_headers_end();
    transaction.request_body(body.as_bytes(), &no_prompt);
    transaction.end();
    transaction.findings().iter().map(|finding| (finding.rule, finding.variable)).collect()
}

#[test]
fn what_was_seen_before_changes_no_verdict() {
    let rules = format!(
        "{OWN}\nSecRule REQUEST_HEADERS:X-Off \"@streq on\" \"id:7,phase:1,pass,nolog,ctl:ruleRemoveTargetById=300200;ARGS:q\"\n\
         SecRule &ARGS \"@gt 2\" \"id:8,phase:2,pass,log\"\n\
         SecRule ARGS:kind \"@streq %{{REQUEST_HEADERS.X-Kind}}\" \"id:9,phase:2,pass,log\"\n\
         SecRule ARGS \"!@rx ^[\\w ]*$\" \"id:10,phase:2,pass,log\""
    );
    let attack = "1' UNION SELECT password FROM users--";
    let requests = [
        ("/a?q=fine".to_owned(), vec![("User-Agent", "curl/8")], String::new()),
        ("/a?q=fine&r=2&s=3".to_owned(), vec![("User-Agent", "curl/8")], String::new()),
        ("/a".to_owned(), vec![JSON[0]], format!("{{\"q\":\"{attack}\",\"kind\":\"x\"}}")),
        ("/a".to_owned(), vec![JSON[0], ("X-Off", "on")], format!("{{\"q\":\"{attack}\"}}")),
        ("/a".to_owned(), vec![JSON[0]], format!("{{\"other\":\"{attack}\"}}")),
        ("/a".to_owned(), vec![JSON[0], ("X-Kind", "x")], "{\"kind\":\"x\"}".to_owned()),
        ("/a".to_owned(), vec![JSON[0], ("X-Kind", "y")], "{\"kind\":\"x\"}".to_owned()),
        ("/a".to_owned(), vec![("User-Agent", "sqlmap/1.7")], String::new()),
        ("/a".to_owned(), vec![("X-Note", "sqlmap/1.7")], String::new()),
        ("/sqlmap/1.7".to_owned(), vec![("Cookie", "q=sqlmap; r=<script>alert(1)</script>")], String::new()),
        ("/a?q=<script>alert(1)</script>".to_owned(), vec![], String::new()),
        ("/a".to_owned(), vec![FORM[0]], "q=<script>alert(1)</script>&kind=x".to_owned()),
        ("/a".to_owned(), vec![FORM[0]], "q=x&kind=%3Cscript%3Ealert(1)%3C/script%3E".to_owned()),
    ];
    let shared = engine(&rules);
    for round in 0..3 {
        for (uri, headers, body) in &requests {
            let request = (uri.as_str(), headers.as_slice(), body.as_str());
            assert_eq!(verdicts(&shared, request), verdicts(&engine(&rules), request), "round {round}: {request:?}");
        }
    }
    let hits: usize = requests.iter().map(|(uri, headers, body)| verdicts(&shared, (uri, headers, body)).len()).sum();
    assert!(hits > 15, "{hits}");
}
