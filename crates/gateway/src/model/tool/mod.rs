//! What an agent may do with its tools, whatever it was talked into (`model.response.policy`).
//!
//! A score can be talked down; these checks have none. A call is held to the lists of the policy, to the schema that its
//! own request declares, to where the conversation's text came from, and to where its arguments lead.
//!
//! Invariants: a call is judged before any of it leaves; what cannot be judged is not called conforming.

pub mod address;
pub mod complexity;
pub mod config;
pub mod contract;
pub mod definition;
pub mod pattern;
pub mod schema;
