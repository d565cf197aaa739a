//! Made-up values in ranges that are kept free for examples: they pass checks of form and belong to nobody.
//!
//! | kind | range |
//! |---|---|
//! | e-mail | `example.com` (RFC 2606) |
//! | IP | 192.0.2.0/24 (RFC 5737) |
//! | MAC | 00:00:5E:00:53:00 to FF (RFC 9542) |
//! | phone | +1 202 555 0100 to 0199 (kept for fiction) |
//! | card | 9999 99…, a prefix of no issuer, with the right check digit (ISO 7812) |
//! | IBAN | country `XZ`, which ISO 3166 leaves to users, with the right check digits |
//! | US social security number | 987-65-4320 to 4329 (kept for advertising) |
//! | person | a name of a short list, `Example` behind it |

const NAMES: &[&str] = &[
    "Alex", "Kim", "Robin", "Sam", "Charlie", "Noor", "Sascha", "Jo", "Lee", "Andrea", "Mika", "Chris", "Dana", "Toni",
    "Eden", "Rene",
];
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A value of this kind, from a keyed digest of the real one; `None` where no range is kept free.
pub(super) fn synthetic(category: &str, digest: &[u8; 32]) -> Option<String> {
    let [first, second, ..] = *digest;
    Some(match category.rsplit('.').next()? {
        "email" => {
            let name: String = digest[..8].iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
            format!("{name}@example.com")
        }
        "ip" => format!("192.0.2.{first}"),
        "mac" => format!("00:00:5E:00:53:{first:02X}"),
        "phone" => format!("+1 202 555 01{:02}", first % 100),
        "card" => card(digest),
        "iban" => iban(digest),
        "us-ssn" => format!("987-65-432{}", first % 10),
        "person" | "person-name" => {
            format!("{} {} Example", NAMES[usize::from(first & 15)], char::from(b'A' + second % 26))
        }
        _ => return None,
    })
}

/// So many digits of a digest.
fn digits(digest: &[u8; 32], count: usize) -> String {
    digest.iter().take(count).map(|byte| char::from(b'0' + byte % 10)).collect()
}

fn card(digest: &[u8; 32]) -> String {
    let number = format!("999999{}", digits(digest, 9));
    let doubled = |(at, digit): (usize, u8)| {
        let digit = u32::from(digit - b'0') * (2 - at as u32 % 2);
        digit / 10 + digit % 10
    };
    let sum: u32 = number.bytes().enumerate().map(doubled).sum();
    format!("{number}{}", (10 - sum % 10) % 10)
}

fn iban(digest: &[u8; 32]) -> String {
    let account = digits(digest, 18);
    // X, Z and two zeros stand behind the account: X is 33, Z is 35.
    let rest = format!("{account}333500").bytes().fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("XZ{:02}{account}", 98 - rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(category: &str) -> String {
        synthetic(category, &std::array::from_fn(|at| (at * 37 + 11) as u8)).unwrap()
    }

    #[test]
    fn check_digits_are_right_and_ranges_are_free() {
        let luhn = |number: &str| {
            let digit = |(at, digit): (usize, u8)| match u32::from(digit - b'0') * (1 + at as u32 % 2) {
                large @ 10.. => large - 9,
                small => small,
            };
            number.bytes().rev().enumerate().map(digit).sum::<u32>() % 10
        };
        assert_eq!((luhn(&made("pii.card")), made("pii.card").len()), (0, 16));
        let iban = made("pii.iban");
        let moved = format!("{}3335{}", &iban[4..], &iban[2..4]);
        let rest = moved.bytes().fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
        assert_eq!((rest, &iban[..2]), (1, "XZ"));
        assert!(made("pii.email").ends_with("@example.com") && made("pii.ip").starts_with("192.0.2."));
        assert!(made("entity.person").ends_with(" Example"));
    }

    #[test]
    fn a_kind_without_a_free_range_is_not_made_up() {
        for category in ["pii.passport", "entity.place", "pii.address", "secret.github"] {
            assert_eq!(synthetic(category, &[7; 32]), None);
        }
    }
}
