//! Passwords (`auth.password.*`): bcrypt over a keyed hash, in a bounded pool, with rules about strength.
//!
//! What is stored is bcrypt, at the configured cost (12 at least), of base64(HMAC-SHA-384(pepper, password)): every byte
//! of a password counts, up to 1,024, and a stolen database cannot be tried without the pepper. Beside it stand the
//! pepper's fingerprint and the cost, and a login renews what is older. Hashes of other programs are verified once and
//! then renewed.
//!
//! Invariants: a password is verified exactly as it was received; whoever does not exist costs the same hash; hashing
//! never runs on the asynchronous workers; neither passwords nor hashes have a `Debug`.

mod breached;
pub mod config;
mod foreign;
mod import;
mod pepper;
mod pool;
mod strength;
mod worker;

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::rand;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::data::encryption::Sealer;
use crate::infra::secrets::SecretError;
use pepper::Peppers;
use pool::Pool;
use strength::Strength;

pub use breached::{Breached, BreachedError};
use config::PasswordConfig;
pub use foreign::UnknownHash;
pub use import::{ImportError, Imported, import};
pub use pool::{Asker, Busy};
pub use strength::{Context, PASSWORD_BYTES_MAX, Rule, Weak};
/// What zxcvbn finds wrong with a password, and what would help.
pub use zxcvbn::feedback::{Suggestion, Warning};

/// Estimates that may wait.
const ESTIMATES_WAITING: usize = 64;

/// Hashes, verifies and judges passwords.
pub struct Passwords {
    cost: u32,
    peppers: Arc<Peppers>,
    strength: Arc<Strength>,
    breached: Option<Arc<Breached>>,
    hashing: Pool,
    /// Apart from hashing, so that nobody who has a password judged keeps others from logging in.
    judging: Pool,
}

/// A hash, as it is stored.
#[derive(Clone)]
pub struct Hashed {
    /// How it was made.
    pub scheme: Scheme,
    /// The pepper's fingerprint; empty for hashes of other programs.
    pub pepper: String,
    /// bcrypt's cost; 0 for hashes of other programs.
    pub cost: u32,
    /// The hash.
    pub text: Zeroizing<String>,
}

/// How a hash was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// bcrypt over the keyed hash.
    Peppered,
    /// By another program.
    Foreign,
}

/// What verifying a password found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is another one, or there is none.
    Wrong,
    /// It is the one.
    Right,
    /// It is the one, and its hash is to be made anew.
    Outdated,
}

/// Why a password could not be hashed, verified or judged.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many are under way.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// It breaks a rule.
    #[error(transparent)]
    Weak(#[from] Weak),
    /// A pepper cannot be had.
    #[error("auth.password.peppers: a pepper cannot be had")]
    Pepper(#[from] SecretError),
    /// A pepper could be guessed.
    #[error("auth.password.peppers[{0}]: must have at least 16 characters")]
    ShortPepper(usize),
    /// A hash was made with a pepper that is no longer configured.
    #[error("a hash was made with the pepper {0}, which is not among auth.password.peppers")]
    UnknownPepper(String),
    /// The filter of breached passwords cannot be used.
    #[error(transparent)]
    Breached(#[from] BreachedError),
    /// No random numbers, or bcrypt refused.
    #[error("a password could not be hashed")]
    Hash,
}

impl Passwords {
    /// Takes the settings, resolves the peppers and opens the filter of breached passwords.
    ///
    /// # Errors
    /// When a pepper or the filter cannot be had.
    pub fn new(config: &PasswordConfig, sealer: &Sealer, data: &Path) -> Result<Self, PasswordError> {
        let given = config.peppers.iter().map(|pepper| pepper.resolve()).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            cost: config.cost,
            peppers: Arc::new(Peppers::new(sealer, &given)?),
            strength: Arc::new(Strength::new(config)),
            breached: Breached::open(data)?.map(Arc::new),
            hashing: Pool::beside_the_workers(config.queue_max),
            judging: Pool::new(1, ESTIMATES_WAITING),
        })
    }

    /// Says zxcvbn's score of a good password.
    ///
    /// # Errors
    /// [`PasswordError::Weak`] with the rule that it breaks and what would help.
    pub async fn judge(&self, password: &SecretString, context: Context) -> Result<u8, PasswordError> {
        let (strength, breached, password) = (self.strength.clone(), self.breached.clone(), password.clone());
        let judged = self
            .judging
            .run(Asker::Anybody, move || strength.check(password.expose_secret(), &context, breached.as_deref()))
            .await?;
        Ok(judged?)
    }

    /// Hashes a password with the pepper in use and the configured cost: that of somebody who has shown who they are.
    ///
    /// # Errors
    /// When too many are under way, or there is no randomness.
    pub async fn hash(&self, password: &SecretString) -> Result<Hashed, PasswordError> {
        let (peppers, password, cost) = (self.peppers.clone(), password.clone(), self.cost);
        self.hashing.run(Asker::Known, move || make(&peppers, password.expose_secret(), cost)).await?
    }

    /// Compares a password with a hash; without one, takes as long and says no.
    ///
    /// # Errors
    /// When too many are under way, or the hash's pepper is not configured.
    pub async fn verify(
        &self,
        asker: Asker,
        password: &SecretString,
        stored: Option<Hashed>,
    ) -> Result<Verdict, PasswordError> {
        let (peppers, password, cost) = (self.peppers.clone(), password.clone(), self.cost);
        self.hashing.run(asker, move || compare(&peppers, password.expose_secret(), stored.as_ref(), cost)).await?
    }

    /// Takes a hash of another program.
    ///
    /// # Errors
    /// When it is of no kind that can be verified.
    pub fn adopt(text: &str) -> Result<Hashed, UnknownHash> {
        foreign::check(text)?;
        let text = Zeroizing::new(text.to_owned());
        Ok(Hashed { scheme: Scheme::Foreign, pepper: String::new(), cost: 0, text })
    }

    /// How many breached passwords are known beside the built-in list; `None` without a filter.
    pub fn breached(&self) -> Option<u64> {
        self.breached.as_ref().map(|breached| breached.keys())
    }
}

fn make(peppers: &Peppers, password: &str, cost: u32) -> Result<Hashed, PasswordError> {
    let mut salt = [0; 16];
    rand::fill(&mut salt).map_err(|_| PasswordError::Hash)?;
    let pepper = peppers.current();
    let seasoned = pepper.season(password);
    let parts =
        bcrypt::non_truncating_hash_with_salt(seasoned.as_str(), cost, salt).map_err(|_| PasswordError::Hash)?;
    let text = Zeroizing::new(parts.format_for_version(bcrypt::Version::TwoB));
    Ok(Hashed { scheme: Scheme::Peppered, pepper: pepper.id.clone(), cost, text })
}

fn compare(peppers: &Peppers, password: &str, stored: Option<&Hashed>, cost: u32) -> Result<Verdict, PasswordError> {
    let Some(stored) = stored else {
        make(peppers, password, cost)?;
        return Ok(Verdict::Wrong);
    };
    if stored.scheme == Scheme::Foreign {
        if foreign::verify(password, &stored.text) {
            return Ok(Verdict::Outdated);
        }
        // A wrong password costs here what it costs elsewhere, and the foreign hash beside it.
        make(peppers, password, cost)?;
        return Ok(Verdict::Wrong);
    }
    let unknown = || PasswordError::UnknownPepper(stored.pepper.clone());
    let pepper = peppers.find(&stored.pepper).ok_or_else(unknown)?;
    let seasoned = pepper.season(password);
    let is_right = bcrypt::non_truncating_verify(seasoned.as_str(), &stored.text).map_err(|_| PasswordError::Hash)?;
    let is_current = stored.cost >= cost && stored.pepper == peppers.current().id;
    Ok(match (is_right, is_current) {
        (false, _) => Verdict::Wrong,
        (true, true) => Verdict::Right,
        (true, false) => Verdict::Outdated,
    })
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").field("cost", &self.cost).finish_non_exhaustive()
    }
}

impl Scheme {
    /// The name in the database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Peppered => "peppered",
            Self::Foreign => "foreign",
        }
    }

    /// The scheme of this name.
    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::Peppered, Self::Foreign].into_iter().find(|scheme| scheme.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lowest that bcrypt has: what is tested here does not depend on it.
    const COST: u32 = 4;

    fn peppers(given: &[&str]) -> (tempfile::TempDir, Peppers) {
        let data = tempfile::tempdir().unwrap();
        Sealer::create_master_key(data.path()).unwrap();
        let sealer = Sealer::open(data.path(), None).unwrap();
        let given: Vec<SecretString> = given.iter().map(|text| SecretString::from(*text)).collect();
        let peppers = Peppers::new(&sealer, &given).unwrap();
        (data, peppers)
    }

    #[test]
    fn v6_2_8_a_password_is_verified_exactly_as_received() {
        let (_data, peppers) = peppers(&[]);
        let long = "x".repeat(72);
        for (own, others) in [
            ("wobbly teapot", vec!["Wobbly teapot", "wobbly teapot ", " wobbly teapot", "wobbly teapo"]),
            ("nul\0in it", vec!["nul", "nul\0in", "nul in it"]),
            // Composed and decomposed, which look the same.
            ("caf\u{e9}", vec!["cafe\u{301}", "cafe"]),
            (&long, vec![&long[..71]]),
        ] {
            let stored = make(&peppers, own, COST).unwrap();
            assert_eq!(compare(&peppers, own, Some(&stored), COST).unwrap(), Verdict::Right, "{own:?}");
            for other in others {
                assert_eq!(compare(&peppers, other, Some(&stored), COST).unwrap(), Verdict::Wrong, "{other:?}");
            }
        }
    }

    #[test]
    fn bytes_after_the_72nd_count() {
        let (_data, peppers) = peppers(&[]);
        let long = "x".repeat(PASSWORD_BYTES_MAX);
        let stored = make(&peppers, &long, COST).unwrap();
        let almost = long[..PASSWORD_BYTES_MAX - 1].to_owned() + "y";
        assert_eq!(compare(&peppers, &almost, Some(&stored), COST).unwrap(), Verdict::Wrong);
        assert_eq!(compare(&peppers, &long, Some(&stored), COST).unwrap(), Verdict::Right);
    }

    #[test]
    fn a_higher_cost_and_a_newer_pepper_make_a_hash_outdated() {
        let (_data, derived) = peppers(&[]);
        let stored = make(&derived, "pw", COST).unwrap();
        assert_eq!(compare(&derived, "pw", Some(&stored), COST + 1).unwrap(), Verdict::Outdated);
        let (_data, old) = peppers(&["0123456789abcdef"]);
        let (_other, new) = peppers(&["fedcba9876543210", "0123456789abcdef", "another pepper!!"]);
        let stored = make(&old, "pw", COST).unwrap();
        assert_eq!(compare(&new, "pw", Some(&stored), COST).unwrap(), Verdict::Outdated);
        let (_third, without) = peppers(&["another pepper!!"]);
        assert!(matches!(compare(&without, "pw", Some(&stored), COST), Err(PasswordError::UnknownPepper(_))));
    }

    #[test]
    fn without_the_pepper_a_hash_cannot_be_tried() {
        let (_data, peppers) = peppers(&[]);
        let stored = make(&peppers, "pw", COST).unwrap();
        assert!(!bcrypt::verify("pw", &stored.text).unwrap());
    }
}
