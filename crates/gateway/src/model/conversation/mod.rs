//! What shows only over several turns, or several requests (`input.prompt.patterns`, `model.jailbreak.patterns`).
//!
//! A conversation that is led astray step by step has a mild finding in many turns; somebody who looks for a way through
//! is blocked again and again. The history is in every request, so a conversation needs no memory here; attempts do, and
//! they fade.
//!
//! Invariants: what was found long ago weighs less and less, by turns or by time; nothing is stopped but a request whose
//! newest turn has a finding itself, so that no history locks anybody out; memory is bounded.

pub mod config;
pub mod probe;
pub mod risk;
