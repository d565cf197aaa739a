//! One certificate from an ACME server, from the account to the stored chain.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, ExternalAccountKey, Identifier, NewAccount,
    NewOrder, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::super::pin::Pin;
use super::super::tls::{Identity, TlsError};
use super::challenge::{Challenges, Shown};
use super::client::Http;
use super::config::{AcmeConfig, ExternalAccount, Proof};
use super::folder::Folder;
use crate::infra::network::egress::Egress;
use crate::infra::secrets::SecretError;

/// For all of it.
const TIMEOUT: Duration = Duration::from_secs(300);
/// How often it is begun again because the server did not take a nonce, where the client below had given up already.
const TRIES: usize = 8;
/// How long the server may take to look, and to issue.
const PATIENCE: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(120));

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    /// The server refused, or could not be reached.
    #[error("the ACME server issued no certificate")]
    Server(#[from] instant_acme::Error),
    /// The server does not offer what we can prove.
    #[error("the ACME server does not offer the kind of challenge that `server.tls.acme.challenge` says")]
    NoChallenge,
    /// It found that the names are not ours.
    #[error(
        "the ACME server did not find its challenge at every name: at port 80 with `http-01`, at 443 with `tls-alpn-01`"
    )]
    NotProven,
    /// It took too long.
    #[error("the ACME server took longer than five minutes")]
    Timeout,
    /// A request for a certificate cannot be made.
    #[error("a request for a certificate cannot be made")]
    Request(#[source] rcgen::Error),
    /// The roots cannot be read.
    #[error("the authorities that the ACME server is trusted by cannot be read")]
    Roots(#[source] std::io::Error),
    /// The key of the account at the operator cannot be had.
    #[error("server.tls.acme.external_account.key cannot be had")]
    ExternalSecret(#[source] SecretError),
    /// It is none.
    #[error("server.tls.acme.external_account.key: must be a key in base64url")]
    ExternalKey,
    /// What was issued cannot be used or stored.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// The account as it is kept: of which server, and its key.
#[derive(Serialize, Deserialize)]
struct Kept {
    directory: String,
    credentials: AccountCredentials,
}

/// Gets a certificate. `check` looks at its key before anything is asked.
///
/// # Errors
/// When the server does not issue one, or it cannot be used; what was stored before stays.
pub async fn order(
    config: &AcmeConfig,
    (folder, egress): (&Folder, &Arc<Egress>),
    challenges: &Challenges,
    check: impl Fn(&Pin) -> Result<(), TlsError>,
) -> Result<Identity, AcmeError> {
    let tries = async {
        for _ in 1..TRIES {
            match ordered(config, (folder, egress), challenges, &check).await {
                Err(AcmeError::Server(error)) if stale(&error) => {}
                done => return done,
            }
        }
        ordered(config, (folder, egress), challenges, &check).await
    };
    tokio::time::timeout(TIMEOUT, tries).await.map_err(|_| AcmeError::Timeout)?
}

/// RFC 8555, 6.5: a nonce that the server does not take is no refusal; one asks again, with another.
fn stale(error: &instant_acme::Error) -> bool {
    const BAD_NONCE: &str = "urn:ietf:params:acme:error:badNonce";
    matches!(error, instant_acme::Error::Api(problem) if problem.r#type.as_deref() == Some(BAD_NONCE))
}

async fn ordered(
    config: &AcmeConfig,
    (folder, egress): (&Folder, &Arc<Egress>),
    challenges: &Challenges,
    check: &impl Fn(&Pin) -> Result<(), TlsError>,
) -> Result<Identity, AcmeError> {
    let key = folder.key()?;
    check(&Pin::of_key(&key).map_err(TlsError::from)?)?;
    let account = account(config, folder, egress).await?;
    let names: Vec<Identifier> = config.domains.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await?;
    let shown = prove(&mut order, config.challenge, challenges).await?;
    if order.poll_ready(&PATIENCE).await? != OrderStatus::Ready {
        return Err(AcmeError::NotProven);
    }
    drop(shown);
    order.finalize_csr(&request(&config.domains, key.expose_secret())?).await?;
    let chain = order.poll_certificate(&PATIENCE).await?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain.as_bytes()).collect();
    let identity = Identity::new(certificates.unwrap_or_default(), &key)?;
    folder.store(&key, &chain)?;
    Ok(identity)
}

/// The account at the configured server; made when there is none.
async fn account(config: &AcmeConfig, folder: &Folder, egress: &Arc<Egress>) -> Result<Account, AcmeError> {
    let http = Http::new(config.directory_ca.as_deref(), egress).map_err(AcmeError::Roots)?;
    let builder = Account::builder_with_http(Box::new(http));
    if let Some(kept) = folder.account::<Kept>()?.filter(|kept| kept.directory == config.directory) {
        return Ok(builder.from_credentials(kept.credentials).await?);
    }
    let contact: Vec<&str> = config.contact.iter().map(String::as_str).collect();
    let new =
        NewAccount { contact: &contact, terms_of_service_agreed: config.terms_agreed, only_return_existing: false };
    let external = config.external_account.as_ref().map(external).transpose()?;
    let (account, credentials) = builder.create(&new, config.directory.clone(), external.as_ref()).await?;
    folder.store_account(&Kept { directory: config.directory.clone(), credentials })?;
    Ok(account)
}

fn external(account: &ExternalAccount) -> Result<ExternalAccountKey, AcmeError> {
    let key = account.key.resolve().map_err(AcmeError::ExternalSecret)?;
    let key = key.expose_secret().trim_end_matches('=');
    let key = URL_SAFE_NO_PAD.decode(key).map_err(|_| AcmeError::ExternalKey)?;
    Ok(ExternalAccountKey::new(account.id.clone(), &key))
}

/// Shows the answers to all challenges, and tells the server to look.
async fn prove(
    order: &mut instant_acme::Order,
    proof: Proof,
    challenges: &Challenges,
) -> Result<Vec<Shown>, AcmeError> {
    let kind = match proof {
        Proof::Http => ChallengeType::Http01,
        Proof::TlsAlpn => ChallengeType::TlsAlpn01,
    };
    let mut shown = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let mut challenge = authorization.challenge(kind.clone()).ok_or(AcmeError::NoChallenge)?;
        let answer = challenge.key_authorization();
        shown.push(match proof {
            Proof::Http => challenges.show(&challenge.token, answer.as_str()),
            Proof::TlsAlpn => {
                let name = challenge.identifier().to_string();
                let hash = answer.digest().as_ref().try_into().map_err(|_| AcmeError::NoChallenge)?;
                challenges.show_in_handshakes(&name, &hash)?
            }
        });
        challenge.set_ready().await?;
    }
    Ok(shown)
}

/// A request for a certificate, in DER.
fn request(domains: &[String], key: &str) -> Result<Vec<u8>, AcmeError> {
    let key = KeyPair::from_pem(key).map_err(AcmeError::Request)?;
    let mut params = CertificateParams::new(domains).map_err(AcmeError::Request)?;
    params.distinguished_name = DistinguishedName::new();
    Ok(params.serialize_request(&key).map_err(AcmeError::Request)?.der().to_vec())
}
