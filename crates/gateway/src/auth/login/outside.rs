//! The other way in: an outside provider vouched for somebody.

use super::second::Means;
use super::{LoggedIn, Logins};
use crate::auth::mfa::First;
use crate::auth::outside::Proven;

impl Logins {
    /// Takes the proof of an outside provider. A second factor of our own is asked for afterwards as with a password, unless
    /// the provider is trusted to have asked for one.
    pub fn outside(&self, proven: Proven) -> LoggedIn {
        let (user, has_two_factors, auth_time) = proven.into_parts();
        let means = if has_two_factors { Means::Outside } else { Means::First(First::Outside) };
        let mut logged_in = self.logged_in(user, means);
        logged_in.auth_time = Some(auth_time);
        logged_in
    }
}
