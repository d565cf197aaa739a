//! Where a transaction keeps its variables.

use std::collections::HashMap;

use crate::silence::Known;
use crate::value::Slot;
use crate::variable::{Store, Variable};

/// An entry of a collection; its name is a value too, since rules look at names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) name: Slot,
    pub(super) value: Slot,
    /// What is known of it, by this key; 0 until it was looked up.
    pub(super) key: u128,
    pub(super) known: Known,
}

impl Entry {
    pub(super) const fn new(name: Slot, value: Slot) -> Self {
        Self { name, value, key: 0, known: Known::NOTHING }
    }
}

/// What came with the request and the answer.
#[derive(Debug, Default)]
pub(super) struct Collections {
    pub(super) args_get: Vec<Entry>,
    pub(super) args_post: Vec<Entry>,
    pub(super) prompts: Vec<Entry>,
    pub(super) headers: Vec<Entry>,
    pub(super) cookies: Vec<Entry>,
    pub(super) files: Vec<Entry>,
    /// By field: how long the file is.
    pub(super) file_sizes: Vec<Entry>,
    pub(super) part_headers: Vec<Entry>,
    pub(super) response_headers: Vec<Entry>,
    pub(super) xml_attributes: Vec<Entry>,
    pub(super) geo: Vec<Entry>,
    scalars: Vec<(Variable, Slot)>,
}

impl Collections {
    pub(super) fn set(&mut self, variable: Variable, slot: Slot) {
        match self.scalars.iter_mut().find(|(known, _)| *known == variable) {
            Some((_, known)) => *known = slot,
            None => self.scalars.push((variable, slot)),
        }
    }

    pub(super) fn scalar(&self, variable: Variable) -> Option<Slot> {
        self.scalars.iter().find(|(known, _)| *known == variable).map(|(_, slot)| *slot)
    }

    /// The entries of a collection (`ARGS` has two lists), and whether their names are what is asked for; `None` for a
    /// variable that is no collection.
    pub(super) fn entries(&self, variable: Variable) -> Option<([&[Entry]; 2], bool)> {
        use Variable::*;
        let (lists, names): ([&[Entry]; 2], bool) = match variable {
            Args => ([&self.args_get, &self.args_post], false),
            ArgsNames => ([&self.args_get, &self.args_post], true),
            ArgsGet => ([&self.args_get, &[]], false),
            ArgsGetNames => ([&self.args_get, &[]], true),
            ArgsPost => ([&self.args_post, &[]], false),
            ArgsPostNames => ([&self.args_post, &[]], true),
            Prompt => ([&self.prompts, &[]], false),
            RequestHeaders => ([&self.headers, &[]], false),
            RequestHeadersNames => ([&self.headers, &[]], true),
            RequestCookies => ([&self.cookies, &[]], false),
            RequestCookiesNames => ([&self.cookies, &[]], true),
            Files | MultipartFilename => ([&self.files, &[]], false),
            FilesNames | MultipartName => ([&self.files, &[]], true),
            FilesSizes => ([&self.file_sizes, &[]], false),
            MultipartPartHeaders => ([&self.part_headers, &[]], false),
            ResponseHeaders => ([&self.response_headers, &[]], false),
            ResponseHeadersNames => ([&self.response_headers, &[]], true),
            XmlAttributes => ([&self.xml_attributes, &[]], false),
            Geo => ([&self.geo, &[]], false),
            _ => return None,
        };
        Some((lists, names))
    }
}

/// A variable that rules made.
#[derive(Debug)]
struct Kept {
    value: Vec<u8>,
    seconds: Option<u64>,
}

/// What rules keep: `TX` and the stores that `initcol` opened. Names are in lower case.
#[derive(Debug, Default)]
pub(super) struct Stores {
    variables: [HashMap<Box<[u8]>, Kept>; Store::COUNT],
    /// The names of `TX` and the others in the order they were made.
    order: [Vec<Box<[u8]>>; Store::COUNT],
    keys: [Option<Vec<u8>>; Store::COUNT],
}

impl Stores {
    pub(super) fn get(&self, store: Store, name: &[u8]) -> Option<&[u8]> {
        self.variables[store as usize].get(name).map(|kept| kept.value.as_slice())
    }

    pub(super) fn set(&mut self, store: Store, name: &[u8], value: Vec<u8>) {
        if let Some(kept) = self.variables[store as usize].get_mut(name) {
            kept.value = value;
            return;
        }
        self.order[store as usize].push(name.into());
        self.variables[store as usize].insert(name.into(), Kept { value, seconds: None });
    }

    pub(super) fn unset(&mut self, store: Store, name: &[u8]) {
        if self.variables[store as usize].remove(name).is_some() {
            self.order[store as usize].retain(|known| &**known != name);
        }
    }

    pub(super) fn expire(&mut self, store: Store, name: &[u8], seconds: u64) {
        if let Some(kept) = self.variables[store as usize].get_mut(name) {
            kept.seconds = Some(seconds);
        }
    }

    /// Names and values in the order they were made.
    pub(super) fn all(&self, store: Store) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.order[store as usize].iter().filter_map(move |name| Some((&**name, self.get(store, name)?)))
    }

    pub(super) fn open(&mut self, store: Store, key: Vec<u8>, variables: Vec<(Vec<u8>, Vec<u8>)>) {
        self.keys[store as usize] = Some(key);
        for (name, value) in variables {
            self.set(store, &name, value);
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.keys.iter().any(Option::is_some)
    }

    /// Gives each open store to `save`.
    pub(super) fn close(&mut self, mut save: impl FnMut(Store, &[u8], &[(Vec<u8>, Vec<u8>, Option<u64>)])) {
        for store in [Store::Ip, Store::Global, Store::Resource, Store::Session, Store::User] {
            let Some(key) = self.keys[store as usize].take() else { continue };
            let kept = &self.variables[store as usize];
            let variables: Vec<_> =
                kept.iter().map(|(name, kept)| (name.to_vec(), kept.value.clone(), kept.seconds)).collect();
            save(store, &key, &variables);
        }
    }
}
