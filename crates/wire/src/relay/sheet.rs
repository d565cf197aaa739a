//! What is to be changed in one event, and what it still waits for.

use std::ops::Range;

use crate::json::{Id, Json, Kind as JsonKind};
use crate::output::{Channel, Released};
use crate::splice::Edit;

/// A change to one value, named by its node so that it survives until the event is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) id: Id,
    pub(crate) what: What,
}

/// What happens to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// It becomes this string.
    Text(String),
    /// Its key becomes this string.
    Key(String),
    /// It becomes this number.
    Number(u64),
    /// It becomes null.
    Null,
    /// It leaves its array or object.
    Remove,
}

/// A text that may leave only when its channel is settled past it.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    pub(crate) channel: Channel,
    pub(crate) range: Range<usize>,
    /// What happens when part of the text is masked.
    pub(crate) masked: Change,
    pub(crate) is_masked: bool,
    pub(crate) is_settled: bool,
}

/// What the event tells about the state of the stream, once it has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The answer has begun.
    Started,
    /// A choice is under way.
    Spoke(u32),
    /// A choice is finished.
    Finished(u32),
    /// A content block is open.
    Opened(u32),
    /// A content block is closed.
    Closed(u32),
    /// Nothing follows.
    Done,
}

/// The working sheet of one event.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    pub(crate) changes: Vec<Change>,
    pub(crate) waits: Vec<Wait>,
    pub(crate) marks: Vec<Mark>,
    /// Something in the event is worth sending it.
    pub(crate) carries: bool,
    /// Something was taken out of it.
    pub(crate) is_emptied: bool,
}

impl Sheet {
    pub(crate) fn change(&mut self, id: Id, what: What) {
        self.changes.push(Change { id, what });
    }

    pub(crate) fn settle(&mut self, channel: &Channel, released: &Released) {
        settle(&mut self.waits, channel, released);
        let changes = &mut self.changes;
        self.waits.retain(|wait| {
            if wait.is_settled && wait.is_masked {
                changes.push(wait.masked.clone());
            }
            !wait.is_settled
        });
    }
}

/// Notes in `waits` what a filter decided.
pub(crate) fn settle(waits: &mut [Wait], channel: &Channel, released: &Released) {
    for wait in waits.iter_mut().filter(|wait| wait.channel == *channel) {
        wait.is_masked |= released.masked.iter().any(|mask| overlaps(mask, &wait.range));
        wait.is_settled |= released.settled >= wait.range.end;
    }
}

fn overlaps(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Turns changes into edits of the text.
pub(crate) fn edits(json: Json<'_>, changes: &[Change]) -> Vec<Edit> {
    let mut edits = Vec::with_capacity(changes.len());
    let mut parents: Vec<Id> = Vec::new();
    for Change { id, what } in changes {
        match what {
            What::Text(text) => edits.push(Edit::string(json.span(*id), text)),
            What::Key(text) => edits.push(Edit::string(json.key_span(*id), text)),
            What::Number(number) => edits.push(Edit { span: json.span(*id), with: number.to_string().into_bytes() }),
            What::Null => edits.push(Edit { span: json.span(*id), with: b"null".to_vec() }),
            What::Remove => parents.extend(json.parent(*id)),
        }
    }
    parents.sort_unstable();
    parents.dedup();
    for parent in parents {
        remove(json, parent, |id| changes.contains(&Change { id, what: What::Remove }), &mut edits);
    }
    edits
}

/// Cuts members or elements out, each with one comma.
fn remove(json: Json<'_>, parent: Id, goes: impl Fn(Id) -> bool, edits: &mut Vec<Edit>) {
    let whole = json.span(parent);
    let (mut from, mut is_first) = (whole.start + 1, true);
    let mut pending = false;
    for child in json.children(parent) {
        let start =
            if json.kind(parent) == JsonKind::Object { json.key_span(child).start } else { json.span(child).start };
        let end = json.span(child).end;
        if goes(child) {
            if !is_first {
                edits.push(Edit { span: from..end, with: Vec::new() });
                from = end;
            }
            pending |= is_first;
            continue;
        }
        if pending {
            edits.push(Edit { span: from..start, with: Vec::new() });
            pending = false;
        }
        (from, is_first) = (end, false);
    }
    if pending {
        edits.push(Edit { span: from..whole.end - 1, with: Vec::new() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, Tree};

    #[track_caller]
    fn removing(text: &str, paths: &[&str], expected: &str) {
        let mut tree = Tree::default();
        tree.parse(text, &Limits::default()).unwrap();
        let json = tree.on(text);
        let ids = (0..tree_len(text)).filter(|id| paths.contains(&json.path(*id).as_str()));
        let changes: Vec<Change> = ids.map(|id| Change { id, what: What::Remove }).collect();
        assert_eq!(changes.len(), paths.len());
        let mut out = Vec::new();
        crate::splice::apply(&mut out, text.as_bytes(), &mut edits(json, &changes));
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    fn tree_len(text: &str) -> u32 {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        fn count(value: &serde_json::Value) -> u32 {
            1 + match value {
                serde_json::Value::Array(items) => items.iter().map(count).sum(),
                serde_json::Value::Object(map) => map.values().map(count).sum(),
                _ => 0,
            }
        }
        count(&value)
    }

    #[test]
    fn what_is_removed_takes_exactly_one_comma() {
        removing("[1, 2, 3]", &["[0]"], "[2, 3]");
        removing("[1, 2, 3]", &["[1]"], "[1, 3]");
        removing("[1, 2, 3]", &["[2]"], "[1, 2]");
        removing("[1, 2, 3]", &["[0]", "[1]"], "[3]");
        removing("[1, 2, 3]", &["[0]", "[2]"], "[2]");
        removing("[1, 2, 3]", &["[1]", "[2]"], "[1]");
        removing("[ 1, 2 ]", &["[0]", "[1]"], "[]");
        removing(r#"{"a":1, "b":[1,2], "c":3}"#, &["b"], r#"{"a":1, "c":3}"#);
        removing(r#"{"a":1, "b":[1,2]}"#, &["a", "b[1]"], r#"{"b":[1]}"#);
        removing(r#"{"a":{"x":1,"y":2}}"#, &["a", "a.x"], "{}");
    }
}
