//! # What it finds
//! A Ukrainian taxpayer number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `РНОКПП 1759013776`
//!
//! # Limits and sources
//! Weights -1, 5, 7, 9, 4, 6, 10, 5, 7, modulus 11.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI058",
    name: "ua-rnokpp",
    family: Family::Pii,
    category: "pii.ua-rnokpp",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"рнокпп|РНОКПП|ІПН|іпн|rnokpp|\bipn|_ipn", r"\d{10}"),
        anchor: Anchor::Literals(&["рнокпп", "РНОКПП", "ІПН", "іпн", "rnokpp", "ipn"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Weights, the first one negative, modulus 11.
fn is_valid(digits: &[u8]) -> bool {
    let sum = checksum::weighted(digits, &[10, 5, 7, 9, 4, 6, 10, 5, 7]);
    sum % 11 % 10 == u32::from(digits[9])
}
