//! What an ACME server is shown, while an order is under way: an answer at the redirect listener (`http-01`), or a certificate
//! in a handshake that asks for nothing else (`tls-alpn-01`, RFC 8737).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::ClientHello;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, version};

use super::super::tls::TlsError;
use super::order::AcmeError;

/// The protocol of a handshake that is a challenge.
const PROTOCOL: &[u8] = b"acme-tls/1";

/// What is shown now.
#[derive(Debug, Clone, Default)]
pub struct Challenges(Arc<Mutex<Answers>>);

#[derive(Debug, Default)]
struct Answers {
    /// By token.
    texts: HashMap<String, String>,
    /// By the name that is proven.
    handshakes: HashMap<String, Arc<ServerConfig>>,
}

/// An answer that is shown as long as this is held.
#[derive(Debug)]
pub(super) struct Shown {
    challenges: Challenges,
    /// The token, or the name.
    of: String,
}

impl Challenges {
    /// The answer to a token.
    pub fn answer(&self, token: &str) -> Option<String> {
        self.all().texts.get(token).cloned()
    }

    /// Whether any handshake may be a challenge now.
    pub fn has_handshakes(&self) -> bool {
        !self.all().handshakes.is_empty()
    }

    /// What a handshake is answered with that is a challenge: it offers the one protocol, and names what is being proven.
    pub fn handshake(&self, hello: &ClientHello<'_>) -> Option<Arc<ServerConfig>> {
        let mut protocols = hello.alpn()?;
        let is_challenge = protocols.next() == Some(PROTOCOL) && protocols.next().is_none();
        let name = hello.server_name().filter(|_| is_challenge)?.to_ascii_lowercase();
        self.all().handshakes.get(&name).cloned()
    }

    pub(super) fn show(&self, token: &str, answer: &str) -> Shown {
        self.all().texts.insert(token.to_owned(), answer.to_owned());
        Shown { challenges: self.clone(), of: token.to_owned() }
    }

    /// Shows the hash of an answer in handshakes with this name.
    pub(super) fn show_in_handshakes(&self, name: &str, hash: &[u8; 32]) -> Result<Shown, AcmeError> {
        let config = Arc::new(certified(name, hash)?);
        self.all().handshakes.insert(name.to_owned(), config);
        Ok(Shown { challenges: self.clone(), of: name.to_owned() })
    }

    fn all(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let mut answers = self.challenges.all();
        answers.texts.remove(&self.of);
        answers.handshakes.remove(&self.of);
    }
}

/// TLS with the certificate that says the hash, signed by itself, and a key of its own.
fn certified(name: &str, hash: &[u8; 32]) -> Result<ServerConfig, AcmeError> {
    let key = KeyPair::generate().map_err(AcmeError::Request)?;
    let mut params = CertificateParams::new([name.to_owned()]).map_err(AcmeError::Request)?;
    params.distinguished_name = DistinguishedName::new();
    params.custom_extensions.push(CustomExtension::new_acme_identifier(hash));
    let chain = vec![params.self_signed(&key).map_err(AcmeError::Request)?.der().clone()];
    let unusable = |error| AcmeError::Tls(TlsError::Unusable(error));
    let provider = Arc::new(aws_lc_rs::default_provider());
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = provider.key_provider.load_private_key(key).map_err(unusable)?;
    // Not checked against each other: the extension is critical, and rustls does not know it.
    let shown = SingleCertAndKey::from(CertifiedKey::new(chain, key));
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_protocol_versions(&[&version::TLS13]).map_err(unusable)?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(shown));
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;
    use rustls::server::Acceptor;
    use rustls::{ClientConfig, ClientConnection, RootCertStore};

    use super::*;

    #[test]
    fn an_answer_is_shown_only_while_its_order_is_under_way() {
        let challenges = Challenges::default();
        let shown = challenges.show("token", "token.thumb");
        assert_eq!(challenges.answer("token").as_deref(), Some("token.thumb"));
        assert_eq!(challenges.answer("other"), None);
        drop(shown);
        assert_eq!(challenges.answer("token"), None);
    }

    /// Whether a handshake of this client is taken for a challenge.
    fn is_challenge(challenges: &Challenges, name: &str, protocols: &[&[u8]]) -> bool {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut client = builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
        client.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut hello = Vec::new();
        ClientConnection::new(Arc::new(client), name).unwrap().write_tls(&mut hello).unwrap();
        let mut acceptor = Acceptor::default();
        acceptor.read_tls(&mut hello.as_slice()).unwrap();
        let accepted = acceptor.accept().unwrap().unwrap();
        challenges.handshake(&accepted.client_hello()).is_some()
    }

    #[test]
    fn a_handshake_is_a_challenge_for_its_name_and_its_one_protocol_while_the_order_is_under_way() {
        let challenges = Challenges::default();
        let shown = challenges.show_in_handshakes("gate.example", &[7; 32]).unwrap();
        let is_challenge = |name: &str, protocols: &[&[u8]]| is_challenge(&challenges, name, protocols);
        assert!(is_challenge("gate.example", &[PROTOCOL]) && is_challenge("GATE.example", &[PROTOCOL]));
        let h2 = b"h2".as_slice();
        for protocols in [&[][..], &[h2], &[h2, PROTOCOL], &[PROTOCOL, h2], &[PROTOCOL, PROTOCOL]] {
            assert!(!is_challenge("gate.example", protocols), "{protocols:?}");
        }
        assert!(!is_challenge("other.example", &[PROTOCOL]) && !is_challenge("127.0.0.1", &[PROTOCOL]));
        drop(shown);
        assert!(!is_challenge("gate.example", &[PROTOCOL]) && !challenges.has_handshakes());
    }
}
