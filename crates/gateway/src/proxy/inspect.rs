//! The way in: every segment is judged by its own author's standard, and what leaves is [`Cleared`].
//!
//! A hit in the latest turn stops the request. A hit in an older turn was answered when it was new; it is taken out of
//! what goes to the provider, so that neither the attack gets through on its second try nor the session stays blocked
//! forever.
//!
//! Invariant: only this module makes a [`Cleared`].
//!
//! ```compile_fail
//! let forged = portcullis::proxy::inspect::Cleared("anything");
//! ```

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use guard::leak::ProtectedText;
use http::HeaderMap;
use wire::{Encoding, Opaque, Provenance, Request, Segment};

use super::engine::Engine;
use super::joined::{Joined, runs};
use super::upstream::Outbound;
use crate::app::App;
use crate::auth::key::Identity;
use crate::data::pii::pseudonym::{PseudonymError, Restores};
use crate::error::Failure;
use crate::model::policy::config::{Action, Mask, Origin, Stage, UninspectedKind};
use crate::model::policy::verdict::Decision;

/// What stands in the place of an older turn that would be blocked today.
const REMOVED: &str = "[removed by policy]";

/// A value that was inspected.
#[derive(Debug)]
pub struct Cleared<T>(T);

impl<T> Cleared<T> {
    /// The value, to look at.
    pub(super) fn inner(&self) -> &T {
        &self.0
    }
}

/// What the inspection of a request found.
#[derive(Debug, Default)]
pub struct Findings {
    /// What was decided, in the order of the body.
    pub decisions: Vec<Decision>,
    /// Rules that did not run.
    pub not_run: Vec<&'static str>,
    /// What passed uninspected, because the policy lets it.
    pub uninspected: Vec<&'static str>,
    /// Pseudonyms that may be turned back on the way out.
    pub restores: Restores,
    /// Segments whose verdict was known.
    pub cached: u64,
    /// Segments that were looked at.
    pub scanned: u64,
}

/// Inspects a request and makes the edits that the policy asks for.
///
/// # Errors
/// When the policy blocks it, when something in it cannot be inspected, or when a check could not run. `findings` is
/// filled in all cases.
pub async fn inspect(
    app: &App,
    engine: &Engine,
    (identity, protected): (&Identity, &ProtectedText),
    request: Request,
    headers: HeaderMap,
    findings: &mut Findings,
) -> Result<Cleared<Outbound>, Failure> {
    if !engine.policy.is_on() {
        return Ok(Cleared(Outbound { request, edits: Vec::new(), headers }));
    }
    refuse_uninspectable(engine, &request, findings)?;
    let tenant = &identity.tenant;
    let mut masks = judge(app, engine, tenant, &request, findings)?;
    across_seams(engine, &request, findings, &mut masks)?;
    let mut edits = edit(app, tenant, &request, masks, findings).await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "pseudonyms are unavailable");
        Failure::Unchecked
    })?;
    if let Some(canary) = protected.canary() {
        plant(&request, canary.token(), &mut edits);
    }
    Ok(Cleared(Outbound { request, edits, headers }))
}

/// What the answer is compared with: the operator's texts, and a canary where the policy wants one.
pub fn protected(app: &App, engine: &Engine, identity: &Identity, request: &Request) -> Arc<ProtectedText> {
    let policy = &engine.policy;
    let wants_canary = policy.config.canary && policy.is_on();
    if !wants_canary && !engine.compares {
        return Arc::default();
    }
    let segments = request.segments().iter().enumerate();
    let texts = segments.filter(|(_, segment)| is_prompt(segment)).map(|(index, _)| request.text(index));
    let canary = wants_canary.then(|| app.canary(&identity.tenant, identity.app.as_deref().unwrap_or(&identity.name)));
    Arc::new(ProtectedText::new(texts, canary.flatten()))
}

/// Puts the canary behind the operator's first text.
fn plant(request: &Request, token: &str, edits: &mut Vec<(usize, String)>) {
    let Some(index) = request.segments().iter().position(is_prompt) else { return };
    let line = format!("\n\n[{token}]");
    match edits.iter_mut().find(|(edited, _)| *edited == index) {
        Some((_, text)) => text.push_str(&line),
        None => edits.push((index, format!("{}{line}", request.text(index)))),
    }
}

fn is_prompt(segment: &Segment) -> bool {
    segment.provenance == Provenance::Operator && segment.encoding == Encoding::Plain && !segment.is_key
}

fn refuse_uninspectable(engine: &Engine, request: &Request, findings: &mut Findings) -> Result<(), Failure> {
    let config = &engine.policy.config;
    let enforces = engine.policy.config.mode == crate::model::policy::config::Mode::Enforce;
    for part in request.uninspectable() {
        let (kind, name) = kind(part.kind);
        if enforces && !config.only_annotates() && !config.allow_uninspected.contains(&kind) {
            return Err(Failure::Uninspectable {
                path: part.path.clone(),
                kind: name,
                policy: config.name.clone(),
            });
        }
        findings.uninspected.push(name);
    }
    Ok(())
}

/// Masks by segment. A mask over a whole older turn is `None`.
type Masks = BTreeMap<usize, Option<Vec<Decision>>>;

fn judge(
    app: &App,
    engine: &Engine,
    tenant: &str,
    request: &Request,
    findings: &mut Findings,
) -> Result<Masks, Failure> {
    let mut masks = Masks::new();
    for (index, segment) in request.segments().iter().enumerate() {
        let origin = origin(segment.provenance);
        if !engine.policy.config.inspects(origin, segment.is_latest_turn) {
            continue;
        }
        let text = request.text(index);
        let (verdict, known) = app.verdicts.judge(engine, tenant, text, (stage(segment), origin));
        findings.cached += u64::from(known);
        findings.scanned += u64::from(!known);
        findings.not_run.extend(&verdict.not_run);
        findings.uninspected.extend(&verdict.uninspected);
        if verdict.failed_closed {
            return Err(Failure::Unchecked);
        }
        if verdict.decisions.is_empty() {
            continue;
        }
        findings.decisions.extend(verdict.decisions.iter().cloned());
        if verdict.action() >= Action::Review {
            if stop_or_remove(engine, segment, &verdict.decisions)? {
                masks.insert(index, None);
            }
        } else if verdict.action() == Action::Mask {
            masks.insert(index, Some(verdict.decisions.clone()));
        }
    }
    Ok(masks)
}

/// A hit in what is new stops; a hit in what is old is to be removed (`true`). Under `annotate` neither happens.
fn stop_or_remove(engine: &Engine, segment: &Segment, decisions: &[Decision]) -> Result<bool, Failure> {
    let config = &engine.policy.config;
    if config.only_annotates() {
        return Ok(false);
    }
    let worst = decisions.iter().max_by_key(|decision| decision.action);
    let Some(worst) = worst.filter(|_| segment.is_latest_turn) else { return Ok(true) };
    let (policy, rule, category) = (config.name.clone(), worst.rule, worst.category);
    Err(match worst.action {
        Action::Review => Failure::Held { policy, rule, category },
        _ => Failure::Blocked { policy, rule, category },
    })
}

/// What only shows when the parts of a message are read as one.
fn across_seams(
    engine: &Engine,
    request: &Request,
    findings: &mut Findings,
    masks: &mut Masks,
) -> Result<(), Failure> {
    for run in runs(request) {
        let first = &request.segments()[run.start];
        let origin = origin(first.provenance);
        if !engine.policy.config.inspects(origin, first.is_latest_turn) {
            continue;
        }
        for seam in ["", "\n"] {
            let joined = Joined::new(request, run.clone(), seam);
            let verdict = engine.judge_input(&joined.text, stage(first), origin);
            for decision in verdict.decisions {
                let touched = joined.across(&decision.span);
                if touched.is_empty() {
                    continue;
                }
                let removes = decision.action < Action::Review
                    || stop_or_remove(engine, first, std::slice::from_ref(&decision))?;
                if removes {
                    mask_parts(&decision, touched, masks);
                }
                findings.decisions.push(decision);
            }
        }
    }
    Ok(())
}

/// The first part carries the label, the others lose their share.
fn mask_parts(decision: &Decision, touched: Vec<(usize, Range<usize>)>, masks: &mut Masks) {
    for (position, (index, span)) in touched.into_iter().enumerate() {
        let whole = decision.action >= Action::Review;
        let entry = masks.entry(index).or_insert_with(|| if whole { None } else { Some(Vec::new()) });
        if whole {
            *entry = None;
        } else if decision.action == Action::Mask
            && let Some(decisions) = entry
        {
            let mask = if position == 0 { Mask::Label } else { Mask::Remove };
            decisions.push(Decision { span, mask, ..decision.clone() });
        }
    }
}

async fn edit(
    app: &App,
    tenant: &str,
    request: &Request,
    masks: Masks,
    findings: &mut Findings,
) -> Result<Vec<(usize, String)>, PseudonymError> {
    let mut edits = Vec::with_capacity(masks.len());
    for (index, decisions) in masks {
        let text = request.text(index);
        let edited = match decisions {
            None => REMOVED.to_owned(),
            Some(decisions) if decisions.is_empty() => continue,
            Some(decisions) => masked(app, tenant, text, decisions, findings).await?,
        };
        edits.push((index, edited));
    }
    Ok(edits)
}

async fn masked(
    app: &App,
    tenant: &str,
    text: &str,
    decisions: Vec<Decision>,
    findings: &mut Findings,
) -> Result<String, PseudonymError> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, decision) in crate::model::policy::verdict::merged(&decisions) {
        let original = &text[span.clone()];
        out.push_str(&text[at..span.start]);
        match decision.mask {
            Mask::Remove => {}
            Mask::Label => out.push_str(&decision.replacement()),
            Mask::Pseudonym => {
                let token = app.pseudonyms.assign(tenant, decision.category, original).await?;
                out.push_str(&token);
                findings.restores.add(token, original);
            }
        }
        at = span.end;
    }
    out.push_str(&text[at..]);
    Ok(out)
}

fn origin(provenance: Provenance) -> Origin {
    match provenance {
        Provenance::Operator => Origin::Operator,
        Provenance::User => Origin::User,
        Provenance::Assistant => Origin::Assistant,
        Provenance::ToolResult => Origin::ToolResult,
        Provenance::Retrieved => Origin::Retrieved,
        Provenance::ToolDefinition => Origin::ToolDefinition,
    }
}

fn stage(segment: &Segment) -> Stage {
    match (segment.provenance, segment.encoding) {
        (Provenance::ToolResult | Provenance::Retrieved, _) => Stage::ToolResult,
        (Provenance::Assistant, Encoding::Json) => Stage::ToolCall,
        _ => Stage::Input,
    }
}

fn kind(kind: Opaque) -> (UninspectedKind, &'static str) {
    match kind {
        Opaque::Image => (UninspectedKind::Image, "image"),
        Opaque::Audio => (UninspectedKind::Audio, "audio"),
        Opaque::File => (UninspectedKind::File, "file"),
        Opaque::Tokens => (UninspectedKind::Tokens, "tokens"),
        Opaque::Video => (UninspectedKind::Video, "video"),
        Opaque::History => (UninspectedKind::StoredState, "stored_state"),
        Opaque::Sealed => (UninspectedKind::Opaque, "opaque"),
        Opaque::ProviderTool => (UninspectedKind::ProviderTool, "provider_tool"),
    }
}
