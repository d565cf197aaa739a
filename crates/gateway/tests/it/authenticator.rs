//! An authenticator and the browser around it, in software, that lies as it is told to.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub(crate) const ORIGIN: &str = "http://localhost:8080";
pub(crate) const PRESENT: u8 = 1;
pub(crate) const VERIFIED: u8 = 4;
pub(crate) const BACKUP_ELIGIBLE: u8 = 8;
pub(crate) const BACKED_UP: u8 = 16;
const ATTESTED: u8 = 64;

pub(crate) enum Key {
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// One credential, and what is said about it. Each field can be set to what an attack needs.
#[derive(Clone)]
pub(crate) struct Authenticator {
    pub(crate) key: Arc<Key>,
    pub(crate) id: Vec<u8>,
    pub(crate) handle: Option<Vec<u8>>,
    pub(crate) flags: u8,
    /// Said with the next signature; rises unless it is zero.
    pub(crate) counter: u32,
    pub(crate) origin: String,
    pub(crate) rp_id: String,
    /// In the place of the ceremony's own.
    pub(crate) kind: Option<&'static str>,
    /// In the place of what was asked.
    pub(crate) challenge: Option<String>,
    /// More members of the client data.
    pub(crate) client: Value,
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().expect("base64url")).unwrap()
}

/// A CBOR head: the major type and the number.
fn head(major: u8, number: usize) -> Vec<u8> {
    let major = major << 5;
    match number {
        0..24 => vec![major | number as u8],
        24..256 => vec![major | 24, number as u8],
        _ => [vec![major | 25], (number as u16).to_be_bytes().to_vec()].concat(),
    }
}

pub(crate) fn cbor_int(number: i64) -> Vec<u8> {
    if number < 0 { head(1, usize::try_from(-1 - number).unwrap()) } else { head(0, usize::try_from(number).unwrap()) }
}

pub(crate) fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    [head(2, bytes.len()), bytes.to_vec()].concat()
}

pub(crate) fn cbor_text(text: &str) -> Vec<u8> {
    [head(3, text.len()), text.as_bytes().to_vec()].concat()
}

pub(crate) fn cbor_map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let pairs = entries.iter().flat_map(|(key, value)| [key.clone(), value.clone()]);
    [vec![head(5, entries.len())], pairs.collect()].concat().concat()
}

impl Key {
    pub(crate) fn ec() -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
        Self::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap())
    }

    pub(crate) fn ed() -> Self {
        Self::Ed(Ed25519KeyPair::generate().unwrap())
    }

    pub(crate) fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// As COSE, sorted as CTAP2 asks for.
    pub(crate) fn cose(&self) -> Vec<u8> {
        let entry = |label: i64, value: Vec<u8>| (cbor_int(label), value);
        match self {
            Self::Ec(pair) => {
                let point = pair.public_key().as_ref();
                cbor_map(&[
                    entry(1, cbor_int(2)),
                    entry(3, cbor_int(-7)),
                    entry(-1, cbor_int(1)),
                    entry(-2, cbor_bytes(&point[1..33])),
                    entry(-3, cbor_bytes(&point[33..])),
                ])
            }
            Self::Ed(pair) => cbor_map(&[
                entry(1, cbor_int(1)),
                entry(3, cbor_int(-8)),
                entry(-1, cbor_int(6)),
                entry(-2, cbor_bytes(pair.public_key().as_ref())),
            ]),
            Self::Rsa(pair) => {
                // RSAPublicKey of PKCS#1: a sequence, the modulus after a zero, and 65537.
                let der = pair.public_key().as_ref();
                cbor_map(&[
                    entry(1, cbor_int(3)),
                    entry(3, cbor_int(-257)),
                    entry(-1, cbor_bytes(&der[9..265])),
                    entry(-2, cbor_bytes(&der[der.len() - 3..])),
                ])
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }
}

impl Authenticator {
    /// An honest one, of which nothing is in a backup and which counts.
    pub(crate) fn new(key: Key) -> Self {
        let mut id = vec![0; 32];
        rand::fill(&mut id).unwrap();
        Self {
            key: Arc::new(key),
            id,
            handle: None,
            flags: PRESENT | VERIFIED,
            counter: 1,
            origin: ORIGIN.to_owned(),
            rp_id: "localhost".to_owned(),
            kind: None,
            challenge: None,
            client: json!({}),
        }
    }

    /// Makes a credential: `RegistrationResponseJSON`.
    pub(crate) fn create(&mut self, options: &Value) -> Value {
        let key = self.key.cose();
        self.create_with(options, &key)
    }

    /// As [`Authenticator::create`], with another public key.
    pub(crate) fn create_with(&mut self, options: &Value, key: &[u8]) -> Value {
        self.handle = Some(decode(&options["user"]["id"]));
        let data = self.attested_data(key);
        let object = cbor_map(&[
            (cbor_text("fmt"), cbor_text("none")),
            (cbor_text("attStmt"), cbor_map(&[])),
            (cbor_text("authData"), cbor_bytes(&data)),
        ]);
        self.created(options, &object)
    }

    pub(crate) fn attested_data(&mut self, key: &[u8]) -> Vec<u8> {
        let mut data = self.data(ATTESTED);
        data.extend([0; 16]);
        data.extend((self.id.len() as u16).to_be_bytes());
        data.extend(&self.id);
        data.extend(key);
        data
    }

    /// The response around an attestation object.
    pub(crate) fn created(&self, options: &Value, object: &[u8]) -> Value {
        let id = encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": encode(self.client_data("webauthn.create", options).as_bytes()),
                "attestationObject": encode(object),
                "transports": ["internal", "hybrid", "carrier-pigeon"],
            },
        })
    }

    /// Shows the credential: `AuthenticationResponseJSON`.
    pub(crate) fn get(&mut self, options: &Value) -> Value {
        let data = self.data(0);
        let client = self.client_data("webauthn.get", options);
        let signed = [data.as_slice(), digest(&SHA256, client.as_bytes()).as_ref()].concat();
        let id = encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(client.as_bytes()),
                "authenticatorData": encode(&data),
                "signature": encode(&self.key.sign(&signed)),
                "userHandle": self.handle.as_deref().map(encode),
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        let asked = options["challenge"].as_str().expect("a challenge");
        let mut data = json!({
            "type": self.kind.unwrap_or(kind),
            "challenge": self.challenge.as_deref().unwrap_or(asked),
            "origin": self.origin,
            "crossOrigin": false,
            "other_keys_can_be_added_here": "do not compare clientDataJSON against a template",
        });
        for (name, value) in self.client.as_object().unwrap() {
            data[name] = value.clone();
        }
        data.to_string()
    }

    fn data(&mut self, more_flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(self.flags | more_flags);
        data.extend(self.counter.to_be_bytes());
        self.counter += u32::from(self.counter > 0);
        data
    }
}
