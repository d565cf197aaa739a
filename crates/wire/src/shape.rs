//! The language of the tables: what each field of a document means.
//!
//! A [`Shape`] describes an object: its known fields, the shapes it may have by its `type`, and the shape of values under
//! keys that nobody named. Arrays are transparent: a field's meaning holds for its elements. Shapes point at each other
//! and may recurse. The walkers and [`crate::coverage`] read the same tables.
//!
//! Invariant: a table can only add knowledge. What it does not name keeps the meaning of unknown text.

/// Describes an object. `L` says what a leaf means, `O` what the object itself means.
#[derive(Debug)]
pub(crate) struct Shape<L: 'static, O: 'static> {
    pub(crate) fields: &'static [Field<L, O>],
    /// Shapes to use instead of this one by `type`; a versioned type is found by its plain name.
    pub(crate) types: &'static [(&'static str, &'static Shape<L, O>)],
    /// The shape of values under unknown keys.
    pub(crate) others: Option<&'static Shape<L, O>>,
    pub(crate) object: O,
}

/// One known field of an object.
#[derive(Debug)]
pub(crate) struct Field<L: 'static, O: 'static> {
    pub(crate) name: &'static str,
    /// What strings and numbers directly under this field mean.
    pub(crate) leaf: L,
    /// The shape of objects under this field.
    pub(crate) within: Option<&'static Shape<L, O>>,
}

impl<L: Copy, O: Copy> Shape<L, O> {
    pub(crate) const fn new(object: O, fields: &'static [Field<L, O>]) -> Self {
        Self { fields, types: &[], others: None, object }
    }

    pub(crate) const fn types(self, types: &'static [(&'static str, &'static Self)]) -> Self {
        Self { fields: self.fields, types, others: self.others, object: self.object }
    }

    pub(crate) const fn others(self, others: &'static Self) -> Self {
        Self { fields: self.fields, types: self.types, others: Some(others), object: self.object }
    }

    /// The field with this name.
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field<L, O>> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The shape for an object with this `type`.
    pub(crate) fn of_type(&'static self, name: Option<&str>) -> &'static Self {
        let Some(name) = name else { return self };
        let exact = self.types.iter().find(|(known, _)| *known == name);
        exact.or_else(|| self.types.iter().find(|(known, _)| is_version(name, known))).map_or(self, |(_, shape)| shape)
    }
}

impl<L: Copy, O: Copy> Field<L, O> {
    pub(crate) const fn new(name: &'static str, leaf: L) -> Self {
        Self { name, leaf, within: None }
    }

    pub(crate) const fn within(self, shape: &'static Shape<L, O>) -> Self {
        Self { name: self.name, leaf: self.leaf, within: Some(shape) }
    }
}

/// Says whether `name` is a version of `known`: `web_search` covers `web_search_20250305` and `web_search_preview`.
fn is_version(name: &str, known: &str) -> bool {
    name.strip_prefix(known).is_some_and(|rest| rest.starts_with('_'))
}

/// Says whether a string looks like an identifier, and can be repeated without escapes: at most 64 bytes of `[A-Za-z0-9_.:/-]`
/// without a run of nine digits.
pub(crate) fn is_structural(text: &str) -> bool {
    let mut digits = 0;
    text.len() <= 64
        && text.bytes().all(|byte| {
            digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
            digits < LONG_NUMBER && (byte.is_ascii_alphanumeric() || b"_.:/-".contains(&byte))
        })
}

/// Says whether a string can only be an enumerated word: at most 40 letters, `_`, `-`, `.`, `/`, `:` and at most two digits.
/// No credential and no number of a person is made of so little.
pub(crate) fn is_word(text: &str) -> bool {
    let mut digits = 0;
    text.len() <= 40
        && text.bytes().all(|byte| {
            digits += usize::from(byte.is_ascii_digit());
            digits <= 2 && (byte.is_ascii_alphanumeric() || b"_.:/-".contains(&byte))
        })
}

/// Numbers with this many digits may be somebody's, and are inspected like text.
pub(crate) const LONG_NUMBER: usize = 9;

/// Says whether a number literal has enough digits to be worth a look.
pub(crate) fn is_long_number(literal: &str) -> bool {
    literal.len() >= LONG_NUMBER && literal.bytes().filter(u8::is_ascii_digit).count() >= LONG_NUMBER
}
