//! Values that are known to match no rule, so that what comes with every request is looked at once.
//!
//! Most headers and fields of a client are the same in all of its requests. Whether any rule can match a value where it
//! stands depends on nothing else for most rules ([`Link::is_pure`]). The answer is remembered by a keyed hash of place
//! and value, for each paranoia level, whatever the request made of the rules otherwise.
//!
//! Invariants: only answers that depend on nothing but place and value are remembered; what is remembered is bounded, and
//! cannot be aimed at, since the keys are random and never leave the process.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash as _, RandomState};
use std::sync::{Mutex, PoisonError};

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use crate::rule::{Link, Target};
use crate::variable::Variable;

/// Answers at most; then all are forgotten, which costs what it cost to find them.
const KNOWN_MAX: usize = 16_384;
/// Paranoia levels, 0 for rules without one.
pub(crate) const LEVELS: usize = 5;

/// A place of values whose rules are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    ArgsGet,
    ArgsPost,
    Headers,
    Cookies,
    /// A variable with one value.
    Scalar(Variable),
}

impl Place {
    pub(crate) const COUNT: usize = LISTS.len() + SCALARS.len();

    /// Every place.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        LISTS.into_iter().chain(SCALARS.into_iter().map(Self::Scalar))
    }

    /// A number for the place, below [`Place::COUNT`].
    pub(crate) fn index(self) -> usize {
        Self::all().position(|place| place == self).unwrap_or_default()
    }

    /// Whether a variable shows the values, or the names, that stand here.
    pub(crate) fn shows(self, variable: Variable) -> Option<Shown> {
        use Variable::*;
        match (self, variable) {
            (Self::ArgsGet, Args | ArgsGet) | (Self::ArgsPost, Args | ArgsPost) => Some(Shown::Value),
            (Self::ArgsGet, ArgsNames | ArgsGetNames) | (Self::ArgsPost, ArgsNames | ArgsPostNames) => {
                Some(Shown::Name)
            }
            (Self::Headers, RequestHeaders) | (Self::Cookies, RequestCookies) => Some(Shown::Value),
            (Self::Headers, RequestHeadersNames) | (Self::Cookies, RequestCookiesNames) => Some(Shown::Name),
            (Self::Scalar(own), other) if own == other => Some(Shown::Value),
            _ => None,
        }
    }
}

/// What of an entry a variable shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Value,
    Name,
}

/// The places that are lists.
pub(crate) const LISTS: [Place; 4] = [Place::ArgsGet, Place::ArgsPost, Place::Headers, Place::Cookies];

/// The variables with one value that are the same in many requests.
pub(crate) const SCALARS: [Variable; 8] = [
    Variable::RequestLine,
    Variable::RequestUri,
    Variable::RequestUriRaw,
    Variable::RequestFilename,
    Variable::RequestBasename,
    Variable::QueryString,
    Variable::RequestMethod,
    Variable::RequestProtocol,
];

/// What is known of a value at its place: a bit for each paranoia level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Levels whose rules were asked.
    asked: u8,
    /// Levels whose rules do not match it.
    silent: u8,
}

impl Known {
    pub(crate) const NOTHING: Self = Self { asked: 0, silent: 0 };

    pub(crate) const fn is_asked(self, level: usize) -> bool {
        self.asked & 1 << level != 0
    }

    pub(crate) const fn is_silent(self, level: usize) -> bool {
        self.silent & 1 << level != 0
    }

    pub(crate) fn learn(&mut self, level: usize, is_silent: bool) {
        self.asked |= 1 << level;
        self.silent |= u8::from(is_silent) << level;
    }
}

/// The answers so far.
#[derive(Debug, Default)]
pub(crate) struct Silence {
    known: Mutex<HashMap<u128, Known>>,
    key: SipKey,
}

/// A random key of this process, for hashes that stand for what was hashed.
#[derive(Clone, Copy)]
pub(crate) struct SipKey([u64; 2]);

impl Default for SipKey {
    fn default() -> Self {
        Self([RandomState::new(), RandomState::new()].map(|random| random.hash_one(0_u8)))
    }
}

impl std::fmt::Debug for SipKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SipKey")
    }
}

impl SipKey {
    pub(crate) fn hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.0[0], self.0[1])
    }
}

impl Silence {
    /// What stands for a value at a place.
    pub(crate) fn key(&self, place: Place, name: &[u8], value: &[u8]) -> u128 {
        let mut hasher = self.key.hasher();
        (place, name, value).hash(&mut hasher);
        hasher.finish128().as_u128()
    }

    pub(crate) fn get(&self, key: u128) -> Known {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied().unwrap_or_default()
    }

    /// Whether no rule of any level matches a value, as far as they were asked.
    pub(crate) fn is_mute(&self, place: Place, name: &[u8], value: &[u8]) -> bool {
        let known = self.get(self.key(place, name, value));
        (0..LEVELS).all(|level| known.is_silent(level))
    }

    pub(crate) fn learn(&self, key: u128, level: usize, is_silent: bool) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.entry(key).or_default().learn(level, is_silent);
    }
}

impl Link {
    /// Whether its answer about a value depends on nothing else.
    pub(crate) fn is_pure(&self) -> bool {
        self.operator.is_pure()
    }

    /// What the link would look at of an entry called `name`, if anything.
    pub(crate) fn looks_at(&self, place: Place, name: &[u8]) -> impl Iterator<Item = Shown> {
        let shown = move |target: &Target| {
            let is_left_out = || self.exclusions.iter().any(|exclusion| exclusion.leaves_out(target.variable, name));
            let shown = place.shows(target.variable).filter(|_| !target.is_count)?;
            (target.selector.selects(name) && !is_left_out()).then_some(shown)
        };
        self.targets.iter().filter_map(shown)
    }
}
