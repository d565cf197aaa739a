//! Takes the leaves of an event through the filter.
//!
//! Invariant: a text is either released by the filter, waits for it, or was never more than a word.

use std::collections::VecDeque;

use super::line::Line;
use super::sheet::{Change, Sheet, Wait, What};
use crate::arguments;
use crate::error::{ParseError, Reason};
use crate::json::{Id, Json, Kind as JsonKind};
use crate::output::{Channel, Filter, Kind, Released};
use crate::say::{Found, Say};
use crate::shape::{is_long_number, is_word};

/// What stands in the place of a text that goes as a whole. Not nothing: its neighbours would become one text.
const REMOVED: &str = "[removed]";

/// Identifiers that are remembered, and the longest of them.
const PASSED_MAX: usize = 16;
const PASSED_BYTES_MAX: usize = 128;

/// Paths that get channels of their own; what comes after shares the last one.
const LABELS_MAX: usize = 256;

/// The channels of a stream and the line of its events.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    pub(crate) line: Line,
    open: Vec<Open>,
    labels: Vec<String>,
    /// Identifiers that passed.
    passed: VecDeque<String>,
}

/// A channel that has text in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) channel: Channel,
    /// The field its text came in.
    pub(crate) field: &'static str,
    pushed: usize,
}

impl Gate {
    /// Takes one leaf through the filter.
    pub(crate) fn pass<F: Filter>(
        &mut self,
        json: Json<'_>,
        found: &Found,
        filter: &mut F,
        sheet: &mut Sheet,
    ) -> Result<(), F::Stop> {
        match found.say {
            Say::Delta(kind) => return self.shift(json, found, kind, filter, sheet),
            Say::Token => return self.token(json, found, filter, sheet),
            Say::Unknown => return self.unknown(json, found, filter, sheet),
            Say::LegacyLogprobs => return self.legacy_logprobs(json, found, filter, sheet),
            Say::Frame => {}
            _ => sheet.carries = true,
        }
        if let Some(what) = self.complete(json, found, filter)? {
            sheet.change(found.id, what);
        }
        Ok(())
    }

    /// Decides a leaf that is complete by itself.
    pub(crate) fn complete<F: Filter>(
        &mut self,
        json: Json<'_>,
        found: &Found,
        filter: &mut F,
    ) -> Result<Option<What>, F::Stop> {
        let Some(text) = inspected_text(json, found) else { return Ok(None) };
        let channel = match found.say {
            Say::TokenBytes => return Ok((!are_bytes_of_token(json, found.id)).then_some(What::Null)),
            Say::Delta(kind) | Say::Full(kind) | Say::Json(kind) => found.channel(kind),
            Say::Token => found.channel(Kind::Logprob(token_place(json, found.id).0)),
            Say::Frame | Say::Word | Say::Finish if is_word(text) || self.passed.iter().any(|known| known == text) => {
                return Ok(None);
            }
            _ => found.channel(self.label(json, found.id)),
        };
        let seen = match found.say {
            Say::Json(_) => arguments::filtered(filter, &channel, text)?,
            _ => filter.whole(&channel, text)?,
        };
        if seen == text {
            self.remember(found.say, text);
            return Ok(None);
        }
        Ok(Some(if found.is_key { What::Key(seen.into_owned()) } else { What::Text(seen.into_owned()) }))
    }

    /// Identifiers come with every event of a stream: the last few that passed are not looked at again.
    fn remember(&mut self, say: Say, text: &str) {
        if !matches!(say, Say::Frame | Say::Word | Say::Finish) || text.len() > PASSED_BYTES_MAX {
            return;
        }
        if self.passed.len() == PASSED_MAX {
            self.passed.pop_front();
        }
        self.passed.push_back(text.to_owned());
    }

    /// The next text of a channel: the event carries what the filter lets go now.
    fn shift<F: Filter>(
        &mut self,
        json: Json<'_>,
        found: &Found,
        kind: Kind,
        filter: &mut F,
        sheet: &mut Sheet,
    ) -> Result<(), F::Stop> {
        let (text, channel) = (json.str(found.id), found.channel(kind));
        if text.is_empty() {
            return Ok(());
        }
        let released = filter.push(&channel, text)?;
        self.advance(channel, found.field, text.len());
        sheet.carries |= !released.text.is_empty();
        sheet.is_emptied |= released.text.is_empty();
        if released.text != text {
            sheet.change(found.id, What::Text(released.text));
        }
        Ok(())
    }

    /// A text that goes out as it came or not at all: the event waits until the filter has decided.
    fn framed<F: Filter>(
        &mut self,
        channel: Channel,
        text: &str,
        masked: Change,
        filter: &mut F,
        sheet: &mut Sheet,
    ) -> Result<(), F::Stop> {
        if text.is_empty() {
            return Ok(());
        }
        sheet.carries = true;
        let released = filter.push(&channel, text)?;
        let end = self.advance(channel, "*", text.len());
        let range = end - text.len()..end;
        sheet.waits.push(Wait { channel, range, masked, is_masked: false, is_settled: false });
        self.settle(&channel, &released, sheet);
        Ok(())
    }

    fn token<F: Filter>(
        &mut self,
        json: Json<'_>,
        found: &Found,
        filter: &mut F,
        sheet: &mut Sheet,
    ) -> Result<(), F::Stop> {
        let (rank, entry) = token_place(json, found.id);
        let masked = Change { id: entry, what: What::Remove };
        self.framed(found.channel(Kind::Logprob(rank)), json.str(found.id), masked, filter, sheet)
    }

    fn unknown<F: Filter>(
        &mut self,
        json: Json<'_>,
        found: &Found,
        filter: &mut F,
        sheet: &mut Sheet,
    ) -> Result<(), F::Stop> {
        let Some(text) = inspected_text(json, found) else {
            sheet.carries |= !found.is_key;
            return Ok(());
        };
        let what = if found.is_key { What::Key(REMOVED.to_owned()) } else { What::Text(REMOVED.to_owned()) };
        let channel = found.channel(self.label(json, found.id));
        self.framed(channel, text, Change { id: found.id, what }, filter, sheet)
    }

    /// All of it goes when a token of it is masked: its arrays are parallel.
    fn legacy_logprobs<F: Filter>(
        &mut self,
        json: Json<'_>,
        found: &Found,
        filter: &mut F,
        sheet: &mut Sheet,
    ) -> Result<(), F::Stop> {
        for (rank, text) in legacy_tokens(json, found.id) {
            let masked = Change { id: found.id, what: What::Null };
            self.framed(found.channel(Kind::Logprob(rank)), text, masked, filter, sheet)?;
        }
        sheet.carries = true;
        Ok(())
    }

    /// Ends the channels that match. Returns the text that was held in those that an event carries.
    pub(crate) fn finish<F: Filter>(
        &mut self,
        filter: &mut F,
        sheet: &mut Sheet,
        ends: impl Fn(&Channel) -> bool,
    ) -> Result<Vec<(Open, String)>, F::Stop> {
        let mut rest = Vec::new();
        let mut at = 0;
        while at < self.open.len() {
            if !ends(&self.open[at].channel) {
                at += 1;
                continue;
            }
            let open = self.open.remove(at);
            let released = filter.finish(&open.channel)?;
            let settled = Released { settled: open.pushed, ..released };
            self.settle(&open.channel, &settled, sheet);
            if is_shifted(open.channel.kind) && !settled.text.is_empty() {
                rest.push((open, settled.text));
            }
        }
        Ok(rest)
    }

    /// Refuses a stream with too many channels.
    pub(crate) fn is_within(&self, channels: usize) -> Result<(), ParseError> {
        let count = self.open.len().max(self.line.state.choices.len()).max(self.line.state.blocks.len());
        if count > channels { Err(ParseError::at_root(Reason::TooManyLeaves)) } else { Ok(()) }
    }

    fn settle(&mut self, channel: &Channel, released: &Released, sheet: &mut Sheet) {
        self.line.settle(channel, released);
        sheet.settle(channel, released);
    }

    fn advance(&mut self, channel: Channel, field: &'static str, bytes: usize) -> usize {
        let known = self.open.iter_mut().find(|open| open.channel == channel);
        match known {
            Some(open) => {
                open.pushed += bytes;
                open.pushed
            }
            None => {
                self.open.push(Open { channel, field, pushed: bytes });
                bytes
            }
        }
    }

    /// The channel of an unknown field, by its path.
    fn label(&mut self, json: Json<'_>, id: Id) -> Kind {
        let path: String = json.path(id).chars().filter(|char| !char.is_ascii_digit()).collect();
        let at = self.labels.iter().position(|label| *label == path).unwrap_or_else(|| {
            if self.labels.len() < LABELS_MAX {
                self.labels.push(path);
            }
            self.labels.len() - 1
        });
        Kind::Other(at as u16)
    }
}

fn is_shifted(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Reasoning | Kind::Refusal)
}

/// The text of a leaf or key, unless there is nothing in it to inspect.
fn inspected_text<'a>(json: Json<'a>, found: &Found) -> Option<&'a str> {
    if found.is_key {
        return json.key(found.id).filter(|key| found.say != Say::Unknown || !is_plain_name(key));
    }
    match json.kind(found.id) {
        JsonKind::String => Some(json.str(found.id)),
        JsonKind::Number => {
            let known = matches!(found.say, Say::Word | Say::Frame | Say::Finish | Say::Sealed);
            Some(json.raw(found.id)).filter(|raw| !known && is_long_number(raw))
        }
        JsonKind::Array if found.say == Say::TokenBytes => Some(""),
        _ => None,
    }
}

/// Says whether a key is a name as programmers give them. Nothing secret is made of few letters alone.
fn is_plain_name(key: &str) -> bool {
    key.len() <= 40 && key.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'-')
}

/// The rank of a token, 0 for what was said, and the entry it stands in.
pub(crate) fn token_place(json: Json<'_>, token: Id) -> (u16, Id) {
    let entry = json.parent(token).unwrap_or(token);
    let list = json.parent(entry).filter(|list| json.key(*list) == Some("top_logprobs"));
    let place = list.and_then(|list| json.children(list).position(|child| child == entry));
    (place.map_or(0, |place| u16::try_from(place + 1).unwrap_or(u16::MAX)), entry)
}

fn are_bytes_of_token(json: Json<'_>, bytes: Id) -> bool {
    let token = json.parent(bytes).and_then(|entry| json.find_str(entry, "token")).unwrap_or_default();
    json.kind(bytes) == JsonKind::Array
        && json.children(bytes).map(|byte| json.raw(byte).parse().ok()).eq(token.bytes().map(Some))
}

/// The tokens of the legacy completions with their ranks, and whatever other text stands beside them.
pub(crate) fn legacy_tokens<'a>(json: Json<'a>, logprobs: Id) -> Vec<(u16, &'a str)> {
    let mut tokens = Vec::new();
    let mut todo: Vec<(Id, u16)> = vec![(logprobs, 0)];
    while let Some((id, rank)) = todo.pop() {
        match json.kind(id) {
            JsonKind::Object | JsonKind::Array => {
                let alternatives = id != logprobs && json.kind(id) == JsonKind::Object;
                let children = json.children(id).enumerate();
                let mut children: Vec<(Id, u16)> = children
                    .map(|(place, child)| (child, if alternatives { place as u16 + 1 } else { rank }))
                    .collect();
                children.reverse();
                todo.append(&mut children);
            }
            JsonKind::String => tokens.push((rank, json.str(id))),
            _ => {}
        }
        if let Some(key) = json.key(id).filter(|key| rank > 0 || !is_plain_name(key)) {
            tokens.push((rank, key));
        }
    }
    tokens
}
