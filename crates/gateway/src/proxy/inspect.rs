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

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use guard::leak::ProtectedText;
use http::HeaderMap;
use wire::{Encoding, Opaque, Provenance, Request, Segment};

use super::conversation;
use super::engine::Engine;
use super::escalate::Escalation;
use super::joined::{Joined, runs, runs_over_turns};
use super::upstream::Outbound;
use crate::app::App;
use crate::auth::Identity;
use crate::data::pii::mask::Masker;
use crate::data::pii::pseudonym::{PseudonymError, Restores};
use crate::error::{Failure, Part};
use crate::input::harden;
use crate::model::conversation::risk::Risk;
use crate::model::policy::config::{Action, Mask, Mode, Origin, Stage, UninspectedKind};
use crate::model::policy::verdict::{Decision, label, merged};

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
    /// What masking put in: it is not masked again.
    made: HashSet<String>,
    /// Segments whose verdict was known.
    pub cached: u64,
    /// Segments that were looked at.
    pub scanned: u64,
    /// What the turns of the conversation weigh.
    pub(super) risk: Risk,
    /// That, where the policy adds it up and there is any.
    pub(super) risk_sum: Option<f32>,
    /// The conversation weighs more than the policy lets it.
    pub(super) is_risky: bool,
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
    if engine.policy.config.conversation.probing_max == 0 {
        return clear(app, engine, (identity, protected), request, headers, findings).await;
    }
    let who = conversation::who(identity, &request);
    let cleared = clear(app, engine, (identity, protected), request, headers, findings).await;
    if let Err(failure) = &cleared {
        conversation::remember(app, engine, &who, failure);
    }
    cleared
}

async fn clear(
    app: &App,
    engine: &Engine,
    (identity, protected): (&Identity, &ProtectedText),
    request: Request,
    headers: HeaderMap,
    findings: &mut Findings,
) -> Result<Cleared<Outbound>, Failure> {
    if !engine.policy.is_on() {
        let (mut edits, mut instruction) = (Vec::new(), None);
        harden(app, engine, &request, &mut edits, (&mut instruction, findings))?;
        return Ok(Cleared(Outbound { request, edits, instruction, headers }));
    }
    refuse_uninspectable(engine, &request, findings)?;
    let definitions = super::definitions::judge(engine, &request);
    findings.decisions.extend_from_slice(&definitions);
    if let Some(failure) = stop(engine, &definitions) {
        return Err(failure);
    }
    let tenant = &identity.tenant;
    let mut escalation = Escalation::new(&app.metrics.transformer);
    let mut changes = judge((app, engine, tenant), &request, findings, &mut escalation).await?;
    across_seams((app, engine, tenant), &request, (&mut *findings, &mut changes), &mut escalation).await?;
    let masker = app.masker(tenant);
    let raised = conversation::judge(app, engine, (identity, &request), findings);
    findings.decisions.extend_from_slice(&raised);
    if let Some(failure) = stop(engine, &raised) {
        return Err(failure);
    }
    let mut edits =
        edit((app, engine, &masker), &request, changes, findings, &mut escalation).await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "pseudonyms are unavailable");
            Failure::Unchecked
        })?;
    let mut instruction = None;
    harden(app, engine, &request, &mut edits, (&mut instruction, findings))?;
    if let Some(canary) = protected.canary() {
        plant(&request, canary.token(), &mut edits);
    }
    Ok(Cleared(Outbound { request, edits, instruction, headers }))
}

/// Marks what others wrote and says so, behind the operator's text or in its place.
fn harden(
    app: &App,
    engine: &Engine,
    request: &Request,
    edits: &mut Vec<(usize, String)>,
    (instruction, findings): (&mut Option<String>, &mut Findings),
) -> Result<(), Failure> {
    let policy = &engine.policy.config;
    if !policy.harden.is_on() || policy.mode != Mode::Enforce {
        return Ok(());
    }
    let random = app.new_mark().ok_or(Failure::Unchecked)?;
    let said = harden::harden(&policy.harden, request, random, (edits, &mut findings.restores));
    *instruction = said.filter(|said| !harden::append(request, edits, is_prompt, said));
    Ok(())
}

/// What the answer is compared with: the operator's texts, and a canary where the policy wants one.
pub fn protected(app: &App, engine: &Engine, identity: &Identity, request: &Request) -> Arc<ProtectedText> {
    let policy = &engine.policy;
    let wants_canary = policy.config.canary && policy.is_on() && policy.config.mode == Mode::Enforce;
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
    harden::append(request, edits, is_prompt, &format!("[{token}]"));
}

pub(super) fn is_prompt(segment: &Segment) -> bool {
    segment.provenance == Provenance::Operator && segment.encoding == Encoding::Plain && !segment.is_key
}

pub(super) fn refuse_uninspectable(engine: &Engine, request: &Request, findings: &mut Findings) -> Result<(), Failure> {
    let config = &engine.policy.config;
    let enforces = config.mode == Mode::Enforce;
    for part in request.uninspectable() {
        let (kind, name) = kind(part.kind);
        if enforces && !config.only_annotates() && !config.allow_uninspected.contains(&kind) {
            return Err(Failure::Uninspectable { path: part.path.clone(), kind: name, policy: config.name.clone() });
        }
        findings.uninspected.push(name);
    }
    Ok(())
}

/// What becomes of the segments that do not pass as they are.
type Changes = BTreeMap<usize, Change>;

/// What becomes of one segment.
#[derive(Debug)]
enum Change {
    /// An older turn that would be blocked today.
    Remove,
    /// Spans of it are masked.
    Spans(Vec<Decision>),
    /// It is JSON, and what is to be masked stands in its strings, behind escapes.
    Leaves(Stage, Origin),
}

async fn judge(
    (app, engine, tenant): (&App, &Engine, &str),
    request: &Request,
    findings: &mut Findings,
    escalation: &mut Escalation<'_>,
) -> Result<Changes, Failure> {
    let mut changes = Changes::new();
    for (index, segment) in request.segments().iter().enumerate() {
        let origin = origin(segment.provenance);
        if !engine.policy.config.inspects(origin, segment.is_latest_turn) {
            continue;
        }
        let text = request.text(index);
        let (verdict, known) = app.verdicts.judge(engine, tenant, text, (stage(segment), origin), escalation).await;
        findings.cached += u64::from(known);
        findings.scanned += u64::from(!known);
        findings.not_run.extend(&verdict.not_run);
        findings.uninspected.extend(&verdict.uninspected);
        if verdict.failed_closed {
            return Err(Failure::Unchecked);
        }
        findings.risk.note(segment.turn, segment.is_latest_turn, &verdict.decisions);
        let decisions = noted(engine, segment, &verdict.decisions, findings)?;
        let inside = leaves((app, engine, tenant), segment, text, (&mut *findings, &mut *escalation)).await?;
        let inside = noted(engine, segment, &inside, findings)?;
        let change = change(engine, segment, decisions, inside);
        changes.extend(change.map(|change| (index, change)));
    }
    Ok(changes)
}

/// What rules find in the strings of a JSON text, where escapes hide it from those that read the text as it is.
async fn leaves(
    (app, engine, tenant): (&App, &Engine, &str),
    segment: &Segment,
    text: &str,
    (findings, escalation): (&mut Findings, &mut Escalation<'_>),
) -> Result<Vec<Decision>, Failure> {
    let mut decisions = Vec::new();
    if segment.encoding == Encoding::Json && text.contains('\\') {
        let place = (stage(segment), origin(segment.provenance));
        for leaf in strings(text) {
            let (verdict, _) = app.verdicts.judge(engine, tenant, &leaf, place, escalation).await;
            findings.not_run.extend(&verdict.not_run);
            if verdict.failed_closed {
                return Err(Failure::Unchecked);
            }
            decisions.extend_from_slice(&verdict.decisions);
        }
    }
    Ok(decisions)
}

/// The strings of a JSON text, in order.
pub(super) fn strings(text: &str) -> Vec<String> {
    let mut strings = Vec::new();
    let Ok(_) = wire::rewrite_leaves(text, |leaf| {
        strings.push(leaf.to_owned());
        Ok::<_, std::convert::Infallible>(Cow::Borrowed(leaf))
    });
    strings
}

/// Records decisions, and stops the request when a hit in what is new says so. A hit in what is old was answered when it
/// was new: it is recorded as the mask that it becomes.
fn noted(
    engine: &Engine,
    segment: &Segment,
    decisions: &[Decision],
    findings: &mut Findings,
) -> Result<Vec<Decision>, Failure> {
    let is_old = !segment.is_latest_turn && !engine.policy.config.only_annotates();
    let noted = decisions.iter().cloned().map(|mut decision| {
        if is_old && decision.action >= Action::Review {
            decision.action = Action::Mask;
        }
        decision
    });
    findings.decisions.extend(noted);
    if !is_old && let Some(failure) = stop(engine, decisions) {
        return Err(failure);
    }
    Ok(decisions.to_vec())
}

/// The failure that the first of the most severe decisions asks for. Under `annotate` there is none.
fn stop(engine: &Engine, decisions: &[Decision]) -> Option<Failure> {
    let config = &engine.policy.config;
    let worst = crate::model::policy::verdict::worst(decisions)?;
    if worst.action < Action::Review || config.only_annotates() {
        return None;
    }
    let (policy, rule, category) = (config.name.clone(), worst.rule, worst.category);
    Some(match worst.action {
        Action::Review => Failure::Held { policy, rule, category },
        _ => Failure::Blocked { part: Part::Request, policy, rule, category },
    })
}

fn change(engine: &Engine, segment: &Segment, decisions: Vec<Decision>, inside: Vec<Decision>) -> Option<Change> {
    let any = |least: Action| decisions.iter().chain(&inside).any(|decision| decision.action >= least);
    if any(Action::Review) && !engine.policy.config.only_annotates() {
        return Some(Change::Remove);
    }
    let masks = |decisions: &[Decision]| decisions.iter().any(|decision| decision.action == Action::Mask);
    if masks(&inside) {
        return Some(Change::Leaves(stage(segment), origin(segment.provenance)));
    }
    masks(&decisions).then_some(Change::Spans(decisions))
}

/// What only shows when the parts of a message are read as one, and the latest messages of one author where a policy joins
/// them.
async fn across_seams(
    (app, engine, tenant): (&App, &Engine, &str),
    request: &Request,
    (findings, changes): (&mut Findings, &mut Changes),
    escalation: &mut Escalation<'_>,
) -> Result<(), Failure> {
    let turns = engine.policy.config.conversation.join_turns;
    let over_turns = if turns > 0 { runs_over_turns(request, turns) } else { Vec::new() };
    let segments = request.segments();
    for run in runs(request).into_iter().chain(over_turns) {
        let Some(newest) = run.last().map(|index| &segments[*index]) else { continue };
        let origin = origin(newest.provenance);
        if !engine.policy.config.inspects(origin, newest.is_latest_turn) {
            continue;
        }
        for seam in ["", "\n"] {
            let joined = Joined::new(request, &run, seam);
            let place = (stage(newest), origin);
            let (verdict, _) = app.verdicts.judge(engine, tenant, &joined.text, place, escalation).await;
            findings.not_run.extend(&verdict.not_run);
            if verdict.failed_closed {
                return Err(Failure::Unchecked);
            }
            for decision in verdict.decisions.iter().cloned() {
                let touched = joined.across(&decision.span);
                if let Some((last, _)) = touched.last() {
                    noted(engine, &segments[*last], std::slice::from_ref(&decision), findings)?;
                    change_parts(engine, &decision, touched, changes);
                }
            }
        }
    }
    Ok(())
}

/// The first part carries the label, the others lose their share.
fn change_parts(engine: &Engine, decision: &Decision, touched: Vec<(usize, Range<usize>)>, changes: &mut Changes) {
    for (position, (index, span)) in touched.into_iter().enumerate() {
        if decision.action >= Action::Review {
            if !engine.policy.config.only_annotates() {
                changes.insert(index, Change::Remove);
            }
        } else if decision.action == Action::Mask
            && let Change::Spans(decisions) = changes.entry(index).or_insert_with(|| Change::Spans(Vec::new()))
        {
            let mask = if position == 0 { Mask::Label } else { Mask::Remove };
            decisions.push(Decision { span, mask, ..decision.clone() });
        }
    }
}

async fn edit(
    (app, engine, masker): (&App, &Engine, &Masker),
    request: &Request,
    changes: Changes,
    findings: &mut Findings,
    escalation: &mut Escalation<'_>,
) -> Result<Vec<(usize, String)>, PseudonymError> {
    let mut edits = Vec::with_capacity(changes.len());
    for (index, change) in changes {
        let text = request.text(index);
        let edited = match change {
            Change::Remove => REMOVED.to_owned(),
            Change::Spans(decisions) => masked(app, masker, text, decisions, findings).await?,
            Change::Leaves(stage, origin) => {
                masked_leaves((app, engine, masker), text, (stage, origin), (&mut *findings, &mut *escalation)).await?
            }
        };
        edits.push((index, edited));
    }
    Ok(edits)
}

/// Masks in the strings of a JSON text first, then in the text as it is.
async fn masked_leaves(
    (app, engine, masker): (&App, &Engine, &Masker),
    text: &str,
    place: (Stage, Origin),
    (findings, escalation): (&mut Findings, &mut Escalation<'_>),
) -> Result<String, PseudonymError> {
    let mut leaves = strings(text);
    for leaf in &mut leaves {
        let (verdict, _) = app.verdicts.judge(engine, masker.tenant(), leaf, place, escalation).await;
        *leaf = masked(app, masker, leaf, verdict.decisions.clone(), findings).await?;
    }
    let mut next = leaves.into_iter();
    let Ok(rewritten) = wire::rewrite_leaves(text, |leaf| {
        Ok::<_, std::convert::Infallible>(next.next().map_or(Cow::Borrowed(leaf), Cow::Owned))
    });
    let (verdict, _) = app.verdicts.judge(engine, masker.tenant(), &rewritten, place, escalation).await;
    masked(app, masker, &rewritten, verdict.decisions.clone(), findings).await
}

async fn masked(
    app: &App,
    masker: &Masker,
    text: &str,
    decisions: Vec<Decision>,
    findings: &mut Findings,
) -> Result<String, PseudonymError> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, decision) in merged(&decisions) {
        let original = &text[span.clone()];
        out.push_str(&text[at..span.start]);
        if findings.made.contains(original) {
            out.push_str(original);
        } else if decision.mask == Mask::Pseudonym {
            // Boxed, or its state would be part of every request's.
            let token = Box::pin(app.pseudonyms.assign(masker.tenant(), decision.category, original)).await?;
            out.push_str(&token);
            findings.restores.add(token, original);
        } else {
            let made = decision.replacement(masker, original);
            out.push_str(&made);
            if decision.mask == Mask::Encrypt && made != label(decision.category) {
                findings.restores.add(made.as_str().into(), original);
            }
            findings.made.insert(made);
        }
        at = span.end;
    }
    out.push_str(&text[at..]);
    Ok(out)
}

pub(super) fn origin(provenance: Provenance) -> Origin {
    match provenance {
        Provenance::Operator => Origin::Operator,
        Provenance::User => Origin::User,
        Provenance::Assistant => Origin::Assistant,
        Provenance::ToolResult => Origin::ToolResult,
        Provenance::Retrieved => Origin::Retrieved,
        Provenance::ToolDefinition => Origin::ToolDefinition,
    }
}

pub(super) fn stage(segment: &Segment) -> Stage {
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
