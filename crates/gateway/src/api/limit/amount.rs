//! What is counted, and what a request amounts to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// No single amount and no limit is larger: sums stay exact in whole numbers and in the numbers of Redis.
pub const AMOUNT_MAX: u64 = 1 << 51;
/// Billionths of the unit of money, which money is counted in.
pub const NANOS: u64 = 1_000_000_000;

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Requests that were admitted.
    Requests,
    /// Tokens, read and written.
    Tokens,
    /// Tokens read by the model.
    InputTokens,
    /// Tokens written by the model.
    OutputTokens,
    /// Requests and streams that are under way at one time.
    Concurrent,
    /// Money, by the prices of the models.
    Money,
}

/// Tokens used by one exchange.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Read by the model.
    pub input_tokens: u64,
    /// Written by the model.
    pub output_tokens: u64,
}

/// What a model costs, in billionths of the unit of money for a million tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Price {
    /// For tokens read.
    pub input_nanos: u64,
    /// For tokens written.
    pub output_nanos: u64,
}

impl Unit {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::InputTokens => "input_tokens",
            Self::OutputTokens => "output_tokens",
            Self::Concurrent => "concurrent",
            Self::Money => "money",
        }
    }

    /// As people read it (`input tokens`).
    pub fn words(self) -> &'static str {
        match self {
            Self::InputTokens => "input tokens",
            Self::OutputTokens => "output tokens",
            Self::Concurrent => "requests at one time",
            Self::Money => "of money",
            _ => self.name(),
        }
    }

    /// What a usage amounts to.
    pub fn amount(self, usage: Usage, price: Price) -> u64 {
        let amount = match self {
            Self::Requests | Self::Concurrent => 1,
            Self::Tokens => usage.input_tokens.saturating_add(usage.output_tokens),
            Self::InputTokens => usage.input_tokens,
            Self::OutputTokens => usage.output_tokens,
            Self::Money => price.of(usage),
        };
        amount.min(AMOUNT_MAX)
    }

    /// Whether the end of an exchange says what it amounts to.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Requests | Self::Concurrent)
    }

    /// An amount for people: money with its fraction.
    pub fn write(self, amount: u64) -> String {
        match self {
            Self::Money => format!("{}.{:02}", amount / NANOS, amount % NANOS / (NANOS / 100)),
            _ => grouped(amount),
        }
    }
}

impl Price {
    /// A configured price, which is neither negative nor absurd.
    pub fn nanos(price: f64) -> Option<u64> {
        // At most 10^15, which a whole number holds exactly.
        (0.0..=1_000_000.0).contains(&price).then(|| (price * NANOS as f64).round() as u64)
    }

    /// What a usage costs, rounded up.
    pub fn of(self, usage: Usage) -> u64 {
        let cost = |tokens: u64, nanos: u64| u128::from(tokens) * u128::from(nanos);
        let millionths = cost(usage.input_tokens, self.input_nanos) + cost(usage.output_tokens, self.output_nanos);
        u64::try_from(millionths.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }

    /// The dearer of two, side by side.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            input_nanos: self.input_nanos.max(other.input_nanos),
            output_nanos: self.output_nanos.max(other.output_nanos),
        }
    }
}

/// With a comma after every three digits.
fn grouped(amount: u64) -> String {
    let digits = amount.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_exact_and_rounded_up() {
        // 0.15 and 0.60 for a million tokens.
        let price = Price { input_nanos: 150_000_000, output_nanos: 600_000_000 };
        assert_eq!(price.of(Usage { input_tokens: 1_000_000, output_tokens: 0 }), 150_000_000);
        assert_eq!(price.of(Usage { input_tokens: 1, output_tokens: 1 }), 750);
        assert_eq!(Price { input_nanos: 1, output_nanos: 0 }.of(Usage { input_tokens: 1, output_tokens: 0 }), 1);
        assert_eq!(Unit::Money.amount(Usage { input_tokens: u64::MAX, output_tokens: u64::MAX }, price), AMOUNT_MAX);
    }

    #[test]
    fn amounts_are_written_for_people() {
        assert_eq!(Unit::Tokens.write(1_234_567), "1,234,567");
        assert_eq!(Unit::Tokens.write(100), "100");
        assert_eq!(Unit::Money.write(12_340_000_000), "12.34");
    }
}
