//! From a code to what the provider says of a person: the token endpoint, the ID token, and the user info where the ID token
//! does not say enough.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::Full;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::claims::Said;
use super::config::ClientAuth;
use super::discovery::Metadata;
use super::error::{BadToken, OutsideError, Refused};
use super::fetch::FetchError;
use super::flow::Returned;
use super::id_token::{self, Expected};
use super::{Outside, Provider};

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Deserialize)]
struct Tokens {
    id_token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    token_type: Option<String>,
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
struct Fault {
    error: String,
}

impl Outside {
    /// Exchanges a code and checks everything that comes of it.
    pub(super) async fn exchange(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        code: &str,
        returned: &Returned,
    ) -> Result<Said, OutsideError> {
        let tokens = self.tokens(provider, metadata, code, &returned.verifier).await?;
        let id_token = tokens.id_token.as_deref().ok_or(Refused::IdToken(BadToken::Form))?;
        let unverified = id_token::open(id_token).map_err(Refused::from)?;
        let now = self.now_s();
        let fetcher = self.fetcher()?;
        let from = (&*fetcher, &metadata.jwks, provider.config.timeout_ms);
        provider.keys.verify(from, &unverified.signed(), now).await?;
        let claims = id_token::read(&unverified.parts.payload).map_err(Refused::from)?;
        let expected = Expected {
            issuer: &provider.config.issuer,
            client_id: &provider.config.client_id,
            nonce: &returned.nonce,
            code,
            access_token: tokens.access_token.as_deref(),
            login_since: returned.flow.is_fresh.then_some(returned.flow.begun_at),
        };
        claims.check(unverified.algorithm, &expected, now).map_err(Refused::from)?;
        let mut said = Said { subject: claims.sub, auth_time: claims.auth_time, claims: claims.rest };
        if said.lacks_something(&provider.config)
            && let (Some(uri), Some(token)) = (&metadata.userinfo, &tokens.access_token)
        {
            self.add_user_info(provider, (uri, token), &mut said).await?;
        }
        Ok(said)
    }

    async fn tokens(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        code: &str,
        verifier: &str,
    ) -> Result<Tokens, OutsideError> {
        let request = self.token_request(provider, &metadata.token, code, verifier)?;
        let unavailable = |why| Refused::Unavailable("token", why);
        let fetched = self.fetcher()?.ask(request, provider.config.timeout_ms).await.map_err(unavailable)?;
        if matches!(fetched.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED) {
            let fault = serde_json::from_slice::<Fault>(&fetched.body).map(|fault| fault.error);
            return Err(Refused::Code(plain_code(&fault.unwrap_or_default())).into());
        }
        let tokens: Tokens = fetched.json().map_err(unavailable)?;
        let is_bearer = tokens.token_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
        if is_bearer { Ok(tokens) } else { Err(unavailable(FetchError::Form).into()) }
    }

    fn token_request(
        &self,
        provider: &Provider,
        uri: &http::Uri,
        code: &str,
        verifier: &str,
    ) -> Result<Request<Full<Bytes>>, OutsideError> {
        let config = &provider.config;
        let secret = config.client_secret.as_ref().map(|secret| secret.resolve()).transpose()?;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.redirect_uri(provider))
            .append_pair("code_verifier", verifier);
        let mut request = Request::post(uri).header(CONTENT_TYPE, FORM).header(ACCEPT, JSON);
        match (&secret, config.client_auth) {
            (Some(secret), ClientAuth::ClientSecretBasic) => {
                request = request.header(AUTHORIZATION, basic(&config.client_id, secret.expose_secret()));
            }
            (Some(secret), ClientAuth::ClientSecretPost) => {
                form.append_pair("client_id", &config.client_id).append_pair("client_secret", secret.expose_secret());
            }
            (None, _) => {
                form.append_pair("client_id", &config.client_id);
            }
        }
        let body = Full::from(form.finish());
        Ok(request.body(body).map_err(|_| Refused::Unavailable("token", FetchError::Unreachable))?)
    }

    /// Adds what the ID token does not say. What it says stands.
    async fn add_user_info(
        &self,
        provider: &Provider,
        (uri, token): (&http::Uri, &str),
        said: &mut Said,
    ) -> Result<(), OutsideError> {
        let unavailable = |why| Refused::Unavailable("userinfo", why);
        let request = Request::get(uri).header(ACCEPT, JSON).header(AUTHORIZATION, bearer(token));
        let request = request.body(Full::default()).map_err(|_| unavailable(FetchError::Unreachable))?;
        let fetched = self.fetcher()?.ask(request, provider.config.timeout_ms).await.map_err(unavailable)?;
        let info: UserInfo = fetched.json().map_err(unavailable)?;
        if info.sub != said.subject {
            return Err(Refused::UserInfo.into());
        }
        for (name, value) in info.rest {
            said.claims.entry(name).or_insert(value);
        }
        Ok(())
    }
}

/// Id and secret, each encoded as in a form (RFC 6749, 2.3.1).
fn basic(id: &str, secret: &str) -> HeaderValue {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    header(&format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)))))
}

fn bearer(token: &str) -> HeaderValue {
    header(&format!("Bearer {token}"))
}

/// A header nobody logs; empty for what cannot be one, which a provider then refuses.
fn header(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// The code of an error, as it may stand in the log: of the letters that RFCs use, and short.
pub(super) fn plain_code(text: &str) -> String {
    let is_plain = !text.is_empty() && text.len() <= 40 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if is_plain { text.to_owned() } else { "unnamed".to_owned() }
}
