//! The readers, on good bytes, on broken ones, and on any.

use aws_lc_rs::digest::{SHA256, digest};
use proptest::prelude::*;

use super::Refused;
use super::authenticator::{AuthenticatorData, attested_data};
use super::client::{self, Ceremony};
use super::cose::CredentialKey;
use super::party::RelyingParty;
use super::wire::{Assertion, Registration};
use crate::auth::mfa::config::MfaConfig;

/// `{1: 1, 3: -8, -1: 6, -2: …}`, with the public key of RFC 8032, 7.1.
fn ed25519() -> Vec<u8> {
    let x = b"\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a\x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a";
    [&[0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20][..], x].concat()
}

fn data() -> Vec<u8> {
    [&[7; 32][..], &[0x45, 0, 0, 0, 1], &[0; 16], &[0, 4], b"cred", &ed25519()].concat()
}

fn object() -> Vec<u8> {
    let data = data();
    let head = [0x58, u8::try_from(data.len()).unwrap()];
    [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData".as_slice(), &head, &data].concat()
}

fn party() -> RelyingParty {
    RelyingParty::of(&MfaConfig::default(), Some("https://ai.example.com")).unwrap()
}

/// Reads bytes with every reader.
fn read(bytes: &[u8]) {
    let _ = CredentialKey::parse(bytes);
    let _ = AuthenticatorData::parse(bytes);
    if let Ok(data) = attested_data(bytes) {
        let _ = AuthenticatorData::parse(data);
    }
    let _ = client::challenge(bytes, Ceremony::Get, &party());
    let _ = serde_json::from_slice::<Assertion>(bytes);
    let _ = serde_json::from_slice::<Registration>(bytes);
}

#[test]
fn what_authenticators_write_is_read() {
    let object = object();
    let bytes = attested_data(&object).unwrap();
    let data = AuthenticatorData::parse(bytes).unwrap();
    let attested = data.attested.as_ref().unwrap();
    assert_eq!((data.counter, attested.id, attested.key), (1, &b"cred"[..], &ed25519()[..]));
    assert!(data.check(&[7; 32]).is_ok());
    assert_eq!(data.check(&[8; 32]), Err(Refused::RelyingParty));
}

#[test]
fn a_key_verifies_with_its_own_algorithm_only() {
    let signature = b"\xe5\x56\x43\x00\xc3\x60\xac\x72\x90\x86\xe2\xcc\x80\x6e\x82\x8a\x84\x87\x7f\x1e\xb8\xe5\xd9\x74\xd8\x73\xe0\x65\x22\x49\x01\x55\x5f\xb8\x82\x15\x90\xa3\x3b\xac\xc6\x1e\x39\x70\x1c\xf9\xb4\x6b\xd2\x5b\xf5\xf0\x59\x5b\xbe\x24\x65\x51\x41\x43\x8e\x7a\x10\x0b";
    let key = CredentialKey::parse(&ed25519()).unwrap();
    assert!(key.verifies(b"", signature) && !key.verifies(b"a", signature));
    let mut other = ed25519();
    other[4] = 0x26;
    assert_eq!(CredentialKey::parse(&other).err(), Some(Refused::Algorithm), "ES256 with a key of Ed25519");
}

#[test]
fn every_cut_of_a_good_object_is_refused() {
    let object = object();
    for end in 0..object.len() {
        assert!(attested_data(&object[..end]).is_err(), "{end}");
    }
    let data = data();
    for end in 0..data.len() {
        assert!(AuthenticatorData::parse(&data[..end]).is_err(), "{end}");
    }
}

#[test]
fn numbers_that_promise_too_much_are_not_believed() {
    for head in [&b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff"[..], b"\xba\xff\xff\xff\xff", b"\xb9\xff\xff", b"\xbf"] {
        assert_eq!(CredentialKey::parse(head).err(), Some(Refused::Malformed));
        assert!(attested_data(head).is_err());
    }
    // Deep nesting is walked, not climbed.
    let deep = [&b"\xa3\x67attStmt\xa1\x00"[..], &[0x81; 8_000], &[0]].concat();
    assert!(attested_data(&deep).is_err());
}

#[test]
fn origins_are_compared_to_the_letter_and_names_are_names() {
    let config = MfaConfig { passkey_origins: vec!["https://console.example.com".into()], ..MfaConfig::default() };
    let own = MfaConfig { passkey_rp_id: Some("example.com".into()), ..config };
    let party = RelyingParty::of(&own, Some("https://ai.example.com")).unwrap();
    assert_eq!(party.id, "example.com");
    for (origin, expected) in [
        ("https://ai.example.com", true),
        ("https://console.example.com", true),
        ("https://example.com", false),
        ("https://ai.example.com:443", false),
        ("https://ai.example.com/", false),
        ("http://ai.example.com", false),
    ] {
        assert_eq!(party.is_origin(origin), expected, "{origin}");
    }
    for (url, expected) in [
        ("http://127.0.0.1:8080", false),
        ("http://[::1]:8080", false),
        ("https://AI.example.com", false),
        ("http://localhost:8080", true),
        ("https://ai.example.com:8443", true),
    ] {
        assert_eq!(RelyingParty::of(&MfaConfig::default(), Some(url)).is_some(), expected, "{url}");
    }
    assert!(RelyingParty::of(&MfaConfig::default(), None).is_none());
}

#[test]
fn settings_that_would_let_another_site_in_are_refused() {
    let own = Some("https://ai.example.com");
    let problems = |id: Option<&str>, origins: &[&str], url: Option<&str>| {
        let passkey_origins = origins.iter().map(ToString::to_string).collect();
        MfaConfig { passkey_rp_id: id.map(str::to_owned), passkey_origins, ..MfaConfig::default() }.problems(url)
    };
    assert!(problems(None, &[], own).is_empty() && problems(None, &[], None).is_empty());
    assert!(problems(Some("example.com"), &["https://console.example.com:8443"], own).is_empty());
    for (id, origins, url) in [
        (Some("com"), &[][..], own),
        (Some("evil.com"), &[], own),
        (Some("ample.com"), &[], own),
        (Some("EXAMPLE.com"), &[], own),
        (Some("example.com"), &[], None),
        (Some("0.0.1"), &[], Some("http://127.0.0.1:8080")),
        (None, &["https://evil.com"], own),
        (None, &["http://ai.example.com"], own),
        (None, &["https://console.example.com"], own),
        (None, &["https://ai.example.com/"], own),
        (None, &["*"], own),
    ] {
        assert_eq!(problems(id, origins, url).len(), 1, "{id:?} {origins:?} {url:?}");
    }
    let roles = MfaConfig { passkey_required_for: vec!["boss".into()], ..MfaConfig::default() };
    assert!(roles.problems(own)[0].starts_with("passkey_required_for: `boss`"), "{:?}", roles.problems(own));
    let roles = MfaConfig { passkey_required_for: vec!["owner".into()], ..MfaConfig::default() };
    assert_eq!(roles.problems(Some("http://127.0.0.1:8080")).len(), 1, "nobody could come in");
}

/// The standard's own examples, for `example.org`. Ours have to verify their user, which some of them do not.
#[test]
fn the_examples_of_the_standard_are_read_as_it_says() {
    const EXAMPLES: &str = include_str!("vector.json");
    let party = RelyingParty::of(&MfaConfig::default(), Some("https://example.org")).unwrap();
    let examples: serde_json::Value = serde_json::from_str(EXAMPLES).unwrap();
    let examples = examples["vectors"].as_array().unwrap();
    assert_eq!(examples.len(), 11);
    for example in examples {
        let name = example["name"].as_str().unwrap();
        for (ceremony, half) in [(Ceremony::Create, &example["created"]), (Ceremony::Get, &example["signed"])] {
            let asked = client::challenge(&hex(&half["client_data"]), ceremony, &party);
            let is_framed = name.contains("crossOrigin") || name.contains("topOrigin");
            let challenge = super::wire::encode(&hex(&half["challenge"]));
            assert_eq!(asked, if is_framed { Err(Refused::CrossOrigin) } else { Ok(challenge) }, "{name}");
        }
        let object = hex(&example["created"]["attestation_object"]);
        let made = AuthenticatorData::parse(attested_data(&object).unwrap());
        if matches!(name, "packed-es384" | "packed-ed448") {
            assert!(matches!(made, Err(Refused::Algorithm | Refused::Key)), "{name}");
            continue;
        }
        let made = made.unwrap_or_else(|refused| panic!("{name}: {refused}"));
        let attested = made.attested.as_ref().unwrap();
        assert_eq!(attested.id, hex(&example["credential"]), "{name}");
        assert_verified(name, &attested_data(&object).unwrap()[..37], &made, &party);
        let signed = &example["signed"];
        let data = hex(&signed["authenticator_data"]);
        assert_verified(name, &data, &AuthenticatorData::parse(&data).unwrap(), &party);
        let hash = digest(&SHA256, &hex(&signed["client_data"]));
        let mut message = [&data, hash.as_ref()].concat();
        let key = CredentialKey::parse(attested.key).unwrap();
        assert!(key.verifies(&message, &hex(&signed["signature"])), "{name}");
        message[36] ^= 1;
        assert!(!key.verifies(&message, &hex(&signed["signature"])), "{name}");
    }
}

fn assert_verified(name: &str, bytes: &[u8], data: &AuthenticatorData<'_>, party: &RelyingParty) {
    let is_verified = bytes[32] & 4 != 0;
    let expected = if is_verified { Ok(()) } else { Err(Refused::Verification) };
    assert_eq!(data.check(&party.id_hash), expected, "{name}");
    assert!(data.backup().is_ok(), "{name}");
}

fn hex(value: &serde_json::Value) -> Vec<u8> {
    let digits = value.as_str().unwrap().as_bytes();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
    }

    #[test]
    fn no_changed_object_makes_a_reader_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = object();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read(&bytes);
        let cut = cut.index(bytes.len());
        read(&bytes[..cut]);
        read(&bytes[cut..]);
    }

    #[test]
    fn what_is_read_is_read_whole(tail in proptest::collection::vec(any::<u8>(), 1..40)) {
        prop_assert!(CredentialKey::parse(&[ed25519(), tail.clone()].concat()).is_err());
        prop_assert!(AuthenticatorData::parse(&[data(), tail.clone()].concat()).is_err());
        prop_assert!(attested_data(&[object(), tail].concat()).is_err());
    }
}
