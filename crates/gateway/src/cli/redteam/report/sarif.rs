//! SARIF 2.1.0: a rule a goal, a result a goal that was reached, with the OWASP and ATLAS ids as taxonomies.
//!
//! Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use std::collections::BTreeSet;
use std::path::Path;

use aws_lc_rs::digest;
use learn::campaign::figure::{GoalFigure, Reach};
use serde_json::{Value, json};

use super::{Report, chain, how, visible};

const OWASP: &str = "OWASP Top 10 for LLM Applications";
const ATLAS: &str = "MITRE ATLAS";

/// The file. Results are placed at the first line of the file `about`: the configuration, or the goals.
///
/// # Errors
/// Never; a number that is none would be.
pub fn sarif(report: &Report<'_>, about: &Path) -> anyhow::Result<String> {
    let goals = &report.figures.goals;
    let reached = |(at, goal): (usize, &GoalFigure)| {
        let reach = goal.reached_by.as_ref()?;
        Some(result(report, (at, goal), reach, about))
    };
    let results: Vec<Value> = goals.iter().enumerate().filter_map(reached).collect();
    let owasp: BTreeSet<&str> = goals.iter().map(|goal| goal.owasp.as_str()).collect();
    let atlas: BTreeSet<&str> = goals.iter().flat_map(|goal| &goal.atlas).map(String::as_str).collect();
    let whole = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "portcullis redteam",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": goals.iter().map(rule).collect::<Vec<_>>(),
                "supportedTaxonomies": [{ "name": OWASP }, { "name": ATLAS }],
            } },
            "taxonomies": [taxonomy(OWASP, &owasp), taxonomy(ATLAS, &atlas)],
            "results": results,
            "properties": {
                "target": visible(&report.target),
                "queries": report.figures.queries,
                "goalsReached": report.figures.goals_reached.reached,
            },
        }],
    });
    Ok(serde_json::to_string_pretty(&whole)?)
}

fn rule(goal: &GoalFigure) -> Value {
    let relation = |id: &str, taxonomy: &str| json!({ "target": { "id": id, "toolComponent": { "name": taxonomy } }, "kinds": ["relevant"] });
    let techniques = goal.atlas.iter().map(|id| relation(id, ATLAS));
    json!({
        "id": goal.id,
        "shortDescription": { "text": format!("The goal `{}` of an attack", goal.id) },
        "defaultConfiguration": { "level": "error" },
        "relationships": std::iter::once(relation(&goal.owasp, OWASP)).chain(techniques).collect::<Vec<_>>(),
        "properties": { "tags": [goal.owasp, goal.atlas.first()] },
    })
}

fn taxonomy(name: &str, ids: &BTreeSet<&str>) -> Value {
    let taxa: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    json!({ "name": name, "taxa": taxa })
}

fn result(report: &Report<'_>, (at, goal): (usize, &GoalFigure), reach: &Reach, about: &Path) -> Value {
    // The same hole keeps its fingerprint while the prompt that shows it changes.
    let fingerprint = digest::digest(&digest::SHA256, format!("{}\n{}", report.target, goal.id).as_bytes());
    let fingerprint: String = fingerprint.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "ruleId": goal.id,
        "ruleIndex": at,
        "level": "error",
        "message": { "text": format!("{}: {}", goal.id, how(reach)) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(about) },
                "region": { "startLine": 1 },
            },
            "logicalLocations": [{ "name": visible(&report.target), "kind": "resource" }],
        }],
        "partialFingerprints": { "goalAndTarget/v1": fingerprint },
        "properties": {
            "mutators": chain(&reach.chain),
            "strategy": reach.strategy.name(),
            "tries": reach.tries,
            "prompt": visible(&reach.prompt),
            "answer": visible(&reach.said),
        },
    })
}

/// A path as a relative reference: what has a meaning in URIs is written out.
fn uri(path: &Path) -> String {
    let name = path.to_string_lossy().replace('\\', "/");
    let keeps = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    name.bytes().map(|byte| if keeps(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
