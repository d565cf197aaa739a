//! A claim on limits, to be settled.
//!
//! The provider's own count settles it. Where that is missing (a client that left, a stream that broke off), what was
//! reserved of the prompt counts, and of the answer what came of it, each byte as a token. A count that cannot be true is
//! not believed: no less than what was seen to come, and nothing absurd.
//!
//! Invariant: each reservation is settled exactly once.

use std::sync::Arc;

use super::amount::{Price, Usage};
use super::ledger::Ledger;
use super::refusal::Allowance;
use super::table::Claim;

/// A provider that says it used more tokens is not believed.
const REPORT_MAX: u64 = 10_000_000;

/// What a request may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Demand {
    /// Tokens, at most.
    pub usage: Usage,
    /// What they cost, where it costs most.
    pub price: Price,
}

/// A claim on limits, to be settled.
#[derive(Debug)]
#[must_use = "an unsettled reservation counts as its estimate"]
pub struct Reservation {
    ledger: Arc<Ledger>,
    claims: Vec<Claim>,
    demand: Demand,
    /// Tokens of the answer that came, at least; and its bytes, at most so many tokens.
    seen: (u64, u64),
    allowances: Vec<Allowance>,
    settled: bool,
}

impl Reservation {
    pub(super) fn new(ledger: Arc<Ledger>, claims: Vec<Claim>, demand: Demand, allowances: Vec<Allowance>) -> Self {
        Self { ledger, claims, demand, seen: (0, 0), allowances, settled: false }
    }

    /// What is left of the limits that apply.
    pub fn allowances(&self) -> &[Allowance] {
        &self.allowances
    }

    /// Whether a limit on tokens or money applies, so that it matters what is used.
    pub fn is_metered(&self) -> bool {
        self.claims.iter().any(|claim| claim.rule.unit.is_settled())
    }

    /// Takes the price of the model that answers.
    pub fn priced(&mut self, price: Price) {
        self.demand.price = price;
    }

    /// What came of the answer by now: so many tokens at least, so many bytes of text.
    pub fn saw(&mut self, tokens_min: u64, bytes: u64) {
        self.seen = (tokens_min, bytes);
    }

    /// Tokens that the answer may have, where a limit applies that counts them.
    pub fn output_tokens_max(&self) -> Option<u64> {
        self.is_metered().then_some(self.demand.usage.output_tokens)
    }

    /// Replaces what was reserved by what was used, as far as the provider is to be believed.
    pub fn settle(mut self, reported: Option<Usage>) {
        let used = self.believed(reported);
        self.close(used);
    }

    /// Gives back what was reserved: nothing of it was used.
    pub fn release(mut self) {
        self.close(Usage::default());
    }

    fn believed(&self, reported: Option<Usage>) -> Usage {
        let (tokens_min, bytes) = self.seen;
        let is_credible = |usage: &Usage| usage.input_tokens <= REPORT_MAX && usage.output_tokens <= REPORT_MAX;
        match reported.filter(is_credible) {
            Some(usage) => Usage { output_tokens: usage.output_tokens.max(tokens_min), ..usage },
            None => {
                let Usage { input_tokens, output_tokens } = self.demand.usage;
                Usage { input_tokens, output_tokens: output_tokens.min(bytes).max(tokens_min) }
            }
        }
    }

    fn close(&mut self, used: Usage) {
        if std::mem::replace(&mut self.settled, true) {
            return;
        }
        self.ledger.settle(&self.claims, self.demand, used);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.close(self.demand.usage);
    }
}
