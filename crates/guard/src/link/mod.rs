//! Links and images that carry data out, and markup that acts by itself.
//!
//! For text that somebody will render: answers first, retrieved documents too. Rules judge an address by what it carries;
//! which hosts are allowed is the policy's list.
//!
//! Invariant: patterns begin at their distinctive literal and an address is at most 2 KiB long.

mod carry;
pub mod dns_label;
pub mod image_data;
pub mod link_data;
pub mod odd_host;
pub mod raw_html;
pub mod reference_image;
pub mod script_url;

use crate::rule::Rule;

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[
    &image_data::RULE,
    &link_data::RULE,
    &raw_html::RULE,
    &script_url::RULE,
    &reference_image::RULE,
    &odd_host::RULE,
    &dns_label::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_book_reads_as_it_says() {
        crate::text::book::check(super::RULES);
    }
}
