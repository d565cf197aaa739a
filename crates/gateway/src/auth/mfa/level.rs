//! How strongly and how lately somebody showed who they are (`acr`, `amr`, `auth_time`).

use jiff::Timestamp;

use crate::auth::Identity;

/// How strongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// With one factor.
    One,
    /// With two.
    Two,
}

/// What somebody showed before a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// A password.
    Password,
    /// A login at an outside provider.
    Outside,
}

impl First {
    /// As it stands in a token's `amr` (RFC 8176; for a login elsewhere it has no name, and `fed` is the usual one).
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Outside => "fed",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::Password, Self::Outside].into_iter().find(|first| first.name() == name)
    }
}

impl Level {
    /// As it stands in a token's `acr`.
    pub fn acr(self) -> &'static str {
        match self {
            Self::One => "aal1",
            Self::Two => "aal2",
        }
    }

    fn of(acr: Option<&str>) -> Self {
        if acr == Some(Self::Two.acr()) { Self::Two } else { Self::One }
    }
}

/// Somebody has to show again who they are (RFC 9470).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this needs {}, at most {max_age_s} s ago: `POST /auth/v1/step-up`", asked(*level))]
pub struct Stale {
    /// How strongly.
    pub level: Level,
    /// How long ago at most.
    pub max_age_s: i64,
}

fn asked(level: Level) -> &'static str {
    match level {
        Level::One => "a login",
        Level::Two => "a login with a second factor",
    }
}

/// Checks that an identity was shown strongly and lately. What a token says was signed here; an API key is not a person
/// and is judged by its scopes alone.
///
/// # Errors
/// When it was not.
pub fn fresh(identity: &Identity, now: Timestamp, level: Level, max_age_s: i64) -> Result<(), Stale> {
    if identity.session.is_none() {
        return Ok(());
    }
    let is_fresh = identity.auth_time.is_some_and(|at| is_fresh((identity.acr.as_deref(), at), now, level, max_age_s));
    if is_fresh { Ok(()) } else { Err(Stale { level, max_age_s }) }
}

/// Whether a login, said by its `acr` and its time in seconds since 1970, was strong and lately enough.
pub fn is_fresh((acr, at): (Option<&str>, i64), now: Timestamp, level: Level, max_age_s: i64) -> bool {
    Level::of(acr) >= level && now.as_second().saturating_sub(at) <= max_age_s
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(acr: Option<&str>, auth_time: Option<i64>) -> Identity {
        Identity {
            actor: "usr_ada".into(),
            name: "usr_ada".into(),
            tenant: "default".into(),
            app: None,
            session: Some("ses_a".into()),
            owner: None,
            auth_time,
            acr: acr.map(str::to_owned),
            scopes: Vec::new(),
            models: None,
            ends_at: None,
        }
    }

    #[test]
    fn v7_5_3_what_is_old_or_weak_is_not_fresh() {
        let now = Timestamp::from_second(10_000).unwrap();
        for (acr, at, level, expected) in [
            (Some("aal2"), Some(9_400), Level::Two, true),
            (Some("aal2"), Some(9_399), Level::Two, false),
            (Some("aal1"), Some(10_000), Level::Two, false),
            (Some("aal1"), Some(10_000), Level::One, true),
            (None, Some(10_000), Level::One, true),
            (None, Some(10_000), Level::Two, false),
            (Some("aal3; aal2"), Some(10_000), Level::Two, false),
            (Some("aal2"), None, Level::One, false),
        ] {
            assert_eq!(fresh(&identity(acr, at), now, level, 600).is_ok(), expected, "{acr:?} {at:?} {level:?}");
        }
    }
}
