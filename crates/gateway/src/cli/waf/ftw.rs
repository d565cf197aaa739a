//! `portcullis waf ftw`: the Core Rule Set's own regression tests, through the engine, without a server.
//!
//! The tests are YAML in the format of go-ftw. A stage is a request and what the log must say after it. Here the engine is
//! asked directly; what a stage says about the status of a web server in front (`status`) is not checked, and `/reflect`
//! answers what the request asks for, as the test back end does.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use saphyr::{LoadableYamlNode as _, Yaml};
use serde::Serialize;
use waf::Engine;

use super::request::{Answer, Described, no_prompt, run as run_request};

/// The set-up the tests are written for: every rule runs, none blocks.
pub(super) const SETUP: &str = "SecRuleEngine DetectionOnly\n\
    SecRequestBodyNoFilesLimit 131072\n\
    SecAction \"id:900005,phase:1,nolog,pass,ctl:ruleEngine=DetectionOnly,ctl:ruleRemoveById=910000,\
    setvar:tx.blocking_paranoia_level=4,setvar:tx.crs_validate_utf8_encoding=1,setvar:tx.arg_name_length=100,\
    setvar:tx.arg_length=400,setvar:tx.total_arg_length=64000,setvar:tx.max_num_args=255,setvar:tx.max_file_size=64100,\
    setvar:tx.combined_file_sizes=65535\"\n";

/// What came of all tests.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    pub(super) files: usize,
    pub(super) stages: usize,
    pub(super) passed: usize,
    /// Stages that say nothing about the log, only about a web server's status. Counted as passed.
    pub(super) without_log: usize,
    pub(super) failures: Vec<Failure>,
}

/// A stage that did not go as it should.
#[derive(Debug, Serialize)]
pub(super) struct Failure {
    pub(super) test: String,
    pub(super) problem: String,
    pub(super) matched: Vec<u32>,
}

/// Runs every test file below a folder.
pub(super) fn run_all(engine: &Arc<Engine>, folder: &Path) -> anyhow::Result<Summary> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut summary = Summary { files: files.len(), ..Summary::default() };
    for file in &files {
        let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        run_file(engine, &text, &mut summary).with_context(|| format!("{} is not a test file", file.display()))?;
    }
    Ok(summary)
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, out)?;
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            out.push(path);
        }
    }
    Ok(())
}

fn run_file(engine: &Arc<Engine>, text: &str, summary: &mut Summary) -> anyhow::Result<()> {
    let documents = Yaml::load_from_str(text).map_err(|error| anyhow!("{error}"))?;
    for document in &documents {
        let rule = document.as_mapping_get("rule_id").and_then(Yaml::as_integer).unwrap_or(0);
        for test in sequence(document, "tests") {
            let number = test.as_mapping_get("test_id").and_then(Yaml::as_integer).unwrap_or(0);
            for stage in sequence(test, "stages") {
                run_stage(engine, stage, format!("{rule}-{number}"), summary)?;
            }
        }
    }
    Ok(())
}

fn run_stage(engine: &Arc<Engine>, stage: &Yaml<'_>, test: String, summary: &mut Summary) -> anyhow::Result<()> {
    let input = stage.as_mapping_get("input").ok_or_else(|| anyhow!("{test} has no input"))?;
    let request = request(input).with_context(|| format!("in {test}"))?;
    summary.stages += 1;
    let Some(log) = stage.as_mapping_get("output").and_then(|output| output.as_mapping_get("log")) else {
        summary.passed += 1;
        summary.without_log += 1;
        return Ok(());
    };
    let outcome = run_request(engine, &request, &test, &no_prompt);
    let logged = outcome.findings.iter().filter(|finding| finding.is_logged);
    let matched: Vec<u32> = logged.clone().map(|finding| finding.rule).collect();
    let lines: Vec<String> = logged
        .map(|finding| {
            let (rule, message, data) = (finding.rule, &finding.message, &finding.logdata);
            format!("[id \"{rule}\"] [msg \"{message}\"] [data \"{data}\"]")
        })
        .collect();
    match check(log, &matched, &lines) {
        None => summary.passed += 1,
        Some(problem) => summary.failures.push(Failure { test, problem, matched }),
    }
    Ok(())
}

/// What the log does not say, or says and should not.
fn check(log: &Yaml<'_>, matched: &[u32], lines: &[String]) -> Option<String> {
    if let Some(id) = ids(log, "expect_ids").into_iter().find(|id| !matched.contains(id)) {
        return Some(format!("rule {id} did not match"));
    }
    if let Some(id) = ids(log, "no_expect_ids").into_iter().find(|id| matched.contains(id)) {
        return Some(format!("rule {id} matched"));
    }
    let found = |pattern: &str| {
        regex_automata::meta::Regex::new(pattern)
            .is_ok_and(|regex| lines.iter().any(|line| regex.is_match(line.as_str())))
    };
    let text = |key: &str| log.as_mapping_get(key).and_then(Yaml::as_str);
    if let Some(pattern) = text("match_regex").filter(|pattern| !found(pattern)) {
        return Some(format!("no line of the log matches {pattern}"));
    }
    text("no_match_regex")
        .filter(|pattern| found(pattern))
        .map(|pattern| format!("a line of the log matches {pattern}"))
}

fn ids(log: &Yaml<'_>, key: &str) -> Vec<u32> {
    sequence(log, key).filter_map(Yaml::as_integer).filter_map(|id| u32::try_from(id).ok()).collect()
}

fn sequence<'n, 'y>(node: &'n Yaml<'y>, key: &str) -> impl Iterator<Item = &'n Yaml<'y>> {
    node.as_mapping_get(key).and_then(Yaml::as_sequence).into_iter().flatten()
}

/// Builds the request as go-ftw would send it.
fn request(input: &Yaml<'_>) -> anyhow::Result<Described> {
    let text = |key: &str| input.as_mapping_get(key).and_then(Yaml::as_str);
    if let Some(encoded) = text("encoded_request") {
        let encoded: String = encoded.split_whitespace().collect();
        return parse(&STANDARD.decode(encoded)?)
            .ok_or_else(|| anyhow!("the encoded request has no end of its headers"));
    }
    let own = |key: &str, default: &str| text(key).unwrap_or(default).as_bytes().to_vec();
    let mut request = Described {
        method: own("method", "GET"),
        uri: own("uri", "/"),
        version: own("version", "HTTP/1.1"),
        body: own("data", ""),
        ..Described::default()
    };
    for (name, value) in input.as_mapping_get("headers").and_then(Yaml::as_mapping).into_iter().flatten() {
        let (name, value) = (scalar(name), scalar(value));
        request.headers.push((name.into_bytes(), value.into_bytes()));
    }
    if request.headers.iter().any(|(name, value)| is_form(name, value)) {
        request.body = with_crlf(&request.body);
    }
    if input.as_mapping_get("autocomplete_headers").and_then(Yaml::as_bool) != Some(false) {
        complete(&mut request);
    }
    request.answer = Some(answer(&request));
    Ok(request)
}

fn is_form(name: &[u8], value: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"content-type") && value.to_ascii_lowercase().starts_with(b"multipart/form-data")
}

/// Lines of a form end in CR LF; the tests are written without the CR, and go-ftw adds it.
fn with_crlf(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 16);
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(text) => {
                out.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
                out.extend_from_slice(b"\r\n");
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

fn scalar(node: &Yaml<'_>) -> String {
    if let Some(text) = node.as_str() {
        return text.to_owned();
    }
    if let Some(number) = node.as_integer() {
        return number.to_string();
    }
    node.as_floating_point().map(|number| number.to_string()).unwrap_or_default()
}

/// Adds the headers that every HTTP client sends.
fn complete(request: &mut Described) {
    let mut add = |name: &str, value: String| {
        if !request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes())) {
            request.headers.push((name.as_bytes().to_vec(), value.into_bytes()));
        }
    };
    add("Connection", "close".to_owned());
    if !request.body.is_empty() {
        add("Content-Type", "application/x-www-form-urlencoded".to_owned());
    }
    if !request.body.is_empty() || matches!(request.method.as_slice(), b"POST" | b"PUT" | b"PATCH") {
        add("Content-Length", request.body.len().to_string());
    }
}

/// Takes a raw request apart.
fn parse(raw: &[u8]) -> Option<Described> {
    let end = memchr::memmem::find(raw, b"\r\n\r\n")?;
    let mut lines = raw[..end].split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut line = lines.next()?.splitn(3, |&byte| byte == b' ');
    let mut word = || line.next().unwrap_or_default().to_vec();
    let mut request = Described { method: word(), uri: word(), version: word(), ..Described::default() };
    for line in lines {
        let colon = memchr::memchr(b':', line)?;
        request.headers.push((line[..colon].to_vec(), line[colon + 1..].trim_ascii().to_vec()));
    }
    request.body = raw[end + 4..].to_vec();
    request.answer = Some(answer(&request));
    Some(request)
}

/// What the test back end answers: on `/reflect` what the request asks for, else nothing.
fn answer(request: &Described) -> Answer {
    let mut answer = Answer { status: 200, ..Answer::default() };
    if request.uri.starts_with(b"/reflect")
        && let Ok(wanted) = serde_json::from_slice::<serde_json::Value>(&request.body)
    {
        reflect(&wanted, &mut answer);
    }
    if !answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"content-type")) {
        answer.headers.push((b"Content-Type".to_vec(), b"text/plain; charset=utf-8".to_vec()));
    }
    answer
}

fn reflect(wanted: &serde_json::Value, answer: &mut Answer) {
    if let Some(status) = wanted["status"].as_u64() {
        answer.status = u16::try_from(status).unwrap_or(200);
    }
    for (name, value) in wanted["headers"].as_object().into_iter().flatten() {
        answer.headers.push((name.as_bytes().to_vec(), value.as_str().unwrap_or_default().as_bytes().to_vec()));
    }
    if let Some(body) = wanted["body"].as_str() {
        answer.body = body.as_bytes().to_vec();
    } else if let Some(body) = wanted["encodedBody"].as_str() {
        answer.body = STANDARD.decode(body).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "SecRule ARGS \"@streq evil\" \"id:1,phase:2,pass,log,msg:'found %{ARGS.a}',t:none\"\n\
        SecRule RESPONSE_BODY \"@contains secret\" \"id:2,phase:4,pass,log\"\n\
        SecRule &REQUEST_HEADERS:Content-Length \"@eq 1\" \"id:3,phase:1,pass,log\"";

    fn failures(stage: &str) -> Vec<String> {
        let mut files = crate::infra::network::waf::load::Files::default();
        files.push("rules", RULES);
        let mut summary = Summary::default();
        let text = format!("rule_id: 7\ntests:\n  - test_id: 1\n    stages:\n      - input:\n{stage}");
        run_file(&files.compile().unwrap(), &text, &mut summary).unwrap();
        assert_eq!(summary.stages, 1);
        summary.failures.into_iter().map(|failure| failure.problem).collect()
    }

    #[test]
    fn what_the_log_must_and_must_not_say_is_checked() {
        let input = "          uri: '/?a=evil'\n        output:\n          log:\n            ";
        assert!(failures(&format!("{input}expect_ids: [1]")).is_empty());
        assert!(failures(&format!("{input}match_regex: 'id \"1\".*found evil'")).is_empty());
        assert_eq!(failures(&format!("{input}expect_ids: [9]")), ["rule 9 did not match"]);
        assert_eq!(failures(&format!("{input}no_expect_ids: [1]")), ["rule 1 matched"]);
        assert_eq!(failures(&format!("{input}no_match_regex: found")), ["a line of the log matches found"]);
    }

    #[test]
    fn requests_are_completed_as_a_client_does_and_answers_are_reflected() {
        let post = "          method: POST\n          uri: /reflect\n          data: '{\"body\": \"secret\"}'\n";
        let log = "        output:\n          log:\n            ";
        assert!(failures(&format!("{post}{log}expect_ids: [2, 3]")).is_empty());
        assert!(failures(&format!("{post}          autocomplete_headers: false\n{log}no_expect_ids: [3]")).is_empty());
        let encoded = STANDARD.encode("GET /?a=evil HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(failures(&format!("          encoded_request: {encoded}\n{log}expect_ids: [1]")).is_empty());
    }
}
