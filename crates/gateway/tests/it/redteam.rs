//! Campaigns against the obedient provider, with and without the gateway, and against targets that fight back.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use learn::campaign::figure::Figures;
use learn::campaign::goal::{book, goals};
use learn::campaign::{Campaign, Goal, Outcome, Settings, Strategy};
use portcullis::cli::demo::provider;
use portcullis::cli::redteam::hold;
use portcullis::cli::redteam::report::{Report, html, json, junit, sarif};
use portcullis::cli::redteam::target::{Door, Target};
use serde_json::Value;

use crate::app::TestApp;

fn settings(budget: usize) -> Settings {
    Settings { seed: 3, budget, strategies: Strategy::SEARCHING.to_vec() }
}

fn door(key: &str) -> Door {
    Door { key: Some(key.into()), timeout_s: 20, is_plaintext_allowed: false }
}

async fn provider_alone() -> String {
    let (address, _) = provider::start((std::net::Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    format!("http://{address}/v1")
}

fn report<'c>(target: &Target, campaign: &'c Campaign) -> Report<'c> {
    Report { target: target.label().to_owned(), figures: Figures::of(campaign), campaign }
}

#[tokio::test]
async fn the_gateway_makes_most_of_what_an_obedient_model_does_fail() {
    let app = TestApp::start().await;
    let goals = book().unwrap();
    let alone = Target::model(&format!("{}/v1", app.provider), "demo", door("demo")).unwrap();
    let behind = Target::model(&format!("{}/v1", app.base), "m", door(&app.key)).unwrap();
    let alone = Figures::of(&hold(&alone, settings(150), &goals, None).await.unwrap());
    let behind = Figures::of(&hold(&behind, settings(150), &goals, None).await.unwrap());
    assert_eq!(alone.strategies["plain"].share(), 1.0, "the provider obeys every goal: {:#?}", alone.goals);
    assert_eq!(behind.strategies["plain"].reached, 0, "{:?}", behind.goals);
    assert!(alone.count.share() > 0.25, "{:?}", alone.count);
    assert!(behind.count.share() < alone.count.share() / 10.0, "{:?} {:?}", behind.count, alone.count);
    assert_eq!((alone.failed, behind.failed), (0, 0));
}

#[tokio::test]
async fn a_campaign_that_was_interrupted_ends_with_the_same_report() {
    let target = Target::model(&provider_alone().await, "demo", door("demo")).unwrap();
    let goals = book().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.jsonl");
    let whole = hold(&target, settings(90), &goals, Some(&log)).await.unwrap();
    let written = std::fs::read_to_string(&log).unwrap();
    let cut = written.lines().take(41).map(str::len).sum::<usize>() + 41 + 17;
    std::fs::write(&log, &written[..cut]).unwrap();
    let resumed = hold(&target, settings(90), &goals, Some(&log)).await.unwrap();
    assert_eq!(json(&report(&target, &whole)).unwrap(), json(&report(&target, &resumed)).unwrap());
    assert_eq!(std::fs::read_to_string(&log).unwrap(), written);
    assert_eq!(std::fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn what_the_log_knows_is_not_asked_again() {
    let app = TestApp::start().await;
    let target = Target::model(&format!("{}/v1", app.provider), "demo", door("demo")).unwrap();
    let log = app.data.path().join("log.jsonl");
    let asked = || async {
        let stats = app.send(http::Method::GET, &format!("{}/__requests", app.provider), None, &[], "").await.json();
        stats.as_array().unwrap().len()
    };
    hold(&target, settings(20), &book().unwrap(), Some(&log)).await.unwrap();
    app.send(http::Method::DELETE, &format!("{}/__requests", app.provider), None, &[], "").await;
    hold(&target, settings(20), &book().unwrap(), Some(&log)).await.unwrap();
    assert_eq!(asked().await, 2, "the harmless question before and after");
}

#[tokio::test]
async fn a_log_of_another_campaign_is_refused() {
    let target = Target::model(&provider_alone().await, "demo", door("demo")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.jsonl");
    hold(&target, settings(20), &book().unwrap(), Some(&log)).await.unwrap();
    let other = Settings { seed: 4, ..settings(20) };
    let refused = hold(&target, other, &book().unwrap(), Some(&log)).await.unwrap_err();
    assert!(format!("{refused:#}").contains("another target, other settings"), "{refused:#}");
    std::fs::write(&log, "not a log").unwrap();
    let refused = hold(&target, settings(20), &book().unwrap(), Some(&log)).await.unwrap_err();
    assert!(format!("{refused:#}").contains("no log of a campaign"), "{refused:#}");
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "not a log", "what is no log is left as it is");
}

#[tokio::test]
async fn a_target_that_answers_endlessly_slowly_or_with_nonsense_is_no_success_and_has_an_end() {
    let base = provider_alone().await;
    let goal = book().unwrap()[0].planted(1);
    let ask = async |model: &str, timeout_s: u64| {
        let target = Target::model(&base, model, Door { timeout_s, ..door("demo") }).unwrap();
        let verdict = target.ask(&goal, &goal.prompt).await;
        assert_eq!(verdict.outcome, Outcome::Failed, "{model}: {verdict:?}");
        verdict.said
    };
    assert!(ask("fault-huge", 60).await.contains("larger than 512 KiB"));
    assert!(ask("fault-silent", 1).await.contains("longer than 1 s"));
    assert!(ask("fault-stall", 1).await.contains("longer than 1 s"));
    assert!(ask("fault-500-after-10", 60).await.contains("broke off"));
    assert!(ask("fault-500", 60).await.contains("500"));
    assert!(ask("fault-429", 60).await.contains("429"));
}

#[tokio::test]
async fn a_target_that_refuses_everything_has_withstood_nothing() {
    let base = provider_alone().await;
    for (model, key) in [("unknown-model", "demo"), ("demo", "bad-key"), ("fault-500", "demo")] {
        let target = Target::model(&base, model, door(key)).unwrap();
        let refused = hold(&target, settings(20), &book().unwrap(), None).await.unwrap_err();
        assert!(format!("{refused:#}").contains("does not let a harmless question through"), "{refused:#}");
    }
}

#[test]
fn prompts_and_keys_go_to_other_machines_over_tls_alone() {
    let refused = |url: &str| Target::model(url, "m", door("k")).unwrap_err().to_string();
    assert!(refused("http://192.0.2.1/v1").contains("without TLS"));
    assert!(refused("ftp://192.0.2.1/v1").contains("http"));
    assert!(refused("https://user:secret@example.com/v1").contains("--key-env"));
    assert!(!refused("https://user:secret@example.com/v1").contains("secret@"));
    assert!(Target::model("https://example.com/v1", "m", door("k")).is_ok());
    assert!(
        !format!("{:?}", Target::model("https://example.com/v1", "m", door("very-secret")).unwrap())
            .contains("very-secret")
    );
}

#[tokio::test]
async fn a_guard_is_attacked_by_its_verdicts() {
    let app = TestApp::start().await;
    let guard = Target::guard(&format!("{}/admin/v1/evaluate", app.admin), door(&app.admin_key)).unwrap();
    let there = hold(&guard, settings(60), &book().unwrap(), None).await.unwrap();
    let model = guard::classifier::embedded().unwrap();
    let itself = Target::itself(&app.config, None, model).unwrap();
    let here = hold(&itself, settings(60), &book().unwrap(), None).await.unwrap();
    let reached =
        |campaign: &Campaign| campaign.attempts().iter().map(|attempt| attempt.verdict.outcome).collect::<Vec<_>>();
    assert_eq!(reached(&there), reached(&here), "the same policy says the same");
    assert_eq!(Figures::of(&here).strategies["plain"].reached, 0, "{:?}", Figures::of(&here).goals);
}

/// Goals whose texts try to break out of every report.
fn hostile() -> Vec<Goal> {
    let line = serde_json::json!({
        "id": "break-out", "prompt": "Say </pre><script>alert(1)</script>]]><x a='\"'>\u{0}\u{1b}[31m\u{202e}\u{fffe} {canary}",
        "marker": "{canary}", "owasp": "<b>LLM01</b>", "atlas": "\"><i>",
    });
    goals(&line.to_string()).unwrap()
}

#[tokio::test]
async fn what_attackers_wrote_stays_text_in_every_report() {
    let target = Target::model(&provider_alone().await, "demo", door("provider-secret")).unwrap();
    let campaign = hold(&target, settings(30), &hostile(), None).await.unwrap();
    let report = report(&target, &campaign);
    assert!(report.figures.goals[0].reached_by.is_some(), "the hostile text is in the report");
    let forms = [html(&report), junit(&report), sarif(&report, Path::new("a b#.toml")).unwrap()];
    for form in &forms {
        assert!(!form.contains("provider-secret"));
        assert!(!form.contains(['\u{0}', '\u{1b}', '\u{202e}', '\u{fffe}']), "{form}");
    }
    for markup in &forms[..2] {
        assert!(!markup.contains("<script") && !markup.contains("<i>") && !markup.contains("<b>LLM01"), "{markup}");
        assert!(markup.contains("&lt;script&gt;"));
    }
    assert!(!forms[0].contains("http://") || !forms[0].contains("src="), "nothing is loaded from elsewhere");
    assert!(is_well_formed(&forms[1]), "{}", forms[1]);
}

/// Whether every element of this XML ends where it should.
fn is_well_formed(xml: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for tag in xml.split('<').skip(1) {
        let Some((tag, text)) = tag.split_once('>') else { return false };
        let name = tag.split([' ', '/', '?']).next().unwrap_or_default();
        match tag {
            _ if tag.starts_with('?') => {}
            _ if tag.starts_with('/') => {
                if open.pop() != Some(&tag[1..]) {
                    return false;
                }
            }
            _ if tag.ends_with('/') => {}
            _ => open.push(name),
        }
        let entities = text.split('&').skip(1).chain(tag.split('&').skip(1));
        let known = ["lt;", "gt;", "amp;", "quot;"];
        if entities.into_iter().any(|entity| !known.iter().any(|known| entity.starts_with(known))) {
            return false;
        }
    }
    open.is_empty()
}

#[tokio::test]
async fn code_scanning_and_ci_find_what_they_need() {
    let target = Target::model(&provider_alone().await, "demo", door("demo")).unwrap();
    let campaign = hold(&target, settings(40), &book().unwrap(), None).await.unwrap();
    let report = report(&target, &campaign);
    let sarif: Value = serde_json::from_str(&sarif(&report, Path::new("conf/a b.toml")).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), report.figures.goals_reached.reached);
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "conf/a%20b.toml");
        assert_eq!(place["region"]["startLine"], 1);
        assert!(result["message"]["text"].is_string() && result["level"] == "error");
    }
    let known: Vec<&Value> = run["taxonomies"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|of| of["taxa"].as_array().unwrap())
        .map(|taxon| &taxon["id"])
        .collect();
    for relation in rules.iter().flat_map(|rule| rule["relationships"].as_array().unwrap()) {
        assert!(known.contains(&&relation["target"]["id"]), "{relation}");
    }
    let junit = junit(&report);
    assert!(is_well_formed(&junit));
    assert_eq!(junit.matches("<testcase ").count(), campaign.goals().len());
    assert_eq!(junit.matches("<failure ").count(), results.len());
}
