//! Public keys as authenticators write them (COSE, RFC 9052 and 9053): three kinds, each with one algorithm.
//!
//! A key verifies with its own algorithm and nothing else. Maps are of definite length and no label comes twice.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use minicbor::Decoder;
use minicbor::data::Type;

use super::Refused;

/// What is asked for, most wanted first: EdDSA, ES256, RS256.
pub(super) const ALGORITHMS: [i64; 3] = [-8, -7, -257];
/// Entries of the map; RSA has four.
const ENTRIES_MAX: u64 = 8;
const COORDINATE_BYTES: usize = 32;
/// 2048 to 4096 bits: more only costs time.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;
const EXPONENT_BYTES_MAX: usize = 4;

/// A public key, ready to verify.
pub(super) struct CredentialKey(ParsedPublicKey);

/// The labels that matter (RFC 9052, 7.1; RFC 9053, 7; RFC 8230, 4).
#[derive(Default)]
struct Labels<'b> {
    kind: Option<i64>,
    algorithm: Option<i64>,
    /// The curve (-1), for RSA the modulus.
    curve: Option<i64>,
    first: Option<&'b [u8]>,
    /// The coordinate x (-2), for RSA the exponent.
    second: Option<&'b [u8]>,
    /// The coordinate y (-3).
    third: Option<&'b [u8]>,
}

impl CredentialKey {
    /// Reads a key that is all of these bytes.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        let mut decoder = Decoder::new(bytes);
        let key = Self::decode(&mut decoder)?;
        if decoder.position() == bytes.len() { Ok(key) } else { Err(Refused::Malformed) }
    }

    /// Reads the key that comes next.
    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, Refused> {
        let labels = Labels::decode(decoder)?;
        match (labels.kind, labels.algorithm) {
            (Some(1), Some(-8)) => labels.ed25519(),
            (Some(2), Some(-7)) => labels.p256(),
            (Some(3), Some(-257)) => labels.rsa(),
            (Some(_), Some(_)) => Err(Refused::Algorithm),
            _ => Err(Refused::Key),
        }
        .map(Self)
    }

    /// Whether the signature is this key's.
    pub(super) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(signed, signature).is_ok()
    }
}

impl<'b> Labels<'b> {
    fn decode(decoder: &mut Decoder<'b>) -> Result<Self, Refused> {
        let count = entries(decoder, ENTRIES_MAX)?;
        let (mut labels, mut seen) = (Self::default(), Vec::new());
        for _ in 0..count {
            let label = decoder.i64().map_err(|_| Refused::Malformed)?;
            if seen.contains(&label) {
                return Err(Refused::Malformed);
            }
            seen.push(label);
            labels.take(label, decoder)?;
        }
        Ok(labels)
    }

    fn take(&mut self, label: i64, decoder: &mut Decoder<'b>) -> Result<(), Refused> {
        let malformed = |_| Refused::Malformed;
        match label {
            1 => self.kind = Some(decoder.i64().map_err(malformed)?),
            3 => self.algorithm = Some(decoder.i64().map_err(malformed)?),
            -1 if decoder.datatype().map_err(malformed)? == Type::Bytes => {
                self.first = Some(decoder.bytes().map_err(malformed)?);
            }
            -1 => self.curve = Some(decoder.i64().map_err(malformed)?),
            -2 => self.second = Some(decoder.bytes().map_err(malformed)?),
            // A sign in the place of y is compression, which WebAuthn forbids.
            -3 => self.third = Some(decoder.bytes().map_err(malformed)?),
            _ => decoder.skip().map_err(malformed)?,
        }
        Ok(())
    }

    fn ed25519(&self) -> Result<ParsedPublicKey, Refused> {
        match (self.curve, coordinate(self.second), self.third) {
            (Some(6), Some(x), None) => ParsedPublicKey::new(&ED25519, x).map_err(|_| Refused::Key),
            _ => Err(Refused::Key),
        }
    }

    /// The library checks that the point is on the curve.
    fn p256(&self) -> Result<ParsedPublicKey, Refused> {
        match (self.curve, coordinate(self.second), coordinate(self.third)) {
            (Some(1), Some(x), Some(y)) => {
                let point = [&[4], x, y].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).map_err(|_| Refused::Key)
            }
            _ => Err(Refused::Key),
        }
    }

    fn rsa(&self) -> Result<ParsedPublicKey, Refused> {
        let (Some(n), Some(e)) = (self.first, self.second) else { return Err(Refused::Key) };
        let is_modulus = MODULUS_BYTES.contains(&n.len()) && n[0] != 0 && n[n.len() - 1] & 1 == 1;
        let is_exponent = (1..=EXPONENT_BYTES_MAX).contains(&e.len()) && e[0] != 0 && e[e.len() - 1] & 1 == 1;
        if !is_modulus || !is_exponent || e == [1] {
            return Err(Refused::Key);
        }
        RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).map_err(|_| Refused::Key)
    }
}

fn coordinate(bytes: Option<&[u8]>) -> Option<&[u8]> {
    bytes.filter(|bytes| bytes.len() == COORDINATE_BYTES)
}

/// How many entries the map that comes next has.
pub(super) fn entries(decoder: &mut Decoder<'_>, max: u64) -> Result<u64, Refused> {
    let count = decoder.map().map_err(|_| Refused::Malformed)?;
    count.filter(|count| *count <= max).ok_or(Refused::Malformed)
}
