//! Personal data: what stands in its place (`data.pii.anonymize`). Detection is in `guard::pii` and `guard::entity`.

pub mod config;
pub mod mask;
pub mod pseudonym;
