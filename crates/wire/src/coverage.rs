//! Which field of which surface is inspected, read off the tables that the walkers use.
//!
//! Invariant: a field is listed exactly as the walkers treat it, because both read the same table.

use std::collections::BTreeSet;

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
    /// An enumerated word, an identifier or a number; inspected when it does not look like one.
    Structural,
    /// A blob of the provider's own making, passed while it looks like one; inspected when it does not.
    Sealed,
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
}

/// Lists every field that the tables know, and the rule for the rest.
pub fn coverage() -> Vec<Coverage> {
    let mut rows = BTreeSet::new();
    for surface in Surface::ALL.into_iter().filter(|surface| *surface != Surface::Models) {
        let mut list = |direction, fields: BTreeSet<(String, Treatment)>| {
            rows.extend(fields.into_iter().map(|(field, treatment)| Coverage { surface, direction, field, treatment }));
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
        Say::Sealed | Say::TokenBytes => Treatment::Sealed,
        _ => Treatment::Inspected,
    }
}

fn fields<L: Copy, O: Copy>(
    table: &'static Shape<L, O>,
    treatment: impl Fn(L) -> Treatment + Copy,
) -> BTreeSet<(String, Treatment)> {
    let mut rows = BTreeSet::new();
    collect("", table, treatment, &mut Vec::new(), &mut rows);
    rows
}

/// Goes through the shapes once on each path: a shape inside itself is not listed again.
fn collect<L: Copy, O: Copy>(
    prefix: &str,
    shape: &'static Shape<L, O>,
    treatment: impl Fn(L) -> Treatment + Copy,
    open: &mut Vec<*const Shape<L, O>>,
    rows: &mut BTreeSet<(String, Treatment)>,
) {
    if open.contains(&std::ptr::from_ref(shape)) {
        return;
    }
    open.push(shape);
    for field in shape.fields {
        let label = join(prefix, field.name);
        if let Some(within) = field.within {
            collect(&label, within, treatment, open, rows);
        }
        rows.insert((label, treatment(field.leaf)));
    }
    for (_, variant) in shape.types {
        collect(prefix, variant, treatment, open, rows);
    }
    rows.insert((join(prefix, "*"), Treatment::Inspected));
    open.pop();
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
