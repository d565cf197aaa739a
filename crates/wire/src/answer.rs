//! A plain answer: every text in it is complete, so each is decided as a whole.

use bytes::Bytes;

use crate::call;
use crate::error::{ParseError, Reason};
use crate::json::{Json, Limits, Tree};
use crate::output::{Answer, AnswerError, Channel, Filter, Kind};
use crate::relay::gate::{Gate, legacy_tokens};
use crate::relay::{Change, What, edits, read_usage};
use crate::say::{self, Found, Say};
use crate::splice;
use crate::surface::Surface;

/// Takes a plain answer through a filter.
///
/// # Errors
/// When the filter stops the answer, or it is not JSON within the limits.
pub fn answer<F: Filter>(
    surface: Surface,
    body: Bytes,
    limits: &Limits,
    filter: &mut F,
) -> Result<Answer, AnswerError<F::Stop>> {
    let text = std::str::from_utf8(&body).map_err(|_| ParseError::at_root(Reason::NotUtf8))?;
    let mut tree = Tree::default();
    tree.parse(text, limits)?;
    let json = tree.on(text);
    call::show(surface, json, filter).map_err(AnswerError::Stopped)?;
    let mut found = Vec::new();
    say::walk(json, say::answer(surface), &mut found);
    let mut changes = Vec::new();
    let mut gate = Gate::default();
    for one in found.iter().filter(|one| one.say != Say::Token && one.say != Say::LegacyLogprobs) {
        let change = gate.complete(json, one, filter).map_err(AnswerError::Stopped)?;
        changes.extend(change.map(|what| Change { id: one.id, what }));
    }
    changes.extend(logprobs(json, &found, filter).map_err(AnswerError::Stopped)?);
    let usage = json.find(Json::ROOT, "usage").map(|usage| read_usage(json, usage, Default::default()));
    if changes.is_empty() {
        return Ok(Answer { body, usage });
    }
    let mut out = Vec::with_capacity(text.len());
    splice::apply(&mut out, text.as_bytes(), &mut edits(json, &changes));
    Ok(Answer { body: out.into(), usage })
}

/// Looks at the tokens as one text by rank, and takes out the entries of those that are masked.
fn logprobs<F: Filter>(json: Json<'_>, found: &[Found], filter: &mut F) -> Result<Vec<Change>, F::Stop> {
    let mut tokens: Vec<(Channel, &str, Change)> = Vec::new();
    for one in found {
        match one.say {
            Say::Token => {
                let (rank, entry) = crate::relay::gate::token_place(json, one.id);
                let change = Change { id: entry, what: What::Remove };
                tokens.push((one.channel(Kind::Logprob(rank)), json.str(one.id), change));
            }
            Say::LegacyLogprobs => {
                tokens.extend(legacy_tokens(json, one.id).into_iter().map(|(rank, text)| {
                    (one.channel(Kind::Logprob(rank)), text, Change { id: one.id, what: What::Null })
                }))
            }
            _ => {}
        }
    }
    tokens.sort_by_key(|(channel, _, change)| (*channel, change.id));
    let mut changes: Vec<Change> = Vec::new();
    for run in tokens.chunk_by(|a, b| a.0 == b.0) {
        changes.extend(masked_tokens(run, filter)?);
    }
    changes.dedup();
    Ok(changes)
}

fn masked_tokens<F: Filter>(run: &[(Channel, &str, Change)], filter: &mut F) -> Result<Vec<Change>, F::Stop> {
    let Some((channel, ..)) = run.first() else { return Ok(Vec::new()) };
    let whole: String = run.iter().map(|(_, text, _)| *text).collect();
    let mut masks = filter.push(channel, &whole)?.masked;
    masks.extend(filter.finish(channel)?.masked);
    let mut at = 0;
    let spans = run.iter().map(|(_, text, change)| {
        at += text.len();
        (at - text.len()..at, change)
    });
    let hit = |span: &std::ops::Range<usize>| masks.iter().any(|mask| mask.start < span.end && span.start < mask.end);
    Ok(spans.filter(|(span, _)| hit(span)).map(|(_, change)| change.clone()).collect())
}
