//! Limits: what a request may use is reserved before and settled after (`api.limit.token`, `api.limit.window`).
//!
//! [`Ledger::reserve`] asks all limits that apply at once: the request fits into all of them, or none counts it. What it may
//! use of tokens and money is held until the end and then replaced by what the provider says was used. Counters are in the
//! memory of this node (`table`), or in Redis for several nodes together (`shared`); budgets of days and months are
//! also in the database (`budget`).
//!
//! Invariants: only [`Ledger::reserve`] makes a [`Reservation`]; each is settled exactly once, with the real usage or, when
//! it is dropped, with what was reserved; no window has more in it than its limit, however many requests are under way.
//!
//! ```compile_fail
//! let forged = portcullis::api::limit::Reservation { ledger: todo!(), claims: Vec::new(), settled: false };
//! ```

mod amount;
mod budget;
pub mod config;
mod counter;
mod decide;
pub mod estimate;
mod lease;
mod ledger;
mod refusal;
mod report;
mod reservation;
mod rule;
mod shared;
mod store;
mod subject;
mod table;
pub mod window;

pub use amount::{AMOUNT_MAX, NANOS, Price, Unit, Usage};
pub use ledger::{Ledger, Snapshot};
pub use refusal::{Allowance, LimitError, Refused, Until};
pub use report::{CounterInfo, LimitInfo, ResetError};
pub use reservation::{Demand, Reservation};
pub use rule::{Rule, Shape};
pub use subject::Asker;
