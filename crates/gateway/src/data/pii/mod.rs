//! Personal data: reversible keyed pseudonyms (`data.pii.anonymize`). Detection is in `guard::pii`.

pub mod config;
pub mod pseudonym;
