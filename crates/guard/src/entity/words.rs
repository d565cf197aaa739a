//! Rules that are a list of words, each written with its capital.

/// A matcher for whole words out of a list, each alone or as the plural in `s`: the pattern and its anchors.
macro_rules! words {
    ($longest:literal, $verify:expr, $first:literal $(, $word:literal)* $(,)?) => {
        $crate::rule::Matcher::Exact($crate::rule::Exact {
            pattern: concat!(r"\b(?:", $first, $("|", $word,)* r")s?\b"),
            anchor: $crate::rule::Anchor::Literals(&[concat!(r"\b", $first) $(, concat!(r"\b", $word))*]),
            longest: $longest,
            verify: $verify,
        })
    };
}

pub(super) use words;

use crate::finding::Evidence;
use crate::rule::{Candidate, Hit};

/// Accepts a word that is no part of a longer name, path or identifier.
pub(super) fn stands_alone(candidate: &Candidate<'_>) -> Option<Hit> {
    let is_joined = candidate.before().ends_with(['-', '_', '/', '@', '#', '.', '\\'])
        || candidate.next().is_some_and(|next| "_/@\\=".contains(next));
    (!is_joined).then(|| Hit::new(0.6, Evidence::Pattern))
}
