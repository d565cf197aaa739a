//! One-time codes by time (RFC 6238): SHA-1, six digits, thirty seconds, as every authenticator app has them.
//!
//! Codes of a step before and after may be taken too, since clocks differ. Which steps were used up is the caller's to
//! remember.

use aws_lc_rs::{constant_time, hmac, rand};
use qrcodegen::{QrCode, QrCodeEcc};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::MfaError;

/// 160 bits, as long as the hash (RFC 4226, 4).
const SECRET_BYTES: usize = 20;
const STEP_S: i64 = 30;
const DIGITS: usize = 6;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new secret.
pub(super) fn secret() -> Result<Zeroizing<Vec<u8>>, MfaError> {
    let mut secret = Zeroizing::new(vec![0; SECRET_BYTES]);
    rand::fill(&mut secret).map_err(|_| MfaError::Random)?;
    Ok(secret)
}

/// The step of which this is the code, if it is one of now, give or take `drift` steps, and comes after `last`. All steps are
/// always compared.
pub(super) fn step_of(secret: &[u8], code: &SecretString, (now_s, drift): (i64, u8), last: i64) -> Option<i64> {
    let digits: Zeroizing<Vec<u8>> = Zeroizing::new(code.expose_secret().bytes().filter(|b| *b != b' ').collect());
    let now = now_s.div_euclid(STEP_S);
    let mut found = None;
    for step in now - i64::from(drift)..=now + i64::from(drift) {
        let is_code = constant_time::verify_slices_are_equal(self::code(secret, step).as_slice(), &digits).is_ok();
        if is_code && step > last {
            found = Some(step);
        }
    }
    found
}

/// The code of a step (RFC 4226, 5.3).
fn code(secret: &[u8], step: i64) -> Zeroizing<[u8; DIGITS]> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[tag.len() - 1] & 15);
    let mut number = u32::from_be_bytes([tag[at] & 127, tag[at + 1], tag[at + 2], tag[at + 3]]);
    let mut digits = Zeroizing::new([0; DIGITS]);
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    digits
}

/// The secret as people type it.
pub(super) fn base32(secret: &[u8]) -> String {
    let mut text = String::with_capacity(secret.len() * 8 / 5);
    for chunk in secret.chunks(5) {
        let bits = chunk.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte)) << (8 * (5 - chunk.len()));
        let chars = (chunk.len() * 8).div_ceil(5);
        text.extend((0..chars).map(|at| char::from(BASE32[(bits >> (35 - 5 * at)) as usize & 31])));
    }
    text
}

/// What a QR code says to an authenticator app.
pub(super) fn uri(secret: &[u8], issuer: &str, account: &str) -> String {
    let (issuer, account) = (percent(issuer), percent(account));
    let secret = base32(secret);
    format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30")
}

/// The QR code of a URI, as an SVG. None for a text that is too long for one.
pub(super) fn qr_svg(uri: &str) -> Option<String> {
    let qr = QrCode::encode_text(uri, QrCodeEcc::Medium).ok()?;
    let cells = (0..qr.size()).flat_map(|y| (0..qr.size()).map(move |x| (x, y)));
    let path: String =
        cells.filter(|(x, y)| qr.get_module(*x, *y)).map(|(x, y)| format!("M{},{}h1v1h-1z", x + 4, y + 4)).collect();
    let side = qr.size() + 8;
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path d=\"M0,0h{side}v{side}H0z\" fill=\"#fff\"/><path d=\"{path}\"/></svg>"
    ))
}

fn percent(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(code: &[u8]) -> &str {
        std::str::from_utf8(code).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        let secret = b"12345678901234567890";
        for (time, expected) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000_i64, "353130")]
        {
            assert_eq!(text(&*code(secret, time / STEP_S)), expected);
        }
    }

    #[test]
    fn another_implementation_has_the_same_codes() {
        for round in 0..200_u8 {
            let secret: Vec<u8> = (0..20).map(|at: u8| at.wrapping_mul(31) ^ round.wrapping_mul(7)).collect();
            let time = 1_700_000_000 + u64::from(round) * 7_919;
            let theirs = totp_rs::Builder::new().with_secret(secret.clone()).build_noncompliant().generate(time);
            assert_eq!(text(&*code(&secret, time as i64 / STEP_S)), theirs.to_string());
        }
    }

    #[test]
    fn v6_5_3_a_seed_has_160_random_bits() {
        let seeds: Vec<_> = (0..500).map(|_| secret().unwrap()).collect();
        for at in 0..SECRET_BYTES {
            let seen: std::collections::HashSet<u8> = seeds.iter().map(|seed| seed[at]).collect();
            assert!(seen.len() > 150, "at {at}: {}", seen.len());
        }
    }

    #[test]
    fn v6_5_1_a_step_counts_once_and_its_neighbours_only() {
        let secret = b"12345678901234567890";
        let at = |step: i64| SecretString::from(text(&*code(secret, step)).to_owned());
        let now = 1_000 * STEP_S + 7;
        for (step, last, expected) in [
            (1_000, 0, Some(1_000)),
            (999, 0, Some(999)),
            (1_001, 0, Some(1_001)),
            (998, 0, None),
            (1_002, 0, None),
            (1_000, 1_000, None),
            (999, 1_000, None),
            (1_001, 1_000, Some(1_001)),
        ] {
            assert_eq!(step_of(secret, &at(step), (now, 1), last), expected, "{step} after {last}");
        }
        for wrong in ["", "12345", "1234567", "abcdef", "２８７０８２"] {
            assert_eq!(step_of(secret, &SecretString::from(wrong), (now, 1), 0), None);
        }
    }

    #[test]
    fn a_uri_says_whose_it_is_and_a_qr_code_is_drawn() {
        assert_eq!(base32(b"12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(base32(b"foob"), "MZXW6YQ");
        let uri = uri(b"12345678901234567890", "ai.example.com", "ada b@example.com");
        assert!(uri.starts_with("otpauth://totp/ai.example.com:ada%20b%40example.com?secret=GEZDG"), "{uri}");
        assert!(qr_svg(&uri).is_some_and(|svg| svg.starts_with("<svg ") && svg.ends_with("</svg>")));
    }
}
