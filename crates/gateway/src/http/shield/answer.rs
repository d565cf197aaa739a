//! Rules about answers: status, headers and body, before they leave.
//!
//! Status and headers of every answer are looked at, bodies where they are whole: those of the admin API, of pages and of
//! refusals, and with `waf.model_answers` those of models. A stream is on its way while it is made, so nothing of it can be
//! looked at as a whole; rules about bodies run without it, and it is counted as unread.
//!
//! Invariants: an answer that the rules refuse in `enforce` mode leaves in no part; an answer counts as passed only when all
//! that the rules asked to see was looked at; a rule set without rules about answers never comes here.

use std::sync::PoisonError;

use http::Response;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use waf::{Finding, Part, Verdict};
use wire::Dialect;

use super::{Held, Looked, Shield, Shielded, record};
use crate::error::Failure;
use crate::http::body::{Body, full};
use crate::http::header::X_REQUEST_ID;

/// What became of an answer's body.
enum Seen {
    /// All that the rules asked for was looked at.
    All,
    /// Something was not.
    Less,
}

/// Looks at an answer; what comes back is that answer, or a refusal in its place.
pub(in crate::http) async fn leave(shield: Shield, dialect: Dialect, response: Response<Body>) -> Response<Body> {
    let held = &*shield.0;
    let (parts, body) = response.into_parts();
    let Some(wants_body) = begin(held, &parts) else { return Response::from_parts(parts, body) };
    let is_whole = body.size_hint().exact().is_some();
    let (verdict, seen, body) = if wants_body && held.reads_answer && is_whole {
        match body.collect().await {
            Ok(whole) => {
                let bytes = whole.to_bytes();
                let (verdict, seen) = end(held, Some(&bytes));
                (verdict, seen, full(bytes))
            }
            Err(_) => return Failure::BadAnswer("it broke off").answer(dialect, &held.app.new_id()),
        }
    } else {
        let (verdict, _) = end(held, None);
        (verdict, if wants_body { Seen::Less } else { Seen::All }, body)
    };
    match conclude(held, verdict, &seen) {
        Ok(()) => Response::from_parts(parts, body),
        Err(refused) => {
            let id = parts.headers.get(X_REQUEST_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
            Failure::AnswerShielded(refused).answer(dialect, &id.unwrap_or_else(|| held.app.new_id()))
        }
    }
}

/// Shows status and headers; whether the body is wanted, too. `None` when the request was already refused, in shadow mode.
fn begin(held: &Held, parts: &Parts) -> Option<bool> {
    let mut looked = held.visit.lock().unwrap_or_else(PoisonError::into_inner);
    let Looked { visit, is_refused, waits } = &mut *looked;
    if *is_refused {
        return None;
    }
    if std::mem::take(waits) {
        // No handler read the body of the request: it was refused before.
        visit.request_body(b"", &|_: &[Part]| false);
    }
    let headers = parts.headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    visit.answer(parts.status.as_u16(), headers);
    let kind = parts.headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    Some(visit.wants_answer_body(kind))
}

/// Shows the body, and what the rules decided in the end.
fn end(held: &Held, body: Option<&[u8]>) -> (Verdict, Seen) {
    let mut looked = held.visit.lock().unwrap_or_else(PoisonError::into_inner);
    let verdict = looked.visit.answer_body(body);
    let most = looked.visit.answer_bytes_max();
    (verdict, if body.is_some_and(|body| body.len() > most) { Seen::Less } else { Seen::All })
}

/// Counts and records what came of it.
fn conclude(held: &Held, verdict: Verdict, seen: &Seen) -> Result<(), Shielded> {
    let (app, place) = (&held.app, &held.place);
    let Verdict::Deny { rule, status } = verdict else {
        let outcome = if matches!(seen, Seen::All) { "passed" } else { "unread" };
        app.metrics.shield_answer(place.plane, outcome);
        return Ok(());
    };
    app.metrics.shield_answer(place.plane, if place.enforces { "refused" } else { "shadow" });
    let looked = held.visit.lock().unwrap_or_else(PoisonError::into_inner);
    let about = |finding: &&Finding| finding.is_logged && finding.phase >= 3;
    let findings: Vec<&Finding> = looked.visit.findings().iter().filter(about).collect();
    record(app, place, ("answer", rule), &findings);
    if place.enforces { Err(Shielded { rule, status }) } else { Ok(()) }
}
