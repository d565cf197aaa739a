//! The ways to a password: accept an invitation, recover, change; and the proof of an address.

use secrecy::SecretString;

use super::info::{Status, UserInfo, UserKind};
use super::link::{self, Purpose};
use super::{UserError, Users, store};
use crate::auth::password::Context;
use crate::event::{Event, catalogue};
use crate::infra::mail::{Letter, MailError};

impl Users {
    /// The account of an address.
    pub(crate) async fn find(&self, tenant: &str, email: &str) -> Result<Option<UserInfo>, UserError> {
        let index = self.index(tenant, email);
        store::by_email(&self.db, tenant, &index).await?.map(|stored| self.open(stored)).transpose()
    }

    /// Accepts an invitation with a password; the address is proved by it.
    ///
    /// # Errors
    /// When the link is not valid, or the password is not taken: then the link can be used again.
    pub async fn accept(&self, token: &SecretString, password: &SecretString) -> Result<UserInfo, UserError> {
        let user = self.by_link(Purpose::Invitation, token).await?;
        let event = catalogue::user_activated(self.clock.now(), &user.tenant, user.id.as_str());
        self.choose(&user, password, event, Some((Purpose::Invitation, token))).await?;
        Ok(user)
    }

    /// Sends a link to choose another password, if the account may have one. Nothing changes until it is used.
    ///
    /// # Errors
    /// When the request cannot be recorded or the letter cannot be sent.
    pub async fn recover(&self, user: &UserInfo, actor: &str) -> Result<(), UserError> {
        match user.status {
            Status::Active => self.send_link(user, Purpose::Recovery, actor).await,
            Status::Invited => self.send_link(user, Purpose::Invitation, actor).await,
            Status::Deactivated => Err(UserError::Invalid("the user is deactivated".to_owned())),
        }
    }

    /// Chooses another password with a link; all sessions end. Nobody is let in by it.
    ///
    /// # Errors
    /// As [`Users::accept`].
    pub async fn complete_recovery(
        &self,
        token: &SecretString,
        password: &SecretString,
    ) -> Result<UserInfo, UserError> {
        let user = self.by_link(Purpose::Recovery, token).await?;
        let event = catalogue::password_recovered(self.clock.now(), &user.tenant, user.id.as_str());
        self.choose(&user, password, event, Some((Purpose::Recovery, token))).await?;
        self.tell_of_change(&user);
        Ok(user)
    }

    /// Chooses another password; all sessions end. The caller has verified the current one.
    pub(crate) async fn change_password(&self, user: &UserInfo, password: &SecretString) -> Result<(), UserError> {
        let event = catalogue::password_changed(self.clock.now(), &user.tenant, user.id.as_str());
        self.choose(user, password, event, None).await?;
        self.tell_of_change(user);
        Ok(())
    }

    /// Sends a link that proves the address.
    ///
    /// # Errors
    /// As [`Users::recover`].
    pub async fn send_verification(&self, user: &UserInfo, actor: &str) -> Result<(), UserError> {
        self.send_link(user, Purpose::Verification, actor).await
    }

    /// Takes the proof of an address.
    ///
    /// # Errors
    /// When the link is not valid, or the change cannot be recorded or stored.
    pub async fn verify_email(&self, token: &SecretString) -> Result<UserInfo, UserError> {
        let user = self.by_link(Purpose::Verification, token).await?;
        let event = catalogue::user_verified(self.clock.now(), &user.tenant, user.id.as_str()).by(user.id.as_str());
        self.journal.append_durable(&event).await?;
        self.take(Purpose::Verification, token).await?;
        store::set_verified(&self.db, &user.id, self.now_s()).await?;
        Ok(user)
    }

    /// Forgets links that ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<u64, UserError> {
        Ok(store::sweep_tokens(&self.db, self.now_s()).await?)
    }

    /// What is known about a user, which does not count in a password.
    async fn context(&self, user: &UserInfo) -> Result<Context, UserError> {
        let organisation = self.tenant(&user.tenant).await?.name;
        // `default` is no organisation's name but the lack of one.
        let organisation = Some(organisation).filter(|name| name != crate::event::DEFAULT_TENANT);
        Ok(Context { email: user.email.clone(), name: Some(user.name.clone()), organisation })
    }

    /// Judges, hashes, records, uses the link up, stores: in this order, so that a password that is not taken leaves the
    /// link as it was, and two that come with the same link at once are one.
    async fn choose(
        &self,
        user: &UserInfo,
        password: &SecretString,
        event: Event,
        link: Option<(Purpose, &SecretString)>,
    ) -> Result<(), UserError> {
        self.passwords.judge(password, self.context(user).await?).await?;
        let hashed = self.passwords.hash(password).await?;
        let sealed = self.seal_hash(user, &hashed)?;
        self.journal.append_durable(&event.by(user.id.as_str())).await?;
        if let Some((purpose, token)) = link {
            self.take(purpose, token).await?;
        }
        let reason = match link {
            Some((Purpose::Recovery, _)) => "password_recovered",
            Some(_) => "invitation_accepted",
            None => "password_changed",
        };
        store::set_password(&self.db, &user.id, &hashed, sealed, link.is_some(), self.now_s()).await?;
        self.end_sessions(&user.id, reason).await
    }

    pub(super) async fn send_link(&self, user: &UserInfo, purpose: Purpose, actor: &str) -> Result<(), UserError> {
        let public_url = self.public_url()?;
        let email = user.email.as_deref().filter(|_| user.kind == UserKind::Person);
        let email = email.ok_or_else(|| UserError::Invalid("a service account gets no letters".to_owned()))?;
        let token = link::mint()?;
        let now = self.clock.now();
        let event = catalogue::user_link_sent(now, &user.tenant, user.id.as_str(), purpose.name()).by(actor);
        self.journal.append_durable(&event).await?;
        let hash = link::hash(&self.tokens, purpose, &token);
        let expires_at_s = now.as_second() + purpose.life_s();
        store::insert_token(&self.db, &hash, &user.id, purpose.name(), expires_at_s).await?;
        // To the address that is stored, never to the one that was typed: they may look alike.
        Ok(self.outbox.send(link::letter(purpose, email, &user.name, public_url, &token)).await?)
    }

    pub(super) fn public_url(&self) -> Result<&str, UserError> {
        self.public_url.as_deref().ok_or(UserError::NoPublicUrl)
    }

    async fn by_link(&self, purpose: Purpose, token: &SecretString) -> Result<UserInfo, UserError> {
        let hash = link::hash(&self.tokens, purpose, token);
        let id = store::token(&self.db, &hash, purpose.name(), self.now_s()).await?.ok_or(UserError::Link)?;
        let user = self.show(&id).await?;
        if user.status == Status::Deactivated { Err(UserError::Link) } else { Ok(user) }
    }

    async fn take(&self, purpose: Purpose, token: &SecretString) -> Result<(), UserError> {
        let hash = link::hash(&self.tokens, purpose, token);
        if store::take_token(&self.db, &hash).await? { Ok(()) } else { Err(UserError::Link) }
    }

    /// Tells a user that their password was changed, without holding anybody up.
    fn tell_of_change(&self, user: &UserInfo) {
        let Some(email) = &user.email else { return };
        self.post(link::changed(email, &user.name));
    }

    /// Tells a user something by mail, without holding anybody up.
    pub(crate) fn tell(&self, user: &UserInfo, (subject, text): (&'static str, String)) {
        let Some(email) = &user.email else { return };
        self.post(link::notice(email, &user.name, subject, &text));
    }

    /// As [`Users::tell`], for commands, which would be over before the letter is sent.
    pub(crate) async fn tell_now(&self, user: &UserInfo, (subject, text): (&'static str, String)) {
        let Some(email) = &user.email else { return };
        if let Err(error) = self.outbox.send(link::notice(email, &user.name, subject, &text)).await {
            untold(&error);
        }
    }

    fn post(&self, letter: Letter) {
        let outbox = self.outbox.clone();
        tokio::spawn(async move {
            if let Err(error) = outbox.send(letter).await {
                untold(&error);
            }
        });
    }
}

fn untold(error: &MailError) {
    tracing::warn!(error = error as &dyn std::error::Error, "a user was not told of a change");
}
