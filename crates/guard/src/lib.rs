//! Text in, findings out: the detectors and the stream scanner of Portcullis.
//!
//! Pure: no socket, file, database, clock or environment. Detectors only add findings (rule id, span, score, evidence);
//! what is done about them is the caller's policy.

pub mod finding;
pub mod injection;
pub mod jailbreak;
pub mod link;
pub mod rule;
pub mod terminal;
pub mod text;
pub mod toxicity;

pub use finding::{Evidence, Finding};
pub use rule::{Family, Rule};
