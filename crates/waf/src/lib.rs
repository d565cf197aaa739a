//! HTTP request in, matched rules out: an engine for the SecLang rule language.
//!
//! It loads the OWASP Core Rule Set as it is published, and any other rules in the same language, and runs them on
//! requests and responses that the caller hands over as bytes. It opens no file and no socket, and reads no clock.
//!
//! ```
//! use waf::{Connection, RuleSet, Source, Verdict};
//!
//! let rules = br#"SecRule ARGS "@detectSQLi" "id:1,phase:2,deny,status:403,msg:'SQL injection',t:urlDecodeUni""#;
//! let engine = RuleSet::parse(&[Source { name: "own.conf", text: rules }], &mut |_, name| Err(format!("no {name}")))?.compile()?;
//!
//! let mut transaction = engine.transaction(Connection::default());
//! transaction.request_line(b"GET", b"/?id=1'+OR+'1'='1", b"HTTP/1.1");
//! transaction.request_header(b"Host", b"example.com");
//! assert_eq!(transaction.request_headers_end(), Verdict::Pass);
//! assert_eq!(transaction.request_body(b"", &|_: &[waf::Part]| false), Verdict::Deny { rule: 1, status: 403 });
//! # Ok::<(), waf::LoadError>(())
//! ```
//!
//! Invariants:
//! - A rule set is honoured completely or does not load.
//! - Values are bytes; nothing is converted to text before a rule sees it.
//! - The work for a request is linear in its size: patterns run on automata, and the few that cannot have a step budget.

mod body;
mod builtin;
mod engine;
mod error;
mod interest;
mod operator;
mod pattern;
mod prefilter;
mod recall;
mod report;
mod rule;
mod seclang;
mod settings;
mod silence;
mod template;
mod transaction;
mod transform;
mod value;
mod variable;
mod visit;

pub use body::{Part, PromptFields};
pub use builtin::{BASE, OWN};
pub use engine::Engine;
pub use error::LoadError;
pub use report::{Finding, Verdict};
pub use rule::Mode;
pub use seclang::{ReadData, RuleSet, Source};
pub use settings::Settings;
pub use transaction::{Connection, Surroundings, Transaction};
pub use variable::Store;
pub use visit::Visit;
