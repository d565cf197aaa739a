//! The device cookie: a browser that its user logged in with before has a budget of its own, so that an attacker who
//! uses up everybody else's cannot keep the user out.
//!
//! `v1.<device>.<issued>.<mac>`: the MAC binds a random device to one account (by the blind index of its address) for 180
//! days. The cookie lets nobody in; stolen, it gives its thief the budget of one device.

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The cookie's name; browsers keep `__Host-` cookies to this host, over TLS, from this host alone.
pub const DEVICE_COOKIE: &str = "__Host-device";
/// How long a device is known, in seconds.
pub const DEVICE_LIFE_S: i64 = 180 * 86_400;
const DEVICE_BYTES: usize = 16;

/// Makes a cookie for an account.
pub(super) fn issue(key: &hmac::Key, account: &[u8], now_s: i64) -> Option<String> {
    let mut device = [0; DEVICE_BYTES];
    rand::fill(&mut device).ok()?;
    let mac = hmac::sign(key, &signed(account, &device, now_s));
    Some(format!("v1.{}.{now_s}.{}", URL_SAFE_NO_PAD.encode(device), URL_SAFE_NO_PAD.encode(mac)))
}

/// The device of a cookie, when it was made here for this account and is not too old.
pub(super) fn known(key: &hmac::Key, account: &[u8], cookie: &str, now_s: i64) -> Option<[u8; DEVICE_BYTES]> {
    let mut parts = cookie.split('.');
    let (Some("v1"), Some(device), Some(issued), Some(mac), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let device: [u8; DEVICE_BYTES] = URL_SAFE_NO_PAD.decode(device).ok()?.try_into().ok()?;
    let issued_s: i64 = issued.parse().ok()?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    hmac::verify(key, &signed(account, &device, issued_s), &mac).ok()?;
    (issued_s <= now_s && now_s < issued_s.saturating_add(DEVICE_LIFE_S)).then_some(device)
}

fn signed(account: &[u8], device: &[u8], issued_s: i64) -> Vec<u8> {
    [&b"device v1"[..], device, &issued_s.to_be_bytes(), account].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: &[u8]) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, secret)
    }

    #[test]
    fn a_cookie_is_good_for_its_account_and_its_time_only() {
        let key = key(b"k");
        let cookie = issue(&key, b"ada", 1_000).unwrap();
        let is_known = |account: &[u8], cookie: &str, now_s| known(&key, account, cookie, now_s).is_some();
        assert!(is_known(b"ada", &cookie, 1_000) && is_known(b"ada", &cookie, 1_000 + DEVICE_LIFE_S - 1));
        assert!(!is_known(b"ada", &cookie, 1_000 + DEVICE_LIFE_S) && !is_known(b"ada", &cookie, 999));
        assert!(!is_known(b"eve", &cookie, 1_000));
        assert!(known(&self::key(b"other"), b"ada", &cookie, 1_000).is_none());
    }

    #[test]
    fn a_changed_character_makes_it_unknown() {
        let key = key(b"k");
        let cookie = issue(&key, b"ada", 1_000).unwrap();
        for at in 0..cookie.len() {
            let mut changed = cookie.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'Q' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            // The last character of base64 has spare bits, which the decoder refuses.
            assert!(known(&key, b"ada", &changed, 1_000).is_none(), "character {at}");
        }
        for cookie in ["", "v1", "v1...", "v2.a.1.b", &format!("{cookie}.x")] {
            assert!(known(&key, b"ada", cookie, 1_000).is_none(), "{cookie}");
        }
    }
}
