//! Personal data: what stands in its place (`data.pii.anonymize`). Detection is in `guard::pii` and `guard::entity`.

pub mod anonymity;
pub mod config;
pub mod mask;
pub mod pseudonym;

/// `EMAIL` for `pii.email`: what is behind the last dot of a category.
pub fn kind(category: &str) -> String {
    category.rsplit('.').next().unwrap_or(category).to_ascii_uppercase().replace('-', "_")
}
