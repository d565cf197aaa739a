//! Hashes that were made elsewhere: verified, never made.
//!
//! bcrypt (`$2a$`, `$2b$`, `$2y$`), Argon2id, scrypt and PBKDF2 as PHC strings, and PBKDF2 as Django writes it. A right
//! password is hashed anew in our own scheme at the first login.
//!
//! Limits: what a hash asks for is bounded, since an imported line must not take all memory or a core for minutes.

use std::num::NonZeroU32;

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::{constant_time, pbkdf2};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Most memory for one hash, in KiB.
const MEMORY_KIB_MAX: u32 = 256 * 1024;
const ITERATIONS_MAX: u32 = 5_000_000;
const BCRYPT_COST_MAX: u32 = 16;
const OUTPUT_BYTES: std::ops::RangeInclusive<usize> = 16..=64;
const SALT_BYTES: std::ops::RangeInclusive<usize> = 8..=64;

/// With or without padding, as both are found.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a hash cannot be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no hash that can be verified here: bcrypt (`$2a$`, `$2b$`, `$2y$`), `$argon2id$`, `$scrypt$`, `$pbkdf2-sha256$`, \
     `$pbkdf2-sha512$` or `pbkdf2_sha256$`, within 256 MiB, 5,000,000 iterations and bcrypt's cost 16"
)]
pub struct UnknownHash;

/// A hash, read.
enum Foreign<'h> {
    Bcrypt(&'h str),
    Argon2id { m: u32, t: u32, p: u32, salt: Vec<u8>, hash: Vec<u8> },
    Scrypt { log_n: u8, r: u32, p: u32, salt: Vec<u8>, hash: Vec<u8> },
    Pbkdf2 { algorithm: pbkdf2::Algorithm, iterations: NonZeroU32, salt: Vec<u8>, hash: Vec<u8> },
}

/// Whether a text is a hash that [`verify`] takes.
///
/// # Errors
/// When it is not.
pub(super) fn check(text: &str) -> Result<(), UnknownHash> {
    parse(text).map(|_| ()).ok_or(UnknownHash)
}

/// Whether the password is the one of the hash, byte for byte; for bcrypt, as far as bcrypt looks (72 bytes).
pub(super) fn verify(password: &str, text: &str) -> bool {
    let password = password.as_bytes();
    match parse(text) {
        Some(Foreign::Bcrypt(text)) => bcrypt::verify(password, text).unwrap_or(false),
        Some(Foreign::Argon2id { m, t, p, salt, hash }) => {
            let Ok(params) = Params::new(m, t, p, Some(hash.len())) else { return false };
            let mut out = Zeroizing::new(vec![0; hash.len()]);
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            argon2.hash_password_into(password, &salt, &mut out).is_ok() && same(&out, &hash)
        }
        Some(Foreign::Scrypt { log_n, r, p, salt, hash }) => {
            let Ok(params) = scrypt::Params::new(log_n, r, p) else { return false };
            let mut out = Zeroizing::new(vec![0; hash.len()]);
            scrypt::scrypt(password, &salt, &params, &mut out).is_ok() && same(&out, &hash)
        }
        Some(Foreign::Pbkdf2 { algorithm, iterations, salt, hash }) => {
            pbkdf2::verify(algorithm, iterations, &salt, password, &hash).is_ok()
        }
        None => false,
    }
}

fn same(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

fn parse(text: &str) -> Option<Foreign<'_>> {
    let parts: Vec<&str> = text.split('$').collect();
    match parts.as_slice() {
        ["", "2a" | "2b" | "2y", cost, rest] if rest.len() == 53 => {
            let cost: u32 = cost.parse().ok()?;
            // A broken salt or hash is found by a first try with the lowest cost.
            let probe = format!("$2b$04${rest}");
            (cost <= BCRYPT_COST_MAX && bcrypt::verify("", &probe).is_ok()).then_some(Foreign::Bcrypt(text))
        }
        ["", "argon2id", "v=19", params, salt, hash] => {
            let [m, t, p] = numbers(params, ["m", "t", "p"])?;
            (m <= MEMORY_KIB_MAX && t <= 16 && p <= 16).then_some(())?;
            Params::new(m, t, p, None).ok()?;
            Some(Foreign::Argon2id { m, t, p, salt: salt_of(salt)?, hash: output(hash)? })
        }
        ["", "scrypt", params, salt, hash] => {
            let [log_n, r, p] = numbers(params, ["ln", "r", "p"])?;
            let log_n = u8::try_from(log_n).ok().filter(|log_n| (1..=20).contains(log_n))?;
            let kib = (1_u64 << log_n) * u64::from(r) / 8;
            (kib <= u64::from(MEMORY_KIB_MAX) && p <= 16).then_some(())?;
            scrypt::Params::new(log_n, r, p).ok()?;
            Some(Foreign::Scrypt { log_n, r, p, salt: salt_of(salt)?, hash: output(hash)? })
        }
        ["", kind @ ("pbkdf2-sha256" | "pbkdf2-sha512"), params, salt, hash] => {
            let [iterations] = numbers(params, ["i"])?;
            pbkdf2(kind.ends_with("256"), iterations, salt_of(salt)?, hash)
        }
        ["pbkdf2_sha256", iterations, salt, hash] => {
            pbkdf2(true, iterations.parse().ok()?, salt.as_bytes().to_vec(), hash)
        }
        _ => None,
    }
}

fn pbkdf2(is_sha256: bool, iterations: u32, salt: Vec<u8>, hash: &str) -> Option<Foreign<'static>> {
    let algorithm = if is_sha256 { pbkdf2::PBKDF2_HMAC_SHA256 } else { pbkdf2::PBKDF2_HMAC_SHA512 };
    let iterations = NonZeroU32::new(iterations).filter(|count| count.get() <= ITERATIONS_MAX)?;
    Some(Foreign::Pbkdf2 { algorithm, iterations, salt, hash: output(hash)? })
}

/// `a=1,b=2` in exactly this order.
fn numbers<const N: usize>(text: &str, names: [&str; N]) -> Option<[u32; N]> {
    let mut parts = text.split(',');
    let mut out = [0; N];
    for (number, name) in out.iter_mut().zip(names) {
        *number = parts.next()?.strip_prefix(name)?.strip_prefix('=')?.parse().ok()?;
    }
    parts.next().is_none().then_some(out)
}

fn salt_of(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok().filter(|salt| SALT_BYTES.contains(&salt.len()))
}

fn output(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok().filter(|hash| OUTPUT_BYTES.contains(&hash.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "correct horse battery staple";

    // Made with Python: bcrypt, argon2-cffi, hashlib.scrypt, hashlib.pbkdf2_hmac.
    const VECTORS: &[&str] = &[
        "$2b$04$SLjNRDgg65.JUrEHc0O5nu9AI/xAu4KdrN8bxRbCbItUzMsdoLEIK",
        "$2a$04$SLjNRDgg65.JUrEHc0O5nu9AI/xAu4KdrN8bxRbCbItUzMsdoLEIK",
        "$2y$04$SLjNRDgg65.JUrEHc0O5nu9AI/xAu4KdrN8bxRbCbItUzMsdoLEIK",
        "$argon2id$v=19$m=256,t=1,p=1$cK46+5TbpWE/+Ttf4sh6XA$BgTbroYqwTKoZrr6J4agUjumImfbVJPIMuZyItIuqFo",
        "$scrypt$ln=4,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$jkBzE6t+3YTzAuQ1ol2ZxJUOk0akIbgat0w+kf21AT0",
        "$pbkdf2-sha256$i=1000$c2FsdHNhbHRzYWx0c2FsdA$31ltvuXrbs8POP2F4tw9851NSNQCQpm0sCwu2eEvId8",
        "$pbkdf2-sha512$i=1000$c2FsdHNhbHRzYWx0c2FsdA$ORxvnPF08mmTltUf/WSLS8FZ3yYanqBrD+km4rpMr07F2ze7/s1VLAjm+ry9RrSLc7aA5i7XxlkTGvDGO5vcpw",
        "pbkdf2_sha256$1000$NaClNaClNaCl$Yjgv2ldhpZaD1nWilO6B2wcqdx/pg2kewTaiJVKptNs=",
    ];

    #[test]
    fn hashes_of_other_programs_verify() {
        for hash in VECTORS {
            assert_eq!(check(hash), Ok(()), "{hash}");
            assert!(verify(PASSWORD, hash), "{hash}");
            assert!(!verify("correct horse battery stable", hash), "{hash}");
        }
    }

    #[test]
    fn what_is_broken_or_asks_for_too_much_is_refused() {
        for hash in [
            "",
            "correct horse",
            "$1$salt$hash",
            "$2b$04$short",
            "$2b$31$abcdefghijklmnopqrstuuWOGMkTnLOIzO0r1cdQ0ZH8Uq0mMSi7K",
            "$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$t=2,m=19456,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "pbkdf2_sha256$99999999999$salt$AAAAAAAAAAAAAAAAAAAAAA",
            "pbkdf2_sha256$0$salt$AAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(check(hash), Err(UnknownHash), "{hash}");
        }
    }
}
