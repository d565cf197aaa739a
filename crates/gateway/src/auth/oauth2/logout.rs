//! Clients are told that a login ended (OpenID Connect Back-Channel Logout 1.0).
//!
//! Who has to be told is noted in the store when a client gets an ID token. That a login ended is read off its session, so
//! it does not matter how it did, in which process, or whether anybody was listening then: a logout, a revocation, another
//! password, a user who was kept out. What is due stays in the store until the client has taken it; pauses grow from
//! seconds to hours, and after the last one an event says that it was given up.
//!
//! Invariants: two processes do not try the same news at once; a login that goes on under another name, after a step-up,
//! is no end.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use http::{Method, Uri};

use super::client::{Client, Origin};
use super::code::Approval;
use super::{OAuthError, Provider, redirect, store};
use crate::auth::jwt::Tokens;
use crate::auth::jwt::grant::LogoutClaims;
use crate::auth::random::base62;
use crate::event::catalogue;
use crate::infra::network::egress::Reach;
use crate::infra::outbound::Ask;

/// A logout token holds for so long.
const LIFE_S: i64 = 120;
/// Pauses after the first attempts, in seconds; after the last one it is given up.
const PAUSES_S: [i64; 8] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400];
/// So many are told at once.
const AT_ONCE: i64 = 32;
/// A client that answers slower has not taken it.
const TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: usize = 4 * 1024;
/// Ends of logins are looked for so far back: clocks differ, and what another process stored is seen late.
const LOOK_BACK_S: i64 = 300;

/// Somebody who has to be told of the end of a login.
#[derive(Debug, Clone)]
pub(super) struct Notice {
    pub(super) sid: String,
    pub(super) client: String,
    pub(super) user: String,
    pub(super) tenant: String,
    pub(super) attempts: i64,
}

/// Until when ends of logins were looked for; nothing yet means from the beginning.
#[derive(Debug, Default)]
pub(super) struct Looked(AtomicI64);

/// What came of telling, for the metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The client took it.
    Delivered,
    /// It will be tried again.
    Delayed,
    /// Nobody tries any more.
    Failed,
}

impl Told {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Delayed => "delayed",
            Self::Failed => "failed",
        }
    }
}

impl Provider {
    /// Notes that a client has an ID token of a login, when it wants to be told of the end.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn note_login(&self, client: &Client, approval: &Approval) -> Result<(), OAuthError> {
        if client.backchannel_logout_uri.is_none() {
            return Ok(());
        }
        let notice = Notice {
            sid: approval.login.clone(),
            client: client.id.clone(),
            user: approval.user.clone(),
            tenant: client.tenant.clone(),
            attempts: 0,
        };
        Ok(store::login::insert(&self.db, &notice, self.clock.now().as_second()).await?)
    }

    /// Tells clients of the logins that ended, as far as it is time.
    ///
    /// # Errors
    /// When the store fails. A client that cannot be told is no failure.
    pub async fn tell_logouts(&self, tokens: &Tokens) -> Result<Vec<Told>, OAuthError> {
        let now = self.clock.now().as_second();
        store::login::mark(&self.db, self.looked.0.load(Ordering::Relaxed), now).await?;
        self.looked.0.store(now - LOOK_BACK_S, Ordering::Relaxed);
        let due = store::login::due(&self.db, now, AT_ONCE).await?;
        let told = join_all(due.iter().map(|notice| self.tell(tokens, notice))).await;
        told.into_iter().filter_map(Result::transpose).collect()
    }

    /// `None` when another process does.
    async fn tell(&self, tokens: &Tokens, notice: &Notice) -> Result<Option<Told>, OAuthError> {
        let now = self.clock.now();
        let pause_s = usize::try_from(notice.attempts).ok().and_then(|at| PAUSES_S.get(at));
        let next_at = now.as_second() + pause_s.copied().unwrap_or(LIFE_S);
        if !store::login::take(&self.db, notice, next_at).await? {
            return Ok(None);
        }
        let why = match self.client(&notice.client).await {
            Ok(client) => self.post(tokens, notice, &client).await,
            Err(OAuthError::Missing(_)) => Err("the client is gone".to_owned()),
            Err(error) => return Err(error),
        };
        let Err(why) = why else {
            store::login::delete(&self.db, notice).await?;
            let event = catalogue::oauth_logout_delivered(now, &notice.client, &notice.sid);
            self.record(event, &notice.tenant, &notice.user).await?;
            return Ok(Some(Told::Delivered));
        };
        if pause_s.is_some() && why != "the client is gone" {
            tracing::warn!(client = notice.client, why, "a client was not told of a logout; it will be tried again");
            return Ok(Some(Told::Delayed));
        }
        store::login::delete(&self.db, notice).await?;
        let event = catalogue::oauth_logout_failed(now, &notice.client, &notice.sid, &why);
        self.record(event, &notice.tenant, &notice.user).await?;
        Ok(Some(Told::Failed))
    }

    async fn post(&self, tokens: &Tokens, notice: &Notice, client: &Client) -> Result<(), String> {
        let uri = client.backchannel_logout_uri.as_deref().ok_or("the client is gone")?;
        let now = self.clock.now().as_second();
        let claims = LogoutClaims {
            iss: self.issuer().map_err(|error| error.to_string())?.to_owned(),
            aud: notice.client.clone(),
            sub: notice.user.clone(),
            sid: notice.sid.clone(),
            iat: now,
            exp: now + LIFE_S,
            jti: base62(22).map_err(|error| error.to_string())?,
            events: LogoutClaims::events(),
        };
        let token = tokens.logout_token(&claims).await.map_err(|error| error.to_string())?;
        let body = format!("logout_token={token}");
        let reach = self.reach_of(client, uri);
        let ask = Ask { method: Method::POST, uri, body, reach, bytes_max: ANSWER_BYTES_MAX, timeout: TIMEOUT };
        match self.outbound.ask(ask).await {
            Ok(answer) if answer.status.is_success() => Ok(()),
            Ok(answer) => Err(format!("it answered {}", answer.status.as_u16())),
            Err(error) => Err(error.to_string()),
        }
    }

    /// An operator may name any public host, and this machine; what others name has to be allowed.
    fn reach_of(&self, client: &Client, uri: &str) -> Reach {
        let host = uri.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
        let is_here = host.is_some_and(|host| redirect::is_loopback(&host));
        match self.config.reach() {
            Reach::Listed if client.origin == Origin::Operator && is_here => Reach::Loopback,
            Reach::Listed if client.origin == Origin::Operator => Reach::Registered,
            reach => reach,
        }
    }
}
