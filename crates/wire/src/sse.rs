//! Server-sent events, read from bytes that may be cut anywhere.
//!
//! The unit is the event: everything up to and including its blank line. LF, CRLF and CR end lines; a leading byte order
//! mark is dropped; comments and fields other than `data` survive only when they look harmless, since nobody inspects them
//! otherwise. Invariants: how the bytes were cut does not change the events; an event never grows past the limit.

use std::ops::Range;

use crate::error::{ParseError, Reason};
use crate::splice::{self, Edit};

/// One event, ready to be forwarded as it is or with other data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// The bytes to forward when nothing changes.
    raw: Vec<u8>,
    /// The data, when its lines had to be joined.
    joined: Option<String>,
    /// Where in `raw` the data stands, when it is one line.
    data_at: Range<usize>,
}

/// Splits bytes into events.
#[derive(Debug)]
pub(crate) struct Parser {
    buffer: Vec<u8>,
    /// Where the current event begins.
    start: usize,
    /// Up to where lines are known to be complete.
    scanned: usize,
    limit: usize,
    is_first: bool,
}

impl Event {
    /// An event of our own: one data line, and a name where the surface needs one.
    pub(crate) fn new(name: Option<&str>, data: &[u8]) -> Self {
        let mut raw = Vec::with_capacity(data.len() + 40);
        if let Some(name) = name {
            raw.extend_from_slice(b"event: ");
            raw.extend_from_slice(name.as_bytes());
            raw.push(b'\n');
        }
        raw.extend_from_slice(b"data: ");
        let from = raw.len();
        raw.extend_from_slice(data);
        let data_at = from..raw.len();
        raw.extend_from_slice(b"\n\n");
        Self { raw, joined: None, data_at }
    }

    /// The data; empty for events without any.
    pub(crate) fn data(&self) -> Result<&str, ParseError> {
        match &self.joined {
            Some(joined) => Ok(joined),
            None => {
                std::str::from_utf8(&self.raw[self.data_at.clone()]).map_err(|_| ParseError::at_root(Reason::NotUtf8))
            }
        }
    }

    /// The event with edits made.
    pub(crate) fn edited(&self, edits: &mut [Edit]) -> Self {
        let mut raw = Vec::with_capacity(self.raw.len());
        self.write(&mut raw, edits);
        read(&raw)
    }

    /// Bytes it takes in memory.
    pub(crate) fn len(&self) -> usize {
        self.raw.len() + self.joined.as_ref().map_or(0, String::len)
    }

    /// Appends the event with edits to its data.
    pub(crate) fn write(&self, out: &mut Vec<u8>, edits: &mut [Edit]) {
        if edits.is_empty() {
            out.extend_from_slice(&self.raw);
            return;
        }
        out.extend_from_slice(&self.raw[..self.data_at.start]);
        match &self.joined {
            None => splice::apply(out, &self.raw[self.data_at.clone()], edits),
            Some(joined) => {
                let mut data = Vec::with_capacity(joined.len());
                splice::apply(&mut data, joined.as_bytes(), edits);
                for (index, line) in data.split(|byte| *byte == b'\n').enumerate() {
                    out.extend_from_slice(if index == 0 { b"" } else { b"\ndata: " });
                    out.extend_from_slice(line);
                }
            }
        }
        out.extend_from_slice(&self.raw[self.data_at.end..]);
    }
}

impl Parser {
    /// A parser of events up to `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { buffer: Vec::new(), start: 0, scanned: 0, limit, is_first: true }
    }

    /// Takes bytes as they arrive.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete event. Use `at_end` when no more bytes will come; then the last event may lack its blank line.
    pub(crate) fn next(&mut self, at_end: bool) -> Result<Option<Event>, ParseError> {
        self.drop_mark();
        while let Some((line, after)) = self.line(at_end) {
            self.scanned = after;
            if line.is_empty() {
                if after - self.start > self.limit {
                    return Err(ParseError::at_root(Reason::TooLarge));
                }
                let event = self.take(after);
                if !event.raw.is_empty() {
                    return Ok(Some(event));
                }
            }
        }
        if self.buffer.len() - self.start > self.limit {
            return Err(ParseError::at_root(Reason::TooLarge));
        }
        if at_end && self.scanned < self.buffer.len() {
            self.scanned = self.buffer.len();
        }
        let rest = at_end && self.start < self.buffer.len();
        Ok(rest.then(|| self.take(self.buffer.len())).filter(|event| !event.raw.is_empty()))
    }

    fn drop_mark(&mut self) {
        const MARK: &[u8] = "\u{feff}".as_bytes();
        if self.is_first && self.buffer.len() >= MARK.len() {
            self.is_first = false;
            if self.buffer.starts_with(MARK) {
                (self.start, self.scanned) = (MARK.len(), MARK.len());
            }
        }
    }

    /// The line at `scanned` and where the one after it begins. A CR at the end of the bytes may be half of a CRLF.
    fn line(&self, at_end: bool) -> Option<(Range<usize>, usize)> {
        if self.is_first && !at_end {
            return None;
        }
        let rest = &self.buffer[self.scanned..];
        let end = memchr::memchr2(b'\r', b'\n', rest)?;
        let width = match (rest[end], rest.get(end + 1)) {
            (b'\r', Some(b'\n')) => 2,
            (b'\r', None) if !at_end => return None,
            _ => 1,
        };
        Some((self.scanned..self.scanned + end, self.scanned + end + width))
    }

    fn take(&mut self, end: usize) -> Event {
        let event = read(&self.buffer[self.start..end]);
        self.start = end;
        event
    }
}

/// Reads one event: its raw form without what nobody vouches for, and its data.
fn read(bytes: &[u8]) -> Event {
    let mut event = Event { raw: Vec::with_capacity(bytes.len()), ..Event::default() };
    let mut data_lines: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = memchr::memchr2(b'\r', b'\n', &bytes[at..]).map_or(bytes.len(), |offset| at + offset);
        let after = end + usize::from(bytes.get(end) == Some(&b'\r') && bytes.get(end + 1) == Some(&b'\n'));
        let after = (after + 1).min(bytes.len());
        let line = &bytes[at..end];
        if let Some(value) = data_value(line) {
            let from = event.raw.len() + line.len() - value.len();
            data_lines.push(from..from + value.len());
            event.raw.extend_from_slice(&bytes[at..after]);
        } else if is_harmless(line) {
            event.raw.extend_from_slice(&bytes[at..after]);
        }
        at = after;
    }
    match data_lines.as_slice() {
        [] => {
            if event.raw.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                event.raw.clear();
            }
        }
        [only] => event.data_at = only.clone(),
        [first, .., last] => {
            let lines: Vec<&[u8]> = data_lines.iter().map(|line| &event.raw[line.clone()]).collect();
            // Bytes that are not UTF-8 would have failed as JSON anyway; the replacement character makes them fail too.
            event.joined = Some(String::from_utf8_lossy(&lines.join(&b'\n')).into_owned());
            event.data_at = first.start..last.end;
        }
    }
    event
}

fn data_value(line: &[u8]) -> Option<&[u8]> {
    let value = line.strip_prefix(b"data:").or_else(|| (line == b"data").then_some(b"".as_slice()))?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

/// Says whether a line that nobody inspects may pass: a blank line, a short comment, a name, an id, a retry time.
fn is_harmless(line: &[u8]) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || b" _.:/-".contains(byte);
    line.len() <= 96 && line.iter().all(word) && !line.windows(9).any(|run| run.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(chunks: &[&[u8]]) -> Vec<(String, String)> {
        let mut parser = Parser::new(1 << 10);
        let mut out = Vec::new();
        let mut keep = |event: Event| {
            out.push((String::from_utf8_lossy(&event.raw).into_owned(), event.data().unwrap_or("?").to_owned()));
        };
        for chunk in chunks {
            parser.push(chunk);
            while let Some(event) = parser.next(false).unwrap() {
                keep(event);
            }
        }
        while let Some(event) = parser.next(true).unwrap() {
            keep(event);
        }
        out
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let expected: Vec<(String, String)> = expected.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
        assert_eq!(events(&[text.as_bytes()]), expected, "{text:?} whole");
        for cut in 0..=text.len() {
            let (left, right) = text.as_bytes().split_at(cut);
            assert_eq!(events(&[left, right]), expected, "{text:?} cut at {cut}");
        }
        let single: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(events(&single), expected, "{text:?} byte by byte");
    }

    #[test]
    fn lines_end_in_three_ways_and_cuts_do_not_matter() {
        check("data: a\n\ndata:b\n\n", &[("data: a\n\n", "a"), ("data:b\n\n", "b")]);
        check("data: a\r\n\r\ndata: b\r\n\r\n", &[("data: a\r\n\r\n", "a"), ("data: b\r\n\r\n", "b")]);
        check("data: a\r\rdata: b\r\r", &[("data: a\r\r", "a"), ("data: b\r\r", "b")]);
        check("\u{feff}data: é😀\n\n", &[("data: é😀\n\n", "é😀")]);
    }

    #[test]
    fn several_data_lines_are_joined() {
        check("event: x\ndata: {\ndata:  \"a\"}\n\n", &[("event: x\ndata: {\ndata:  \"a\"}\n\n", "{\n \"a\"}")]);
        check("data\ndata\n\n", &[("data\ndata\n\n", "\n")]);
    }

    #[test]
    fn comments_and_other_fields_pass_when_they_look_harmless() {
        check(": keep-alive\n\n", &[(": keep-alive\n\n", "")]);
        check("id: 7\nretry: 10\ndata: a\n\n", &[("id: 7\nretry: 10\ndata: a\n\n", "a")]);
        check(": call 4111111111111111\n\n", &[]);
        check(": mail ada@example.org\ndata: a\n\n", &[("data: a\n\n", "a")]);
        check("\n\n\n", &[]);
    }

    #[test]
    fn a_last_event_without_its_blank_line_is_still_an_event() {
        check("data: a\n\ndata: b", &[("data: a\n\n", "a"), ("data: b", "b")]);
    }

    #[test]
    fn an_event_past_the_limit_is_refused_whether_or_not_its_end_has_come() {
        for bytes in ["data: aaaaaaaaaaaaaaaaaaaaaaaaaaa", "data: aaaaaaaaaaaaaaaaaaaaaaaaaaa\n\n"] {
            let mut parser = Parser::new(16);
            parser.push(bytes.as_bytes());
            assert_eq!(parser.next(false), Err(ParseError::at_root(Reason::TooLarge)), "{bytes:?}");
        }
    }

    #[test]
    fn edits_are_written_into_one_line_or_many() {
        let mut out = Vec::new();
        read(b"event: x\ndata: abc\n\n").write(&mut out, &mut [Edit { span: 1..2, with: b"--".to_vec() }]);
        read(b"data: ab\ndata: c\n\n").write(&mut out, &mut [Edit { span: 3..4, with: b"d".to_vec() }]);
        assert_eq!(out, b"event: x\ndata: a--c\n\ndata: ab\ndata: d\n\n");
    }
}
