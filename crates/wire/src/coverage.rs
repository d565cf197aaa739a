//! Which field of which surface is inspected, read off the tables that the walkers use.
//!
//! Invariant: a field is listed exactly as the walkers treat it, because both read the same table.

use std::collections::{BTreeMap, BTreeSet};

use crate::json::{Id, Json};
use crate::request::table::{Ask, AskShape};
use crate::say::Say;
use crate::shape::Shape;
use crate::surface::Surface;

/// Which way a field travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the client to the model.
    Request,
    /// From the model, in one piece.
    Answer,
    /// From the model, in events.
    Stream,
}

/// What is done about a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Treatment {
    /// Its text is inspected.
    Inspected,
    /// It cannot be inspected, and is listed so that it can be refused.
    Refused,
    /// An enumerated word or a number; inspected when it is more than a few letters.
    Structural,
    /// The bytes of a token, dropped when they are not those of the token beside them.
    Derived,
}

/// One row of the coverage table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct Coverage {
    /// The surface.
    pub surface: Surface,
    /// The direction.
    pub direction: Direction,
    /// The path without array positions; `*` stands for every field that is not listed.
    pub field: String,
    /// What is done.
    pub treatment: Treatment,
    /// The `type` of the objects on the path, where a field belongs to one type only: `messages.content = tool_result`.
    pub when: Vec<(String, &'static str)>,
}

/// Lists every field that the tables know, and the rule for the rest.
pub fn coverage() -> Vec<Coverage> {
    let mut rows = BTreeSet::new();
    for surface in Surface::ALL.into_iter().filter(|surface| *surface != Surface::Models) {
        let mut list = |direction, fields: Rows| {
            rows.extend(fields.into_iter().map(|((field, treatment), when)| Coverage {
                surface,
                direction,
                field,
                treatment,
                when,
            }));
        };
        list(Direction::Request, fields(crate::request::table::of(surface), ask));
        list(Direction::Answer, fields(crate::say::answer(surface), say));
        if surface.can_stream() {
            list(Direction::Stream, fields(crate::say::stream(surface), say));
        }
    }
    rows.into_iter().collect()
}

fn ask(leaf: Ask) -> Treatment {
    match leaf {
        Ask::Word => Treatment::Structural,
        Ask::Opaque(_) => Treatment::Refused,
        Ask::Text | Ask::As(_) | Ask::Arguments | Ask::Prompt => Treatment::Inspected,
    }
}

fn say(leaf: Say) -> Treatment {
    match leaf {
        Say::Frame | Say::Word | Say::Finish => Treatment::Structural,
        Say::TokenBytes => Treatment::Derived,
        _ => Treatment::Inspected,
    }
}

/// Fields and their treatment, with the first way to them.
type Rows = BTreeMap<(String, Treatment), Vec<(String, &'static str)>>;

fn fields<L: Copy, O: Copy>(table: &'static Shape<L, O>, treatment: impl Fn(L) -> Treatment + Copy) -> Rows {
    let mut rows = Rows::new();
    collect("", table, treatment, &mut Way::default(), &mut rows);
    rows
}

/// The shapes that are open, and the types that led into them.
struct Way<L: 'static, O: 'static> {
    open: Vec<*const Shape<L, O>>,
    types: Vec<(String, &'static str)>,
}

impl<L, O> Default for Way<L, O> {
    fn default() -> Self {
        Self { open: Vec::new(), types: Vec::new() }
    }
}

/// Goes through the shapes once on each path: a shape inside itself is not listed again.
fn collect<L: Copy, O: Copy>(
    prefix: &str,
    shape: &'static Shape<L, O>,
    treatment: impl Fn(L) -> Treatment + Copy,
    way: &mut Way<L, O>,
    rows: &mut Rows,
) {
    if way.open.contains(&std::ptr::from_ref(shape)) {
        return;
    }
    way.open.push(shape);
    for field in shape.fields {
        let label = join(prefix, field.name);
        if let Some(within) = field.within {
            collect(&label, within, treatment, way, rows);
        }
        rows.entry((label, treatment(field.leaf))).or_insert_with(|| way.types.clone());
    }
    for (name, variant) in shape.types {
        way.types.push((prefix.to_owned(), name));
        collect(prefix, variant, treatment, way, rows);
        way.types.pop();
    }
    rows.entry((join(prefix, "*"), Treatment::Inspected)).or_insert_with(|| way.types.clone());
    way.open.pop();
}

/// The label of a node in the table's terms.
pub(crate) fn label(json: Json<'_>, id: Id, table: &'static AskShape) -> String {
    let mut path: Vec<Id> = std::iter::successors(Some(id), |id| json.parent(*id)).collect();
    path.reverse();
    let (mut label, mut shape) = (String::new(), Some(table));
    for step in path {
        let Some(key) = json.key(step) else { continue };
        let owner = json.parent(step).and_then(|parent| json.find_str(parent, "type"));
        let Some(field) = shape.and_then(|shape| shape.of_type(owner).field(key)) else {
            return join(&label, "*");
        };
        label = join(&label, field.name);
        shape = field.within;
    }
    label
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}
