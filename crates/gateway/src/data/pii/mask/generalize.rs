//! Less of a value: the year of a date, the network of an address, the country of a number.

use std::net::IpAddr;

/// Years that a date is believed to have.
const YEARS: std::ops::RangeInclusive<u16> = 1900..=2099;

/// The value in general; `None` where there is nothing general to say.
pub(super) fn generalize(category: &str, original: &str) -> Option<String> {
    match category.rsplit('.').next()? {
        "date-of-birth" | "date-time" => year(original).map(|year| format!("[DATE in {year}]")),
        "age" => decade(original),
        "email" => domain(original).map(|domain| format!("[EMAIL at {domain}]")),
        "ip" => network(original),
        "phone" => country_code(original).map(|code| format!("[PHONE in +{code}]")),
        "gps" => degrees(original),
        "zip" | "postcode" | "address" => region(original),
        _ => None,
    }
}

/// The four digits that are a year.
fn year(text: &str) -> Option<u16> {
    let mut runs = text.split(|character: char| !character.is_ascii_digit()).filter(|run| run.len() == 4);
    runs.find_map(|run| run.parse().ok().filter(|year| YEARS.contains(year)))
}

/// Ten years of life; the oldest are together (45 CFR 164.514 has all from 90 on as one).
fn decade(text: &str) -> Option<String> {
    let age: u32 = text.parse().ok()?;
    let begin = age / 10 * 10;
    Some(if age >= 90 { "[AGE 90 or more]".to_owned() } else { format!("[AGE {begin} to {}]", begin + 9) })
}

fn domain(text: &str) -> Option<&str> {
    let (_, domain) = text.rsplit_once('@')?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    (domain.contains('.') && domain.chars().all(is_plain)).then_some(domain)
}

/// 24 bits of an IPv4 address, 48 of an IPv6 address.
fn network(text: &str) -> Option<String> {
    Some(match text.parse().ok()? {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    })
}

/// The digits between `+` and the first separator, when they are no more than a country's.
fn country_code(text: &str) -> Option<&str> {
    let rest = text.trim().strip_prefix('+')?;
    let end = rest.find(|character: char| !character.is_ascii_digit())?;
    (1..=3).contains(&end).then(|| &rest[..end])
}

/// Whole degrees of both coordinates: some hundred kilometres.
fn degrees(text: &str) -> Option<String> {
    let (latitude, longitude) = text.split_once(',')?;
    let whole = |text: &str| text.trim().parse::<f64>().ok().filter(|degrees| degrees.abs() <= 180.0).map(f64::round);
    Some(format!("[around {}, {}]", whole(latitude)?, whole(longitude)?))
}

/// The first three of the five digits of a ZIP code that stands alone.
fn region(text: &str) -> Option<String> {
    let digits = text.split_once('-').map_or(text, |(code, _)| code);
    (digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| format!("{}**", &digits[..3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_what_many_share() {
        for (category, original, general) in [
            ("pii.date-of-birth", "12 March 1984", "[DATE in 1984]"),
            ("pii.date-of-birth", "1984-03-12", "[DATE in 1984]"),
            ("pii.email", "ada@mail.example.com", "[EMAIL at mail.example.com]"),
            ("pii.ip", "198.51.100.7", "198.51.100.0/24"),
            ("pii.ip", "2001:db8:1:2::7", "2001:db8:1::/48"),
            ("pii.phone", "+49 30 901820", "[PHONE in +49]"),
            ("pii.gps", "52.5200, 13.4050", "[around 53, 13]"),
            ("pii.address", "94103-1234", "941**"),
            ("entity.date-time", "3 March 2024 at 10:30", "[DATE in 2024]"),
            ("entity.postcode", "94103", "941**"),
            ("entity.age", "34", "[AGE 30 to 39]"),
            ("entity.age", "97", "[AGE 90 or more]"),
        ] {
            assert_eq!(generalize(category, original).as_deref(), Some(general));
        }
    }

    #[test]
    fn what_has_no_general_form_is_not_made_up() {
        for (category, original) in [
            ("pii.date-of-birth", "12/03/84"),
            ("pii.email", "ada at example.com"),
            ("pii.email", "ada@exämple.com"),
            ("pii.phone", "+4930901820"),
            ("pii.phone", "030 901820"),
            ("pii.address", "12 Elm Street"),
            ("entity.person", "Jane Roe"),
            ("pii.us-ssn", "078-05-1120"),
        ] {
            assert_eq!(generalize(category, original), None, "{original}");
        }
    }
}
