//! Personal data under attack: names where a policy asks for them, and every form that stands in the place of a value.

use std::io::Write as _;
use std::process::{Command, Stdio};

use portcullis::model::policy::config::{PolicyConfig, Stage};
use portcullis::model::policy::{PolicySet, problems};
use portcullis::proxy::evaluate::Evaluator;
use serde_json::{Value, json};

use crate::app::{TestApp, chat};

fn policy(select: &str, stages: &str, mask: &str) -> String {
    format!(
        "[[policy]]\nname = 'personal'\n[[policy.rule]]\nmatch = '{select}'\nstages = [{stages}]\naction = 'mask'\nmask = '{mask}'"
    )
}

/// The last thing that the provider was told.
async fn told(app: &TestApp) -> String {
    let reached = app.reached().await;
    let request = reached.as_array().and_then(|requests| requests.last()).cloned().unwrap_or_default();
    request["body"]["messages"][0]["content"].as_str().map_or_else(|| request.to_string(), str::to_owned)
}

/// What a client reads in a chat stream.
fn spoken(stream: &str) -> String {
    let chunks = stream.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    let values = chunks.map(|data| serde_json::from_str::<Value>(data).unwrap());
    values.filter_map(|value| value["choices"][0]["delta"]["content"].as_str().map(str::to_owned)).collect()
}

async fn stream(app: &TestApp, question: &str) -> String {
    let mut asked = chat(question);
    asked["stream"] = true.into();
    spoken(&app.post("/v1/chat/completions", &asked).await.text())
}

#[tokio::test]
async fn each_form_reaches_the_provider_and_the_value_does_not() {
    let question = "Repeat after me: mail ada.lovelace@example.com from 81.2.69.142 now";
    for (mask, expected) in [
        ("label", vec!["[REDACTED:EMAIL]", "[REDACTED:IP]"]),
        ("hash", vec!["EMAIL_#", "IP_#"]),
        ("generalize", vec!["[EMAIL at example.com]", "81.2.69.0/24"]),
        ("synthetic", vec!["@example.com from 192.0.2."]),
    ] {
        let app = TestApp::with(&policy("pii", "'input'", mask)).await;
        app.chat(question).await;
        let first = told(&app).await;
        for part in expected {
            assert!(first.contains(part), "{mask}: {first}");
        }
        assert!(!first.contains("lovelace") && !first.contains("69.142"), "{mask}: {first}");
        app.chat(question).await;
        assert_eq!(told(&app).await, first, "{mask} is the same for the same value");
    }
}

#[tokio::test]
async fn an_encrypted_value_keeps_its_format_and_comes_back_whole_and_in_a_stream() {
    let app = TestApp::with(&policy("pii.us-ssn", "'input', 'output'", "encrypt")).await;
    let question = "Repeat after me: my SSN is 078-05-1129 today";
    let answer = app.chat(question).await;
    assert!(answer.text().contains("078-05-1129"), "{}", answer.text());
    assert!(stream(&app, question).await.contains("078-05-1129"));
    let told = told(&app).await;
    assert!(!told.contains("078-05-1129"), "{told}");
    let at = told.find("SSN is ").unwrap() + 7;
    let shape: String = told[at..at + 11].chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    assert_eq!(shape, "999-99-9999");
}

#[tokio::test]
async fn what_was_put_in_behind_escapes_is_not_masked_again() {
    let app = TestApp::with(&policy("pii.us-ssn", "'tool_result', 'input', 'tool_call'", "encrypt")).await;
    let mut asked = chat("Repeat after me: done");
    asked["messages"] = json!([
        { "role": "user", "content": "look it up" },
        { "role": "assistant", "content": null, "tool_calls": [{ "id": "a", "type": "function", "function": {
            "name": "find", "arguments": "{\"note\": \"the\\tSSN is 078-05-1129\"}" } }] },
        { "role": "tool", "tool_call_id": "a", "content": "Repeat after me: SSN is 078-05-1129" },
    ]);
    let answer = app.post("/v1/chat/completions", &asked).await;
    let reached = app.reached().await.to_string();
    assert!(!reached.contains("078-05-1129"), "{reached}");
    assert!(answer.text().contains("078-05-1129") || !answer.text().contains("SSN is"), "{}", answer.text());
}

#[tokio::test]
async fn an_answer_is_masked_alike_whole_and_in_a_stream() {
    let question = "Repeat after me: mail ada.lovelace@example.com now";
    let app = TestApp::with(&policy("pii.email", "'output'", "hash")).await;
    let whole = app.chat(question).await.text();
    let streamed = stream(&app, question).await;
    let at = streamed.find("EMAIL_#").unwrap_or_else(|| panic!("{streamed}"));
    assert!(whole.contains(&streamed[at..at + 19]) && !whole.contains("lovelace") && !streamed.contains("lovelace"));
}

#[tokio::test]
async fn names_are_masked_where_a_policy_names_them_and_nowhere_else() {
    let question = "Repeat after me: Please tell Martina Schneider that the parcel arrived.";
    for select in ["pii", "*"] {
        let app = TestApp::with(&policy(select, "'input'", "label")).await;
        app.chat(question).await;
        assert!(told(&app).await.contains("Martina Schneider"), "{select}");
    }
    for (select, mask, expected) in [
        ("entity", "label", "tell [REDACTED:PERSON] that"),
        ("entity.person", "synthetic", " Example that"),
        ("EN001", "pseudonym", "tell PERSON_"),
    ] {
        let app = TestApp::with(&policy(select, "'input'", mask)).await;
        let answer = app.chat(question).await;
        let told = told(&app).await;
        assert!(told.contains(expected) && !told.contains("Schneider"), "{select}: {told}");
        assert_eq!(answer.text().contains("Martina Schneider"), mask == "pseudonym", "{}", answer.text());
    }
}

#[tokio::test]
async fn a_name_in_an_answer_is_masked_whole_and_in_a_stream() {
    let question = "Repeat after me: Please tell Martina Schneider that the parcel arrived.";
    let app = TestApp::with(&policy("entity.person", "'output'", "label")).await;
    let whole = app.chat(question).await.text();
    let streamed = stream(&app, question).await;
    for text in [&whole, &streamed] {
        assert!(text.contains("[REDACTED:PERSON]") && !text.contains("Schneider"), "{text}");
    }
}

#[test]
fn what_has_to_be_asked_for_is_reported_as_not_run() {
    let evaluate = |line: &str| {
        let config: PolicyConfig = toml::from_str(&format!("name = 'p'\n{line}")).unwrap();
        let model = guard::classifier::embedded().unwrap();
        let evaluator = Evaluator::among(&PolicySet::new([config]), Some("p"), model).unwrap();
        evaluator.evaluate("Please tell Martina Schneider.", Stage::Input)
    };
    let unasked = evaluate("[[rule]]\nmatch = '*'\nstages = ['input']\naction = 'flag'");
    assert!(unasked.not_run.contains(&"EN001") && unasked.not_run.contains(&"EN004"), "{unasked:?}");
    let asked = evaluate("[[rule]]\nmatch = 'entity.person'\nstages = ['input']\naction = 'flag'");
    assert!(!asked.not_run.contains(&"EN001") && asked.not_run.contains(&"EN002"), "{asked:?}");
    assert!(asked.findings.iter().any(|found| found.rule == "EN001"), "{asked:?}");
}

#[test]
fn forms_of_personal_data_are_refused_for_secrets() {
    let with = |select: &str, mask: &str| -> PolicyConfig {
        let line = format!("[[rule]]\nmatch = '{select}'\nstages = ['input']\naction = 'mask'\nmask = '{mask}'");
        toml::from_str(&format!("name = 'p'\n{line}")).unwrap()
    };
    for mask in ["hash", "generalize", "synthetic", "encrypt", "pseudonym"] {
        assert!(problems(&with("secret", mask)).iter().any(|problem| problem.starts_with("rule[0].mask:")), "{mask}");
        assert!(problems(&with("entity.person", mask)).is_empty() && problems(&with("pii", mask)).is_empty(), "{mask}");
    }
}

#[test]
fn an_export_says_how_well_its_records_hide() {
    let ask = |records: &str, args: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args([&["anonymity", "--json"], args].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(records.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.success(), report, String::from_utf8(output.stderr).unwrap())
    };
    let visit = |age: &str, code: &str, ill: &str| json!({ "age": age, "code": code, "ill": ill }).to_string() + "\n";
    let many = [visit("30-39", "941**", "flu"), visit("30-39", "941**", "cold")].concat().repeat(3);
    let (hides, report, _) = ask(&many, &["--by", "age,code", "--sensitive", "ill"]);
    assert!(hides && report["k"] == 6 && report["l"]["ill"] == 2, "{report}");
    let (hides, report, _) = ask(&(many.clone() + &visit("81", "94110", "flu")), &["--by", "age,code"]);
    assert!(!hides && report["k"] == 1 && report["smallest"][0]["values"]["age"] == "81", "{report}");
    let (hides, report, _) = ask(&many, &["--by", "agee"]);
    assert!(!hides && report["unknown_fields"] == json!(["agee"]), "a misspelled field hides nobody: {report}");
    let (hides, _, said) = ask("{\"age\": [1]}\n", &["--by", "age"]);
    assert!(!hides && said.contains("line 1") && said.contains("`age`"), "{said}");
}
