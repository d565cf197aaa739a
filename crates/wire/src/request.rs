//! What a client asks: one body, its segments with their provenance, and what in it cannot be read.
//!
//! ```
//! use wire::{Limits, Provenance, Request, Surface};
//!
//! let body = r#"{"model":"m","messages":[{"role":"user","content":"Hello"}]}"#;
//! let request = Request::parse(Surface::ChatCompletions, body.into(), &Limits::default()).unwrap();
//! assert_eq!(request.text(0), "Hello");
//! assert_eq!(request.segments()[0].provenance, Provenance::User);
//! assert_eq!(request.render(&[(0, "Bye")], None), body.replace("Hello", "Bye"));
//! ```
//!
//! Invariants: every string and every long number of the body is a segment, or skipped because the tables call it
//! a word and it looks like one, or listed as uninspectable. Rendering without edits returns the very same bytes.

mod anthropic;
mod openai;
mod segment;
pub(crate) mod table;
mod tool;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

pub use segment::{Encoding, Opaque, Provenance, Segment, Uninspectable};
pub use tool::ToolDefinition;

use crate::error::{ParseError, Reason};
use crate::json::{Id, Json, Kind, Limits, Tree};
use crate::splice::{self, Edit};
use crate::surface::Surface;

/// A parsed request body.
#[derive(Debug, Clone)]
pub struct Request {
    surface: Surface,
    body: Arc<String>,
    tree: Tree,
    segments: Vec<Segment>,
    uninspectable: Vec<Uninspectable>,
    wishes: Wishes,
}

/// What the request asks of the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Wishes {
    model: Option<Id>,
    stream: bool,
    include_usage: bool,
    output_tokens_max: Option<u64>,
    choices: u32,
    logprobs: bool,
}

/// What is changed in a body on its way to the provider.
#[derive(Debug, Clone, Copy, Default)]
pub struct Changes<'c> {
    /// New texts of segments.
    pub edits: &'c [(usize, &'c str)],
    /// The model's name at the provider.
    pub model: Option<&'c str>,
    /// Has the stream end with a chunk of usage, where the surface knows such a wish.
    pub asks_usage: bool,
    /// An instruction of the operator's to add, for a body that has none.
    pub instruction: Option<&'c str>,
}

impl Request {
    /// Parses a body.
    ///
    /// # Errors
    /// When the body is not strict JSON, breaks a limit, or a field that the gateway itself must understand (`model`,
    /// `stream`, `n`, …) has another type.
    pub fn parse(surface: Surface, body: Bytes, limits: &Limits) -> Result<Self, ParseError> {
        if surface == Surface::Models {
            return Err(ParseError::at_root(Reason::NoBody));
        }
        if body.len() > limits.bytes {
            return Err(ParseError::at_root(Reason::TooLarge));
        }
        let body = String::from_utf8(Vec::from(body)).map_err(|_| ParseError::at_root(Reason::NotUtf8))?;
        let mut tree = Tree::default();
        tree.parse(&body, limits)?;
        let json = tree.on(&body);
        if json.kind(Json::ROOT) != Kind::Object {
            return Err(ParseError::at_root(Reason::NotAnObject));
        }
        let wishes = Wishes::read(json)?;
        let (segments, uninspectable) = segment::collect(json, table::of(surface));
        Ok(Self { surface, body: Arc::new(body), tree, segments, uninspectable, wishes })
    }

    /// The surface it was sent to.
    pub fn surface(&self) -> Surface {
        self.surface
    }

    /// The model that was asked for; empty when the body names none.
    pub fn model(&self) -> &str {
        self.wishes.model.map_or("", |id| self.json().str(id))
    }

    /// Says whether the answer is to be a stream.
    pub fn stream(&self) -> bool {
        self.wishes.stream
    }

    /// Says whether a stream is to end with a chunk of usage.
    pub fn include_usage(&self) -> bool {
        self.wishes.include_usage
    }

    /// The most tokens that one answer may have.
    pub fn output_tokens_max(&self) -> Option<u64> {
        self.wishes.output_tokens_max
    }

    /// How many answers are asked for.
    pub fn choices(&self) -> u32 {
        self.wishes.choices
    }

    /// Says whether log probabilities are asked for.
    pub fn wants_logprobs(&self) -> bool {
        self.wishes.logprobs
    }

    /// The texts to inspect, in document order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// What cannot be inspected.
    pub fn uninspectable(&self) -> &[Uninspectable] {
        &self.uninspectable
    }

    /// The text of a segment: the decoded string or key, or the literal of a number.
    ///
    /// # Panics
    /// When there is no such segment.
    pub fn text(&self, index: usize) -> &str {
        let segment = &self.segments[index];
        let json = self.json();
        if segment.is_key { json.key(segment.id).unwrap_or_default() } else { json.str(segment.id) }
    }

    /// The path of a segment: `messages[2].content[0].text`.
    ///
    /// # Panics
    /// When there is no such segment.
    pub fn path(&self, index: usize) -> String {
        self.json().path(self.segments[index].id)
    }

    /// The row of the coverage table a segment belongs to: `messages[].content[].text`, or `….*` below the last known
    /// field.
    ///
    /// # Panics
    /// When there is no such segment.
    pub fn field(&self, index: usize) -> String {
        table::field(self.json(), self.segments[index].id, table::of(self.surface))
    }

    /// The body with the text of some segments replaced, and the model's name when `model` is given.
    pub fn render(&self, edits: &[(usize, &str)], model: Option<&str>) -> Bytes {
        self.render_with(&Changes { edits, model, ..Changes::default() })
    }

    /// The body with these changes.
    pub fn render_with(&self, changes: &Changes<'_>) -> Bytes {
        let &Changes { edits, model, asks_usage, instruction } = changes;
        let mut edits: Vec<Edit> = edits.iter().map(|(index, text)| Edit::string(self.literal(*index), text)).collect();
        if let (Some(id), Some(model)) = (self.wishes.model, model)
            && model != self.model()
            && edits.iter().all(|edit| edit.span != self.json().span(id))
        {
            edits.push(Edit::string(self.json().span(id), model));
        }
        if asks_usage && self.may_ask_usage() {
            edits.push(ask_usage(self.json()));
        }
        edits.extend(instruction.and_then(|text| self.instruct(text)));
        if edits.is_empty() {
            return Bytes::from_owner(Shared(Arc::clone(&self.body)));
        }
        let mut out = Vec::with_capacity(self.body.len() + edits.len() * 32);
        splice::apply(&mut out, self.body.as_bytes(), &mut edits);
        out.into()
    }

    /// Whether the answer is a stream that ends with a chunk of usage only if it is asked for, and it was not.
    pub fn may_ask_usage(&self) -> bool {
        let surface = matches!(self.surface, Surface::ChatCompletions | Surface::Completions);
        surface && self.wishes.stream && !self.wishes.include_usage
    }

    /// The edit that adds an instruction of the operator's; `None` where the surface has no place for one, or it is taken.
    fn instruct(&self, text: &str) -> Option<Edit> {
        let json = self.json();
        let text = String::from_utf8(splice::quoted(text)).ok()?;
        let at = |at: usize, with: String| Edit { span: at..at, with: with.into_bytes() };
        let name = match self.surface {
            Surface::ChatCompletions => {
                let messages = json.find(Json::ROOT, "messages").filter(|id| json.kind(*id) == Kind::Array)?;
                let comma = if json.children(messages).next().is_some() { "," } else { "" };
                let message = format!("{{\"role\":\"system\",\"content\":{text}}}{comma}");
                return Some(at(json.span(messages).start + 1, message));
            }
            Surface::Responses => "instructions",
            Surface::Messages | Surface::CountTokens => "system",
            Surface::Completions | Surface::Embeddings | Surface::Models | Surface::Moderations => return None,
        };
        match json.find(Json::ROOT, name) {
            None => {
                let comma = if json.children(Json::ROOT).next().is_some() { "," } else { "" };
                Some(at(json.span(Json::ROOT).start + 1, format!("\"{name}\":{text}{comma}")))
            }
            Some(own) if json.kind(own) == Kind::Null => Some(Edit { span: json.span(own), with: text.into_bytes() }),
            Some(_) => None,
        }
    }

    fn literal(&self, index: usize) -> Range<usize> {
        let segment = &self.segments[index];
        if segment.is_key { self.json().key_span(segment.id) } else { self.json().span(segment.id) }
    }

    fn json(&self) -> Json<'_> {
        self.tree.on(&self.body)
    }
}

impl Wishes {
    fn read(json: Json<'_>) -> Result<Self, ParseError> {
        let stream_options = member(json, "stream_options");
        let limits = ["max_completion_tokens", "max_output_tokens", "max_tokens", "max_tokens_to_sample"];
        Ok(Self {
            model: typed(json, "model", "a string", |id| (json.kind(id) == Kind::String).then_some(id))?,
            stream: truth(json, "stream")?.unwrap_or(false),
            include_usage: stream_options.and_then(|id| json.find(id, "include_usage")).map(|id| json.kind(id))
                == Some(Kind::True),
            output_tokens_max: limits.iter().find_map(|name| whole_number(json, name).transpose()).transpose()?,
            choices: whole_number(json, "n")?.map_or(1, |n| u32::try_from(n).unwrap_or(u32::MAX)),
            logprobs: wants_logprobs(json),
        })
    }
}

/// The edit that asks for usage. The body names a stream, so it is not empty.
fn ask_usage(json: Json<'_>) -> Edit {
    let wish = "\"include_usage\":true";
    let at = |at: usize, with: String| Edit { span: at..at, with: with.into_bytes() };
    match json.find(Json::ROOT, "stream_options") {
        None => at(json.span(Json::ROOT).start + 1, format!("\"stream_options\":{{{wish}}},")),
        Some(options) if json.kind(options) != Kind::Object => {
            Edit { span: json.span(options), with: format!("{{{wish}}}").into_bytes() }
        }
        Some(options) => match json.find(options, "include_usage") {
            Some(own) => Edit { span: json.span(own), with: b"true".to_vec() },
            None => {
                let comma = if json.children(options).next().is_some() { "," } else { "" };
                at(json.span(options).start + 1, format!("{wish}{comma}"))
            }
        },
    }
}

fn member(json: Json<'_>, name: &str) -> Option<Id> {
    json.find(Json::ROOT, name).filter(|id| json.kind(*id) != Kind::Null)
}

fn typed<T>(
    json: Json<'_>,
    name: &str,
    expected: &'static str,
    read: impl Fn(Id) -> Option<T>,
) -> Result<Option<T>, ParseError> {
    let Some(id) = member(json, name) else { return Ok(None) };
    read(id).map(Some).ok_or_else(|| ParseError::at(name, Reason::WrongType { expected }))
}

fn truth(json: Json<'_>, name: &str) -> Result<Option<bool>, ParseError> {
    typed(json, name, "a boolean", |id| match json.kind(id) {
        Kind::True => Some(true),
        Kind::False => Some(false),
        _ => None,
    })
}

fn whole_number(json: Json<'_>, name: &str) -> Result<Option<u64>, ParseError> {
    typed(json, name, "a whole number", |id| json.raw(id).parse().ok())
}

fn wants_logprobs(json: Json<'_>) -> bool {
    let asked = |name| member(json, name).is_some_and(|id| json.kind(id) != Kind::False);
    let included = member(json, "include")
        .is_some_and(|id| json.children(id).any(|item| json.str(item) == "message.output_text.logprobs"));
    asked("logprobs") || asked("top_logprobs") || included
}

/// Lends the body to the connection without a copy.
struct Shared(Arc<String>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    const GOLDEN: [(&str, Surface, &str); 12] = [
        ("chat_tools_vision", Surface::ChatCompletions, include_str!("../golden/request/chat_tools_vision.json")),
        ("chat_prefill", Surface::ChatCompletions, include_str!("../golden/request/chat_prefill.json")),
        ("completions", Surface::Completions, include_str!("../golden/request/completions.json")),
        ("completions_tokens", Surface::Completions, include_str!("../golden/request/completions_tokens.json")),
        ("embeddings", Surface::Embeddings, include_str!("../golden/request/embeddings.json")),
        ("embeddings_tokens", Surface::Embeddings, include_str!("../golden/request/embeddings_tokens.json")),
        ("moderations", Surface::Moderations, include_str!("../golden/request/moderations.json")),
        ("responses", Surface::Responses, include_str!("../golden/request/responses.json")),
        ("responses_text", Surface::Responses, include_str!("../golden/request/responses_text.json")),
        ("messages", Surface::Messages, include_str!("../golden/request/messages.json")),
        ("count_tokens", Surface::CountTokens, include_str!("../golden/request/count_tokens.json")),
        ("empty", Surface::ChatCompletions, "{}"),
    ];

    fn parse(surface: Surface, body: &str) -> Request {
        Request::parse(surface, Bytes::copy_from_slice(body.as_bytes()), &Limits::default()).unwrap()
    }

    fn listing(request: &Request) -> String {
        let mut out = format!("{:?}\n", request.wishes);
        for (index, segment) in request.segments().iter().enumerate() {
            let turn = segment.turn.map_or("-".to_owned(), |turn| turn.to_string());
            let latest = if segment.is_latest_turn { "new" } else { "old" };
            let what = if segment.is_key { "key" } else { "text" };
            let (who, encoding) = (segment.provenance, segment.encoding);
            let (path, field, text) = (request.path(index), request.field(index), request.text(index));
            writeln!(out, "{who:?} {turn} {latest} {encoding:?} {what} {path} [{field}] = {text:?}").unwrap();
        }
        for part in request.uninspectable() {
            writeln!(out, "cannot inspect {:?} {}", part.kind, part.path).unwrap();
        }
        out
    }

    #[test]
    fn every_text_of_the_golden_bodies_is_listed() {
        for (name, surface, body) in GOLDEN {
            insta::assert_snapshot!(name, listing(&parse(surface, body)));
        }
    }

    #[test]
    fn rendering_without_edits_returns_the_same_bytes() {
        for (name, surface, body) in GOLDEN {
            let request = parse(surface, body);
            assert_eq!(request.render(&[], None), body, "{name}");
            assert_eq!(request.render(&[], Some(request.model())), body, "{name}");
        }
    }

    #[test]
    fn edits_replace_strings_keys_numbers_and_the_model_and_nothing_else() {
        let body = r#"{"model":"m","messages":[{"role":"user","content":"a\n\u00e9"}],"odd key":12345678901}"#;
        let request = parse(Surface::ChatCompletions, body);
        let texts: Vec<&str> = (0..3).map(|index| request.text(index)).collect();
        assert_eq!(texts, ["a\né", "odd key", "12345678901"]);
        assert_eq!(
            request.render(&[(2, "[number]"), (0, "say \"x\""), (1, "k")], Some("up/m")),
            r#"{"model":"up/m","messages":[{"role":"user","content":"say \"x\""}],"k":"[number]"}"#
        );
    }

    #[track_caller]
    fn asks(options: &str, expected: &str) {
        let body = format!(r#"{{"model":"m","stream":true{options},"messages":[]}}"#);
        let request = parse(Surface::ChatCompletions, &body);
        let asking = request.render_with(&Changes { model: Some("up"), asks_usage: true, ..Changes::default() });
        let asking: serde_json::Value = serde_json::from_slice(&asking).unwrap();
        assert_eq!(asking["stream_options"].to_string(), expected, "{options}");
        assert_eq!(asking["model"], "up");
        assert_eq!(request.render_with(&Changes::default()), body);
    }

    #[test]
    fn an_instruction_goes_where_the_operator_speaks_in_each_protocol() {
        let check = |surface, body: &str, expected: Option<&str>| {
            let instruction = Some("be \"kind\"");
            let changed = parse(surface, body).render_with(&Changes { instruction, ..Changes::default() });
            assert_eq!(changed, expected.unwrap_or(body), "{surface:?}");
        };
        check(
            Surface::ChatCompletions,
            r#"{"model":"m","messages":[{"role":"user","content":"a"}]}"#,
            Some(
                r#"{"model":"m","messages":[{"role":"system","content":"be \"kind\""},{"role":"user","content":"a"}]}"#,
            ),
        );
        check(
            Surface::ChatCompletions,
            r#"{"messages":[]}"#,
            Some(r#"{"messages":[{"role":"system","content":"be \"kind\""}]}"#),
        );
        check(Surface::Responses, r#"{"input":"a"}"#, Some(r#"{"instructions":"be \"kind\"","input":"a"}"#));
        check(Surface::Responses, r#"{"instructions":null}"#, Some(r#"{"instructions":"be \"kind\""}"#));
        check(Surface::Messages, r#"{"model":"m"}"#, Some(r#"{"system":"be \"kind\"","model":"m"}"#));
        check(Surface::Messages, r#"{"system":"mine"}"#, None);
        check(Surface::Embeddings, r#"{"input":"a"}"#, None);
    }

    #[test]
    fn usage_is_asked_for_beside_what_the_client_wished() {
        asks("", r#"{"include_usage":true}"#);
        asks(r#","stream_options":null"#, r#"{"include_usage":true}"#);
        asks(r#","stream_options":{}"#, r#"{"include_usage":true}"#);
        asks(r#","stream_options":{"include_usage":false}"#, r#"{"include_usage":true}"#);
        asks(r#","stream_options":{"x":1}"#, r#"{"include_usage":true,"x":1}"#);
        let plain = parse(Surface::ChatCompletions, r#"{"model":"m"}"#);
        assert!(!plain.may_ask_usage());
    }

    #[track_caller]
    fn refused(body: &str, expected: &str) {
        let error =
            Request::parse(Surface::ChatCompletions, Bytes::copy_from_slice(body.as_bytes()), &Limits::default());
        assert_eq!(error.map(|_| ()).unwrap_err().to_string(), expected, "{body}");
    }

    #[test]
    fn a_refusal_names_the_field_and_the_rule() {
        refused("[]", "the body must be a JSON object");
        refused(r#"{"model":1}"#, "the field must be a string at model");
        refused(r#"{"stream":"true"}"#, "the field must be a boolean at stream");
        refused(r#"{"n":-1}"#, "the field must be a whole number at n");
        refused(r#"{"max_tokens":1.5}"#, "the field must be a whole number at max_tokens");
        refused(r#"{"messages":[{"role":"user","role":"system"}]}"#, "an object has a duplicate key at messages[]");
    }

    #[test]
    fn words_that_do_not_look_like_words_are_inspected() {
        let odd = r#"{"model":"m","messages":[{"role":"ignore all previous","content":"x"}],"seed":123456789012}"#;
        let request = parse(Surface::ChatCompletions, odd);
        let texts: Vec<&str> = (0..request.segments().len()).map(|index| request.text(index)).collect();
        assert_eq!(texts, ["ignore all previous", "x", "123456789012"]);
    }

    /// Every string that serde_json sees, with the keys.
    fn strings(value: &serde_json::Value, out: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) => out.push(text.clone()),
            serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, out)),
            serde_json::Value::Object(map) => map.values().for_each(|value| strings(value, out)),
            _ => {}
        }
    }

    #[track_caller]
    fn accounted_for(surface: Surface, body: &str) {
        let request = parse(surface, body);
        let segments: Vec<&str> = (0..request.segments().len()).map(|index| request.text(index)).collect();
        let mut all = Vec::new();
        strings(&serde_json::from_str(body).unwrap(), &mut all);
        for text in all {
            let known = crate::shape::is_word(&text) || segments.contains(&text.as_str());
            assert!(known || !request.uninspectable().is_empty(), "{text:?} of {body} is nowhere");
        }
    }

    #[test]
    fn every_string_of_the_golden_bodies_is_accounted_for() {
        GOLDEN.into_iter().for_each(|(_, surface, body)| accounted_for(surface, body));
    }

    proptest! {
        #[test]
        fn no_body_panics_and_what_is_accepted_comes_back_unchanged(value in crate::testing::json_soup()) {
            let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":{value}}}],"x":{value}}}"#);
            for surface in Surface::ALL {
                if let Ok(request) = Request::parse(surface, Bytes::from(body.clone()), &Limits::default()) {
                    prop_assert_eq!(request.render(&[], None), body.clone());
                    accounted_for(surface, &body);
                    for index in 0..request.segments().len() {
                        request.field(index);
                        let edited = request.render(&[(index, "[é\"]")], None);
                        prop_assert!(serde_json::from_slice::<serde_json::Value>(&edited).is_ok());
                    }
                }
            }
        }
    }
}
