//! Text in, findings out: the detectors and the stream scanner of Portcullis.
//!
//! Pure: no socket, file, database, clock or environment. Detectors only add findings (rule id, span, score, evidence);
//! what is done about them is the caller's policy.
//!
//! [`Scanner`] reads a complete text, [`stream::StreamScanner`] one that is still coming in. Every rule is one file in its
//! family's folder; [`rules`] lists them all.

pub mod answer;
pub mod catalogue;
pub mod classifier;
pub mod conversation;
pub mod entity;
pub mod finding;
pub mod injection;
pub mod jailbreak;
pub mod leak;
pub mod link;
pub mod pii;
pub mod rule;
pub mod scan;
pub mod secret;
pub mod sink;
pub mod stream;
pub mod terminal;
pub mod text;
pub mod tool;
pub mod toxicity;
pub mod watch;

pub use catalogue::{rule, rules};
pub use finding::{Evidence, Finding};
pub use rule::{Family, Rule};
pub use scan::{Context, Report, Scanner};
