//! A session that goes on under another name after its person showed again who they are.

use super::binding::Binding;
use super::{Issued, TokenError, Tokens, store};
use crate::auth::session::NewSession;

impl Tokens {
    /// Begins a session like this one, with what was shown just now, and ends this one. What its tokens are bound to stays.
    ///
    /// # Errors
    /// As [`Tokens::renew`].
    pub async fn step_up(&self, old: &str, amr: Vec<String>, acr: &str, actor: &str) -> Result<Issued, TokenError> {
        let before = self.sessions.info(self.sessions.one(old).await?)?;
        let family = store::family::one(&self.db, old).await?;
        let binding = family.and_then(|stored| stored.family.binding).and_then(|text| Binding::parse(&text));
        let new = NewSession {
            user: before.user,
            tenant: before.tenant,
            client: before.client,
            scopes: before.scopes,
            amr,
            acr: Some(acr.to_owned()),
            auth_time: None,
            binding,
            address: before.address,
            agent: before.agent,
        };
        self.renew(old, &new, actor).await
    }
}
