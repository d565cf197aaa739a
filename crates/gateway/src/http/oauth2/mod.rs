//! The OAuth provider over HTTP: for apps `/oauth2/token` and what belongs to it, for people the pages in between.
//!
//! Every form carries a token that is bound to the browser or to its session, and comes from this very site.

pub(super) mod answer;
mod authorize;
mod device;
mod exchange;
mod grant;
mod inspect;
pub(super) mod interact;
mod logout;
pub(super) mod person;
mod register;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use wire::Dialect;

use super::account;
use super::body::{Body, read};
use super::listen::ClientCertificate;
use super::login;
use crate::api::https::certificate::Certificate;
use crate::app::App;
use crate::auth::login::ClientInfo;
use crate::auth::oauth2::OAuthError;
use crate::auth::oauth2::authenticate::{ASSERTION, Shown, named};
use crate::auth::oauth2::client::{Client, Method as AuthMethod};
use crate::auth::oauth2::params::{BYTES_MAX, Params};
use crate::error::stamp;
use answer::{Answer, Wrong, json_answer, json_error, page_error};

const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// What the provider says about itself.
    Metadata,
    /// What the gateway says about itself.
    Resource,
    /// An app asks a person.
    Authorize,
    /// The person goes on.
    Continue,
    /// The person logs in.
    Login,
    /// The person decides.
    Consent,
    /// An app exchanges something for tokens.
    Token,
    /// An app gives a token up.
    Revoke,
    /// A service asks about a token.
    Introspect,
    /// An app asks who logged in.
    UserInfo,
    /// A client registers itself.
    Register,
    /// An app asks ahead of the browser.
    Push,
    /// A device begins.
    Device,
    /// A person is asked for its code.
    DevicePage,
    /// And enters it.
    EnterDevice,
    /// An app logs a person out.
    Logout,
    /// The person agrees.
    ConfirmLogout,
    /// A person asks what they let apps do.
    ListConsents,
    /// And changes their mind.
    EndConsent,
}

/// Whether an app's script calls it, as opposed to a browser that is sent there.
pub(super) fn is_shared(handler: Handler) -> bool {
    matches!(
        handler,
        Handler::Metadata
            | Handler::Resource
            | Handler::Token
            | Handler::Revoke
            | Handler::UserInfo
            | Handler::Push
            | Handler::Device
            | Handler::ListConsents
            | Handler::EndConsent
    )
}

/// A request, read.
pub(super) struct Asked {
    /// Everything but the body.
    pub(super) head: Request<()>,
    /// From where.
    pub(super) client: ClientInfo,
    /// Of the address.
    pub(super) query: Params,
    /// Of the body.
    pub(super) form: Params,
    /// The body, where it is JSON.
    json: Bytes,
}

/// Whether a person's browser is led there, and reads a page.
pub(super) fn is_page(handler: Handler) -> bool {
    handler.reader() == Reader::Person
}

/// Who reads the answer.
#[derive(PartialEq, Eq)]
enum Reader {
    App,
    Person,
}

impl Handler {
    fn reader(self) -> Reader {
        match self {
            Self::Authorize
            | Self::Continue
            | Self::Login
            | Self::Consent
            | Self::DevicePage
            | Self::EnterDevice
            | Self::Logout
            | Self::ConfirmLogout => Reader::Person,
            _ => Reader::App,
        }
    }
}

/// Answers a request.
pub(super) async fn handle(
    app: &Arc<App>,
    handler: Handler,
    id: Option<String>,
    mut request: Request<Incoming>,
) -> Response<Body> {
    account::name_host(&mut request);
    let request_id = app.new_id();
    let (asked, unread) = Asked::of(request, handler == Handler::Register).await;
    let is_person_asked = matches!(handler, Handler::UserInfo | Handler::ListConsents | Handler::EndConsent);
    let answered = match unread.filter(|_| !is_person_asked) {
        Some(wrong) => Err(wrong),
        None => Box::pin(served(app, handler, id, &asked)).await,
    };
    let mut response = match answered {
        Ok(response) => response,
        Err(Wrong::Failure(failure)) if is_person_asked => failure.answer(Dialect::OpenAi, &request_id),
        Err(wrong) if handler.reader() == Reader::Person => page_error(&wrong, &asked),
        Err(wrong) => json_error(&wrong, asked.head.headers().contains_key(AUTHORIZATION)),
    };
    stamp(&mut response, &request_id);
    response
}

async fn served(app: &Arc<App>, handler: Handler, id: Option<String>, asked: &Asked) -> Answer {
    // Who may not is told so first.
    match handler {
        Handler::UserInfo => return inspect::user_info(app, asked).await,
        Handler::ListConsents => return person::list_consents(app, asked).await,
        Handler::EndConsent => return person::end_consent(app, asked, &id.unwrap_or_default()).await,
        _ => {}
    }
    app.oauth().issuer()?;
    match handler {
        Handler::Metadata => {
            let metadata = app.oauth().metadata(app.tokens.algorithm().await?, takes_certificates(app))?;
            Ok(public(json_answer(StatusCode::OK, &metadata)))
        }
        Handler::Resource => {
            let metadata = app.oauth().resource_metadata(takes_certificates(app))?;
            Ok(public(json_answer(StatusCode::OK, &metadata)))
        }
        Handler::Authorize => authorize::authorize(app, asked).await,
        Handler::Register => register::register(app, asked).await,
        Handler::Push => authorize::push(app, asked).await,
        Handler::Continue => interact::go_on(app, asked).await,
        Handler::Login => interact::log_in(app, asked).await,
        Handler::Consent => interact::decide(app, asked).await,
        Handler::Token => grant::token(app, asked).await,
        Handler::Revoke => inspect::revoke(app, asked).await,
        Handler::Introspect => inspect::introspect(app, asked).await,
        Handler::Device => device::begin(app, asked).await,
        Handler::DevicePage => device::page(app, asked),
        Handler::EnterDevice => device::enter(app, asked).await,
        Handler::Logout => logout::logout(app, asked).await,
        Handler::ConfirmLogout => logout::confirm(app, asked).await,
        Handler::UserInfo | Handler::ListConsents | Handler::EndConsent => Err(OAuthError::Off.into()),
    }
}

/// Whether tokens are bound to certificates that clients show.
fn takes_certificates(app: &App) -> bool {
    app.live().config.server.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some())
}

/// What everybody may read, from any page, for a while.
fn public(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// Says where to get a token (RFC 9728, 5.1), when the provider is on.
pub(super) fn challenge(app: &App, response: &mut Response<Body>) {
    let Ok(issuer) = app.oauth().issuer() else { return };
    let headers = response.headers_mut();
    let own = headers.get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
    let own = own.map_or("Bearer ".to_owned(), |own| format!("{own}, "));
    // Says what is enough, so that an agent does not ask a person for all there is (MCP, 2025-11-25).
    let scope = "scope=\"inference\"";
    let text = format!("{own}resource_metadata=\"{issuer}/.well-known/oauth-protected-resource\", {scope}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(WWW_AUTHENTICATE, value);
    }
}

impl Asked {
    /// Reads a request; what could not be read is said beside.
    pub(super) async fn of(request: Request<Incoming>, takes_json: bool) -> (Self, Option<Wrong>) {
        let client = login::client(&request);
        let (parts, body) = request.into_parts();
        let head = Request::from_parts(parts.clone(), ());
        let mut asked = Self { head, client, query: Params::default(), form: Params::default(), json: Bytes::new() };
        let read = async {
            asked.query = Params::parse(parts.uri.query().unwrap_or_default().as_bytes())?;
            if parts.method != Method::POST {
                return Ok(());
            }
            let wanted = if takes_json { "application/json" } else { "application/x-www-form-urlencoded" };
            let is_right = parts
                .headers
                .get(CONTENT_TYPE)
                .and_then(|kind| kind.to_str().ok())
                .is_some_and(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted));
            let bytes = read(Request::from_parts(parts, body), BYTES_MAX, BODY_TIMEOUT).await;
            let bytes = bytes.map_err(crate::error::Failure::from)?;
            if !is_right && !bytes.is_empty() {
                let why = if takes_json { "the body has to be JSON" } else { "the body has to be a form" };
                return Err(OAuthError::request(why).into());
            }
            if takes_json {
                asked.json = bytes;
                return Ok(());
            }
            asked.form = Params::parse(&bytes)?;
            Ok::<_, Wrong>(())
        };
        let unread = read.await.err();
        (asked, unread)
    }

    /// Which client asks, proved as it registered.
    async fn authenticated(&self, app: &App) -> Result<Client, OAuthError> {
        app.oauth().authenticate(&self.shown()?, self.client.ip).await
    }

    fn shown(&self) -> Result<Shown, OAuthError> {
        let unproved = || OAuthError::refused("invalid_client", "the client does not say who it is");
        let in_form = self.form.value("client_id");
        let secret = self.form.value("client_secret");
        let assertion = self.form.value("client_assertion");
        let line = self.head.headers().get(AUTHORIZATION);
        if [secret.is_some(), assertion.is_some(), line.is_some()].into_iter().filter(|is_used| *is_used).count() > 1 {
            return Err(OAuthError::request("the client proves itself in two ways"));
        }
        let (id, method, proof) = match (line, assertion) {
            (Some(line), _) => {
                let (id, secret) = line.to_str().ok().and_then(basic).ok_or_else(unproved)?;
                (id, AuthMethod::Basic, Some(secret.into()))
            }
            (None, Some(_)) if self.form.value("client_assertion_type") != Some(ASSERTION) => return Err(unproved()),
            (None, Some(assertion)) => {
                (named(assertion).ok_or_else(unproved)?, AuthMethod::Key, Some(assertion.into()))
            }
            (None, None) => {
                let method = if secret.is_some() { AuthMethod::Post } else { AuthMethod::None };
                (in_form.ok_or_else(unproved)?.to_owned(), method, secret.map(Into::into))
            }
        };
        if in_form.is_some_and(|other| other != id) {
            return Err(OAuthError::request("the client names itself in two ways"));
        }
        let certificate = self.head.extensions().get().map(|ClientCertificate(der)| der);
        let certificate =
            certificate.and_then(|der| Certificate::parse(der)).map(|shown| shown.names).unwrap_or_default();
        Ok(Shown { id, method, proof, certificate })
    }
}

/// Id and secret of `Authorization: Basic`, each encoded as in a form (RFC 6749, 2.3.1).
fn basic(line: &str) -> Option<(String, String)> {
    let (scheme, rest) = line.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decoded(id)?, decoded(secret)?))
}

fn decoded(text: &str) -> Option<String> {
    form_urlencoded::parse(text.replace(['&', '='], "%").as_bytes()).next().map(|(name, _)| name.into_owned())
}
