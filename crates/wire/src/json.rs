//! A JSON text as a flat tree of spans.
//!
//! [`Tree::parse`] walks a text once and keeps, for every value, where its literal stands. Nothing is copied except the
//! decoded form of strings with escapes. What is spliced back at these spans leaves every other byte as it came.
//!
//! Refused: what is not JSON, duplicate keys, lone surrogates, trailing bytes, and more depth, bytes or leaves than
//! [`Limits`] allow. Invariants: spans lie on character boundaries of the text that was parsed; a node's subtree is the
//! contiguous run of nodes up to its `next`.

use std::collections::HashSet;

use jiter::{Jiter, JiterError, Peek};

use crate::error::{ParseError, Reason};

/// How much of a document is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole text, 32 MiB by default.
    pub bytes: usize,
    /// Objects and arrays inside each other, 64 by default.
    pub depth: usize,
    /// Strings, numbers, booleans and nulls together, 200 000 by default.
    pub leaves: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 32 << 20, depth: 64, leaves: 200_000 }
    }
}

/// Index of a node in its tree.
pub(crate) type Id = u32;

const NONE: u32 = u32::MAX;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

/// Where a literal stands in the text, quotes included, and its decoded form when that differs.
#[derive(Debug, Clone, Copy)]
struct Literal {
    start: u32,
    end: u32,
    decoded: u32,
    decoded_len: u32,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    value: Literal,
    key: Literal,
    parent: Id,
    next: Id,
}

/// The nodes of one text, in document order. Can be filled again and again.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    decoded: String,
    tape: Vec<u8>,
}

/// A tree together with the text it was parsed from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<'a> {
    pub(crate) text: &'a str,
    tree: &'a Tree,
}

/// Checks that a text is strict JSON within the limits: no key twice, no lone surrogates, nothing behind it.
///
/// # Errors
/// When it is not.
pub fn strict(text: &str, limits: &Limits) -> Result<(), ParseError> {
    Tree::default().parse(text, limits)
}

impl Literal {
    const ABSENT: Self = Self { start: NONE, end: NONE, decoded: NONE, decoded_len: 0 };

    fn plain(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32, decoded: NONE, decoded_len: 0 }
    }
}

impl Tree {
    /// Replaces the tree by that of `text`.
    pub(crate) fn parse(&mut self, text: &str, limits: &Limits) -> Result<(), ParseError> {
        self.nodes.clear();
        self.decoded.clear();
        if text.len() > limits.bytes.min(NONE as usize / 4) {
            return Err(ParseError::at_root(Reason::TooLarge));
        }
        let jiter = Jiter::with_tape(text.as_bytes(), std::mem::take(&mut self.tape));
        let mut walk = Walk { tree: self, text, jiter, limits, leaves: 0, open: NONE };
        let walked = walk.document();
        let (open, tape) = (walk.open, walk.jiter.into_tape());
        self.tape = tape;
        walked.map_err(|reason| ParseError { path: Json { text, tree: self }.container_path(open), reason })
    }

    /// Looks at the tree beside its text.
    pub(crate) fn on<'a>(&'a self, text: &'a str) -> Json<'a> {
        Json { text, tree: self }
    }
}

impl<'a> Json<'a> {
    /// The whole document.
    pub(crate) const ROOT: Id = 0;

    pub(crate) fn kind(&self, id: Id) -> Kind {
        self.node(id).kind
    }

    /// The span of the value's literal.
    pub(crate) fn span(&self, id: Id) -> std::ops::Range<usize> {
        let value = self.node(id).value;
        value.start as usize..value.end as usize
    }

    /// The span of the literal of the value's key.
    pub(crate) fn key_span(&self, id: Id) -> std::ops::Range<usize> {
        let key = self.node(id).key;
        key.start as usize..key.end as usize
    }

    /// The literal as it stands in the text.
    pub(crate) fn raw(&self, id: Id) -> &'a str {
        &self.text[self.span(id)]
    }

    /// The decoded string, or the literal of anything else.
    pub(crate) fn str(&self, id: Id) -> &'a str {
        let node = self.node(id);
        if node.kind == Kind::String { self.literal(node.value) } else { self.raw(id) }
    }

    /// The decoded key, if the value has one.
    pub(crate) fn key(&self, id: Id) -> Option<&'a str> {
        let key = self.node(id).key;
        (key.start != NONE).then(|| self.literal(key))
    }

    pub(crate) fn parent(&self, id: Id) -> Option<Id> {
        let parent = self.node(id).parent;
        (parent != NONE).then_some(parent)
    }

    /// The values directly inside an object or array.
    pub(crate) fn children(self, id: Id) -> impl Iterator<Item = Id> + 'a {
        let end = self.node(id).next;
        let mut at = id + 1;
        std::iter::from_fn(move || {
            (at < end).then(|| {
                let here = at;
                at = self.node(at).next;
                here
            })
        })
    }

    /// The member of an object with this key.
    pub(crate) fn find(&self, id: Id, key: &str) -> Option<Id> {
        if self.kind(id) != Kind::Object {
            return None;
        }
        self.children(id).find(|child| self.key(*child) == Some(key))
    }

    /// The member reached by following `keys`.
    pub(crate) fn find_path(&self, id: Id, keys: &[&str]) -> Option<Id> {
        keys.iter().try_fold(id, |at, key| self.find(at, key))
    }

    /// The string under `key`.
    pub(crate) fn find_str(&self, id: Id, key: &str) -> Option<&'a str> {
        self.find(id, key).filter(|at| self.kind(*at) == Kind::String).map(|at| self.str(at))
    }

    /// The small unsigned number under `key`.
    pub(crate) fn find_index(&self, id: Id, key: &str) -> Option<u32> {
        self.find(id, key).and_then(|at| self.raw(at).parse().ok())
    }

    /// The path from the root: `messages[2].content`. Keys that are not plain words are shown as `?`.
    pub(crate) fn path(&self, id: Id) -> String {
        let mut path = String::new();
        self.write_path(id, &mut path);
        path
    }

    fn write_path(&self, id: Id, path: &mut String) {
        let Some(parent) = self.parent(id) else { return };
        self.write_path(parent, path);
        match self.key(id) {
            Some(key) => push_key(path, key),
            None => {
                let index = self.children(parent).position(|child| child == id).unwrap_or_default();
                path.push_str(&format!("[{index}]"));
            }
        }
    }

    fn container_path(&self, id: Id) -> String {
        if (id as usize) < self.tree.nodes.len() { self.open_path(id) } else { String::new() }
    }

    /// Like [`Json::path`], for a tree that is not finished: array positions are not known yet.
    fn open_path(&self, id: Id) -> String {
        let node = self.node(id);
        if node.parent == NONE {
            return String::new();
        }
        let mut path = self.open_path(node.parent);
        match self.key(id) {
            Some(key) => push_key(&mut path, key),
            None => path.push_str("[]"),
        }
        path
    }

    fn node(&self, id: Id) -> &'a Node {
        &self.tree.nodes[id as usize]
    }

    fn literal(&self, literal: Literal) -> &'a str {
        if literal.decoded == NONE {
            &self.text[literal.start as usize + 1..literal.end as usize - 1]
        } else {
            let from = literal.decoded as usize;
            &self.tree.decoded[from..from + literal.decoded_len as usize]
        }
    }
}

/// Appends a key to a path, unless it is too odd to be shown.
pub(crate) fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(if crate::shape::is_structural(key) { key } else { "?" });
}

struct Walk<'t, 'a> {
    tree: &'t mut Tree,
    text: &'a str,
    jiter: Jiter<'a>,
    limits: &'t Limits,
    leaves: usize,
    open: Id,
}

impl Walk<'_, '_> {
    fn document(&mut self) -> Result<(), Reason> {
        let peek = self.jiter.peek()?;
        self.value(peek, Literal::ABSENT, 0)?;
        Ok(self.jiter.finish()?)
    }

    fn value(&mut self, peek: Peek, key: Literal, depth: usize) -> Result<(), Reason> {
        match peek {
            Peek::Object => self.container(Kind::Object, key, depth),
            Peek::Array => self.container(Kind::Array, key, depth),
            _ => self.leaf(peek, key),
        }
    }

    fn container(&mut self, kind: Kind, key: Literal, depth: usize) -> Result<(), Reason> {
        if depth >= self.limits.depth {
            return Err(Reason::TooDeep);
        }
        let start = self.jiter.current_index();
        let id = self.push(kind, Literal::plain(start, start), key);
        let outer = std::mem::replace(&mut self.open, id);
        match kind {
            Kind::Object => self.members(id, depth + 1)?,
            _ => self.elements(depth + 1)?,
        }
        self.open = outer;
        let next = self.tree.nodes.len() as u32;
        let node = &mut self.tree.nodes[id as usize];
        node.value.end = self.jiter.current_index() as u32;
        node.next = next;
        Ok(())
    }

    fn elements(&mut self, depth: usize) -> Result<(), Reason> {
        let mut peek = self.jiter.known_array()?;
        while let Some(element) = peek {
            self.value(element, Literal::ABSENT, depth)?;
            peek = self.jiter.array_step()?;
        }
        Ok(())
    }

    fn members(&mut self, id: Id, depth: usize) -> Result<(), Reason> {
        let mut from = self.jiter.current_index();
        let mut found = self.jiter.known_object()?.map(|key| intern(key, self.text, &mut self.tree.decoded));
        while let Some(key) = found {
            let key = self.key(key, from);
            let peek = self.jiter.peek()?;
            self.value(peek, key, depth)?;
            from = self.jiter.current_index();
            found = self.jiter.next_key()?.map(|key| intern(key, self.text, &mut self.tree.decoded));
        }
        self.tree.nodes[id as usize].next = self.tree.nodes.len() as u32;
        if has_duplicate(self.tree.on(self.text), id) { Err(Reason::DuplicateKey) } else { Ok(()) }
    }

    /// The literal of a key whose quotes lie between `from` and the colon just read.
    fn key(&self, key: Interned, from: usize) -> Literal {
        match key {
            Interned::Borrowed { start, len } => Literal::plain(start - 1, start + len + 1),
            Interned::Decoded { at, len } => {
                let bytes = self.text.as_bytes();
                let colon = self.jiter.current_index();
                let start = memchr::memchr(b'"', &bytes[from..colon]).map_or(from, |offset| from + offset);
                let end = memchr::memrchr(b'"', &bytes[from..colon]).map_or(colon, |offset| from + offset + 1);
                Literal { decoded: at as u32, decoded_len: len as u32, ..Literal::plain(start, end) }
            }
        }
    }

    fn leaf(&mut self, peek: Peek, key: Literal) -> Result<(), Reason> {
        self.leaves += 1;
        if self.leaves > self.limits.leaves {
            return Err(Reason::TooManyLeaves);
        }
        let start = self.jiter.current_index();
        let mut decoded = None;
        let kind = match peek {
            Peek::String => {
                match intern(self.jiter.known_str()?, self.text, &mut self.tree.decoded) {
                    Interned::Borrowed { .. } => {}
                    Interned::Decoded { at, len } => decoded = Some((at, len)),
                }
                Kind::String
            }
            Peek::Null => self.jiter.known_null().map(|()| Kind::Null)?,
            Peek::True | Peek::False => {
                if self.jiter.known_bool(peek)? {
                    Kind::True
                } else {
                    Kind::False
                }
            }
            _ => self.jiter.known_number_bytes(peek).map(|_| Kind::Number)?,
        };
        let mut value = Literal::plain(start, self.jiter.current_index());
        if let Some((at, len)) = decoded {
            (value.decoded, value.decoded_len) = (at as u32, len as u32);
        }
        self.push(kind, value, key);
        Ok(())
    }

    fn push(&mut self, kind: Kind, value: Literal, key: Literal) -> Id {
        let id = self.tree.nodes.len() as u32;
        self.tree.nodes.push(Node { kind, value, key, parent: self.open, next: id + 1 });
        id
    }
}

/// A string that jiter handed out: a slice of the text, or decoded and therefore copied.
enum Interned {
    Borrowed { start: usize, len: usize },
    Decoded { at: usize, len: usize },
}

fn intern(string: &str, text: &str, decoded: &mut String) -> Interned {
    let (len, whole) = (string.len(), text.as_bytes().as_ptr_range());
    if whole.contains(&string.as_ptr()) {
        return Interned::Borrowed { start: string.as_ptr().addr() - whole.start.addr(), len };
    }
    let at = decoded.len();
    decoded.push_str(string);
    Interned::Decoded { at, len }
}

/// Objects up to this many members are compared pair by pair.
const FEW: usize = 12;

fn has_duplicate(json: Json<'_>, object: Id) -> bool {
    let mut few = [""; FEW];
    let mut seen: HashSet<&str> = HashSet::new();
    for (count, key) in json.children(object).filter_map(|child| json.key(child)).enumerate() {
        if count < FEW {
            if few[..count].contains(&key) {
                return true;
            }
            few[count] = key;
            continue;
        }
        if seen.is_empty() {
            seen.extend(few);
        }
        if !seen.insert(key) {
            return true;
        }
    }
    false
}

impl From<JiterError> for Reason {
    fn from(error: JiterError) -> Self {
        use jiter::{JiterErrorType, JsonErrorType};
        match error.error_type {
            JiterErrorType::JsonError(
                JsonErrorType::LoneLeadingSurrogateInHexEscape | JsonErrorType::UnexpectedEndOfHexEscape,
            ) => Self::LoneSurrogate,
            JiterErrorType::JsonError(JsonErrorType::TrailingCharacters) => Self::TrailingBytes,
            _ => Self::Syntax { offset: error.index },
        }
    }
}

#[cfg(test)]
mod tests;
