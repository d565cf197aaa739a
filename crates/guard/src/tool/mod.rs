//! Calls and definitions of tools: what an agent may do, whatever it was told.
//!
//! Invariant: only TL010 is found by words. The others depend on no score, and hold for a model that was talked into
//! anything.

pub mod after_untrusted;
pub mod arguments;
pub mod carries_secret;
pub mod changed;
pub mod cross_reference;
pub mod denied;
pub mod egress;
pub mod poisoned;
pub mod shadow;
pub mod undeclared;

use crate::rule::Rule;

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[
    &denied::RULE,
    &undeclared::RULE,
    &arguments::RULE,
    &after_untrusted::RULE,
    &egress::RULE,
    &carries_secret::RULE,
    &changed::RULE,
    &shadow::RULE,
    &cross_reference::RULE,
    &poisoned::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_book_reads_as_it_says() {
        crate::text::book::check(&[&super::poisoned::RULE]);
    }
}
