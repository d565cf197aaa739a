//! What one request costs, with the built-in rules and, where it is installed, the Core Rule Set.
//!
//! `cargo bench -p waf` uses Debian's `modsecurity-crs`; `WAF_RULES=FOLDER cargo bench -p waf` another one with `rules/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use waf::{Connection, Engine, Part, RuleSet, Source, Verdict};

fn main() {
    divan::main();
}

const FOLDER: &str = match option_env!("WAF_RULES") {
    Some(folder) => folder,
    None => "/usr/share/modsecurity-crs",
};

/// The Core Rule Set at a paranoia level; the built-in rules when it is not installed.
fn core_rule_set(level: u8) -> &'static Arc<Engine> {
    static LEVELS: [OnceLock<Arc<Engine>>; 2] = [OnceLock::new(), OnceLock::new()];
    LEVELS[usize::from(level) - 1].get_or_init(|| {
        let rules = Path::new(FOLDER).join("rules");
        let mut files: Vec<PathBuf> =
            fs::read_dir(&rules).map(|list| list.filter_map(|entry| Some(entry.ok()?.path())).collect()).unwrap_or_default();
        files.retain(|file| file.extension().is_some_and(|ending| ending == "conf"));
        files.sort();
        let setup = [Path::new(FOLDER).join("crs-setup.conf.example"), PathBuf::from("/etc/modsecurity/crs/crs-setup.conf")];
        files.splice(0..0, setup.into_iter().find(|file| file.is_file()));
        let mut texts: Vec<(String, Vec<u8>)> =
            files.iter().map(|file| (file.display().to_string(), fs::read(file).expect("the rule file can be read"))).collect();
        if texts.is_empty() {
            texts.push(("own".to_owned(), waf::OWN.as_bytes().to_vec()));
        }
        let level = format!("SecAction \"id:1,phase:1,pass,nolog,setvar:tx.paranoia_level={level},setvar:tx.blocking_paranoia_level={level}\"");
        texts.insert(0, ("level".to_owned(), level.into_bytes()));
        texts.insert(0, ("base".to_owned(), waf::BASE.as_bytes().to_vec()));
        build(&texts)
    })
}

fn own_rules() -> &'static Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    ENGINE.get_or_init(|| {
        build(&[("base".to_owned(), waf::BASE.as_bytes().to_vec()), ("own".to_owned(), waf::OWN.as_bytes().to_vec())])
    })
}

fn build(texts: &[(String, Vec<u8>)]) -> Arc<Engine> {
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    let mut data = |file: &str, name: &str| {
        fs::read(Path::new(file).with_file_name(name)).map_err(|error| format!("{name}: {error}"))
    };
    RuleSet::parse(&sources, &mut data).and_then(RuleSet::compile).expect("the rules load")
}

/// A chat request of one kilobyte.
fn body() -> Vec<u8> {
    let prompt =
        "Please summarise the notes of our meeting on the migration plan and list who does what until when. ".repeat(8);
    format!(
        "{{\"model\":\"gpt-4o-mini\",\"temperature\":0.2,\"max_tokens\":400,\"stream\":true,\"user\":\"team-7\",\"messages\":[\
         {{\"role\":\"system\",\"content\":\"You are a helpful assistant.\"}},{{\"role\":\"user\",\"content\":\"{prompt}\"}}]}}"
    )
    .into_bytes()
}

fn is_prompt(path: &[Part]) -> bool {
    matches!(path, [Part::Name(list), Part::Index(_), Part::Name(content)] if list == b"messages" && content == b"content")
}

fn is_nothing(_: &[Part]) -> bool {
    false
}

fn chat(engine: &Arc<Engine>, body: &[u8], fields: fn(&[Part]) -> bool) -> Verdict {
    chat_of(engine, body, fields, "")
}

/// A client that sends `more` with every header.
fn chat_of(engine: &Arc<Engine>, body: &[u8], fields: fn(&[Part]) -> bool, more: &str) -> Verdict {
    let mut visit = engine.visit(Connection::default());
    visit.request_line(b"POST", b"/v1/chat/completions", b"HTTP/1.1");
    for (name, value) in [
        ("Host", "gateway.example.com"),
        ("User-Agent", "OpenAI/Python 1.54.0"),
        ("Accept", "application/json"),
        ("Content-Type", "application/json"),
        ("Content-Length", &body.len().to_string()),
        ("X-Stainless-Lang", "python"),
    ] {
        let value = if name.starts_with("Content") { value.to_owned() } else { format!("{value}{more}") };
        visit.request_header(name.as_bytes(), value.as_bytes());
    }
    visit.request_headers_end();
    visit.request_body(body, &fields)
}

#[divan::bench(args = [1, 2])]
fn chat_with_prompt_fields(bencher: divan::Bencher<'_, '_>, level: u8) {
    let (engine, body) = (core_rule_set(level), body());
    bencher.bench(|| chat(engine, &body, is_prompt));
}

#[divan::bench(args = [1, 2])]
fn chat_looked_at_whole(bencher: divan::Bencher<'_, '_>, level: u8) {
    let (engine, body) = (core_rule_set(level), body());
    bencher.bench(|| chat(engine, &body, is_nothing));
}

#[divan::bench]
fn chat_with_own_rules(bencher: divan::Bencher<'_, '_>) {
    let (engine, body) = (own_rules(), body());
    bencher.bench(|| chat(engine, &body, is_prompt));
}

/// A client whose prompts are of many lengths, each of which was seen before but for the first of each.
#[divan::bench(args = [1, 2])]
fn chat_of_many_lengths(bencher: divan::Bencher<'_, '_>, level: u8) {
    let (engine, body) = (core_rule_set(level), body());
    let text = String::from_utf8_lossy(&body).into_owned();
    let mut count = 0_usize;
    let next = move || {
        count += 1;
        text.replacen("notes", &"notes ".repeat(count % 10), 1).into_bytes()
    };
    bencher.with_inputs(next).bench_local_values(|body| chat(engine, &body, is_prompt));
}

/// Values that were never seen before in the headers and in the body, where no prompt is.
#[divan::bench(args = [1, 2])]
fn chat_of_a_stranger(bencher: divan::Bencher<'_, '_>, level: u8) {
    let (engine, body) = (core_rule_set(level), body());
    let text = String::from_utf8_lossy(&body).into_owned();
    let mut count = 0_u64;
    let next = move || {
        count += 1;
        let body = text.replace("team-7", &format!("team-{count}")).replace("gpt-4o-mini", &format!("model-{count}"));
        (body.into_bytes(), format!("-{count}"))
    };
    bencher.with_inputs(next).bench_local_values(|(body, more)| chat_of(engine, &body, is_prompt, &more));
}
