//! The other way in: an outside provider vouched for somebody.

use super::{LoggedIn, Logins};
use crate::auth::mfa::{First, Level};
use crate::auth::outside::Proven;

impl Logins {
    /// Takes the proof of an outside provider. A second factor of our own is asked for afterwards as with a password, unless
    /// the provider is trusted to have asked for one.
    pub fn outside(&self, proven: Proven) -> LoggedIn {
        let (user, has_two_factors, auth_time) = proven.into_parts();
        let level = if has_two_factors { Level::Two } else { Level::One };
        let mut logged_in = self.logged_in(user, First::Outside, level);
        if has_two_factors {
            logged_in.amr = [First::Outside.name(), "mfa"].map(str::to_owned).to_vec();
        }
        logged_in.auth_time = Some(auth_time);
        logged_in
    }
}
