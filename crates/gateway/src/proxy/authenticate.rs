//! Who asks: by an API key, or by an access token, bare or with the proof of its key.

use std::sync::Arc;

use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, Request};

use crate::app::App;
use crate::auth::Identity;
use crate::auth::jwt::binding::{Binding, Confirmation};
use crate::auth::jwt::dpop::{Asked, Asker, BadProof};
use crate::auth::jwt::{Presentation, Rejected};
use crate::error::Failure;
use crate::http::listen::ClientCertificate;

/// What is presented to say who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presented<'h> {
    Key(&'h str),
    Bearer(&'h str),
    Dpop(&'h str),
}

/// Finds out who asks. SDKs send a key as a bearer token (OpenAI) or as `x-api-key` (Anthropic).
///
/// # Errors
/// When there is no credential, more than one, or none that is valid.
pub async fn authenticate<B>(app: &App, request: &Request<B>) -> Result<Arc<Identity>, Failure> {
    let found = match presented(request.headers()) {
        Some(Presented::Key(key)) => app.keys.verify(key).await.ok_or(Failure::Unauthenticated),
        Some(Presented::Bearer(token)) => {
            let shown = certificate(request);
            let presented = Presentation { is_dpop: false, proved: shown.as_ref() };
            app.tokens.verify(token, presented).await.map_err(|rejected| refused(app, rejected))
        }
        Some(Presented::Dpop(token)) => {
            with_proof(app, request, token).await.map_err(|rejected| refused(app, rejected))
        }
        None => Err(Failure::Unauthenticated),
    };
    if found.is_err() {
        app.metrics.unauthenticated.inc();
    }
    found
}

/// Finds out who asks by an access token in a cookie. The caller checks that no other site sent it.
///
/// # Errors
/// When the token is not valid.
pub async fn authenticate_cookie(app: &App, token: &str) -> Result<Arc<Identity>, Failure> {
    app.tokens.verify(token, Presentation::default()).await.map_err(|rejected| refused(app, rejected))
}

/// Whether a header, rather than a cookie, says who asks.
pub fn has_credential(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION) || headers.contains_key("x-api-key")
}

/// What a request proves to hold: the key of the proof that it carries (RFC 9449), or else the certificate that its
/// connection was made with (RFC 8705).
///
/// # Errors
/// When the proof is not one of this request.
pub async fn proved<B>(app: &App, request: &Request<B>, by: Asker<'_>) -> Result<Option<Binding>, Failure> {
    if !request.headers().contains_key("dpop") {
        return Ok(certificate(request));
    }
    let key = proof_of(app, request, (None, by)).await.map_err(|bad| refused(app, app.tokens.reject(bad.into())))?;
    Ok(Some(Binding::Key(key)))
}

fn certificate<B>(request: &Request<B>) -> Option<Binding> {
    let ClientCertificate(shown) = request.extensions().get()?;
    Some(Binding::to_certificate(shown))
}

async fn with_proof<B>(app: &App, request: &Request<B>, token: &str) -> Result<Arc<Identity>, Rejected> {
    // The token first: who has none cannot fill the memory of proofs.
    let verified = app.tokens.look_at(token).await?;
    let Some(Confirmation::Key(own)) = &verified.claims.cnf else {
        return Err(app.tokens.reject(Rejected::Binding));
    };
    let key =
        proof_of(app, request, (Some(token), Asker::Holder(own))).await.map_err(|bad| app.tokens.reject(bad.into()))?;
    let binding = Binding::Key(key);
    app.tokens.verify(token, Presentation { is_dpop: true, proved: Some(&binding) }).await
}

async fn proof_of<B>(
    app: &App,
    request: &Request<B>,
    (token, by): (Option<&str>, Asker<'_>),
) -> Result<String, BadProof> {
    let mut proofs = request.headers().get_all("dpop").iter();
    let (proof, more) = (proofs.next(), proofs.next());
    let proof = proof.filter(|_| more.is_none()).and_then(|proof| proof.to_str().ok()).ok_or(BadProof::Missing)?;
    let addresses = addresses(app, request);
    let asked = Asked { method: request.method().as_str(), addresses: &addresses, proof, token, by };
    app.tokens.proofs.verify(asked, app.clock.now().as_second()).await
}

/// The addresses that this request may be known by.
fn addresses<B>(app: &App, request: &Request<B>) -> Vec<String> {
    let path = request.uri().path();
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(http::uri::Authority::as_str)).unwrap_or_default();
    let here = ["https", "http"].iter().map(|scheme| format!("{scheme}://{host}{path}"));
    match app.csrf.origin() {
        // The admin plane is on loopback and has no public address.
        Some(own) if is_loopback(host) => here.chain([format!("{own}{path}")]).collect(),
        Some(own) => vec![format!("{own}{path}")],
        None => here.collect(),
    }
}

fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

fn refused(app: &App, rejected: Rejected) -> Failure {
    app.metrics.reject(rejected.name());
    let is_nonce = rejected == Rejected::Proof(BadProof::Nonce);
    let nonce = is_nonce.then(|| app.tokens.proofs.nonce(app.clock.now().as_second())).flatten();
    Failure::Token { rejected, nonce }
}

fn presented(headers: &HeaderMap) -> Option<Presented<'_>> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let (line, more) = (lines.next(), lines.next());
    let bearer = line.filter(|_| more.is_none()).and_then(|value| value.to_str().ok()).and_then(|value| {
        let (scheme, text) = value.split_once(' ')?;
        let text = text.trim();
        match scheme {
            _ if scheme.eq_ignore_ascii_case("dpop") => Some(Presented::Dpop(text)),
            _ if !scheme.eq_ignore_ascii_case("bearer") => None,
            // No key has a dot in it, and every token has two.
            _ if text.contains('.') => Some(Presented::Bearer(text)),
            _ => Some(Presented::Key(text)),
        }
    });
    match (bearer, headers.get("x-api-key").map(|value| value.to_str().ok())) {
        (Some(bearer), None) => Some(bearer),
        (None, Some(key)) if line.is_none() => key.map(Presented::Key),
        // Two that agree are one; two that differ leave open whose request it is.
        (Some(bearer @ Presented::Key(one)), Some(Some(other))) if one == other => Some(bearer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[(&'static str, &'static str)], expected: Option<Presented<'_>>) {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        assert_eq!(presented(&headers), expected, "{lines:?}");
    }

    #[test]
    fn one_credential_is_presented_or_none() {
        check(&[("authorization", "Bearer pc-a")], Some(Presented::Key("pc-a")));
        check(&[("authorization", "bearer a.b.c")], Some(Presented::Bearer("a.b.c")));
        check(&[("authorization", "DPoP a.b.c")], Some(Presented::Dpop("a.b.c")));
        check(&[("x-api-key", "pc-a")], Some(Presented::Key("pc-a")));
        check(&[("authorization", "Bearer pc-a"), ("x-api-key", "pc-a")], Some(Presented::Key("pc-a")));
        check(&[("authorization", "Bearer pc-a"), ("x-api-key", "pc-b")], None);
        check(&[("authorization", "Bearer a.b.c"), ("x-api-key", "pc-b")], None);
        check(&[("authorization", "Bearer a.b.c"), ("authorization", "Bearer d.e.f")], None);
        check(&[("authorization", "Basic a.b.c"), ("x-api-key", "pc-b")], None);
        check(&[], None);
    }
}
