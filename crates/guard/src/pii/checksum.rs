//! The arithmetic of check digits, once each.
//!
//! Functions take digit values (0 to 9), not characters. What is peculiar to one number (weights, ranges, exceptions) is in
//! the file of its rule; sources are named there and at the functions.

/// The values of the ASCII digits in `text`; everything else is left out.
pub(super) fn digits(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect()
}

/// The values of the ASCII letters and digits in `text`: 0 to 9, then A = 10 to Z = 35.
pub(super) fn alphanumerics(text: &str) -> Vec<u8> {
    let value = |character: char| character.to_digit(36).and_then(|value| u8::try_from(value).ok());
    text.chars().filter(char::is_ascii_alphanumeric).filter_map(value).collect()
}

/// The decimal number that digits spell, as far as 18 of them go.
pub(super) fn number(digits: &[u8]) -> u64 {
    digits.iter().take(18).fold(0, |number, digit| number * 10 + u64::from(*digit))
}

/// The sum of digits times weights, pair by pair.
pub(super) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
}

/// Luhn, ISO/IEC 7812-1: the last digit checks the rest.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let doubled = |(at, digit): (usize, &u8)| match (at % 2, u32::from(*digit) * 2) {
        (0, _) => u32::from(*digit),
        (_, twice) => twice / 10 + twice % 10,
    };
    !digits.is_empty() && digits.iter().rev().enumerate().map(doubled).sum::<u32>().is_multiple_of(10)
}

/// Verhoeff (1969): permutations of the dihedral group D5; the last digit checks the rest.
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let mut check = 0;
    for (at, digit) in digits.iter().rev().enumerate() {
        let permuted = (0..at % 8).fold(*digit, |digit, _| PERMUTATION[usize::from(digit % 10)]);
        check = dihedral(check, permuted % 10);
    }
    !digits.is_empty() && check == 0
}

/// The product of two elements of D5: 0 to 4 turn, 5 to 9 flip.
fn dihedral(left: u8, right: u8) -> u8 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right - 5) % 5,
        (false, true) => 5 + (left + 5 - right) % 5,
        (false, false) => (left + 5 - right) % 5,
    }
}

/// ISO 7064 MOD 97-10 of letters and digits in this order: 1 for a valid string.
pub(super) fn mod97(values: impl IntoIterator<Item = u8>) -> u32 {
    values.into_iter().fold(0, |rest, value| {
        let value = u32::from(value);
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    })
}

/// ISO 7064 MOD 11,10: the last digit checks the rest.
pub(super) fn mod11_10(digits: &[u8]) -> bool {
    let Some((check, rest)) = digits.split_last() else { return false };
    let product = rest.iter().fold(10, |product, digit| {
        let sum = (product + u32::from(*digit)) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (product + u32::from(*check)) % 10 == 1
}

/// ISO 7064 MOD 11-2: what the last character must be worth, 10 standing for `X`.
pub(super) fn mod11_2(digits: &[u8]) -> u32 {
    let sum = digits.iter().fold(0, |sum, digit| (sum + u32::from(*digit)) * 2 % 11);
    (12 - sum) % 11
}

/// EAN-13: odd places count once, even places three times; the last digit checks the rest.
pub(super) fn ean13(digits: &[u8]) -> bool {
    digits.len() == 13 && weighted(digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

/// The machine-readable zone's check digit, ICAO 9303: weights 7, 3, 1; letters count from A = 10, `<` counts nothing.
pub(super) fn icao(field: &str) -> u8 {
    let worth = |character: char| character.to_digit(36).unwrap_or(0);
    let sum: u32 = field.chars().zip([7, 3, 1].into_iter().cycle()).map(|(next, weight)| worth(next) * weight).sum();
    u8::try_from(sum % 10).unwrap_or(0)
}

/// Says whether every digit is the same, as in a placeholder.
pub(super) fn is_uniform(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_agrees_with_the_example_of_its_patent() {
        assert!(luhn(&digits("7992739871-3")));
        assert!((0..=9).filter(|check| *check != 3).all(|check| !luhn(&digits(&format!("7992739871{check}")))));
        assert!(!luhn(&[]));
    }

    #[test]
    fn verhoeff_agrees_with_published_examples() {
        assert!(verhoeff(&digits("2363")));
        assert!(verhoeff(&digits("123451")));
        assert!(!verhoeff(&digits("2636")), "a transposition is noticed");
    }

    #[test]
    fn mod97_agrees_with_the_registry_of_ibans() {
        for iban in ["GB82WEST12345698765432", "DE89370400440532013000", "FR1420041010050500013M02606"] {
            let mut values = alphanumerics(iban);
            values.rotate_left(4);
            assert_eq!(mod97(values), 1, "{iban}");
        }
    }

    #[test]
    fn mod11_10_agrees_with_the_examples_of_the_tax_office() {
        assert!(mod11_10(&digits("86095742719")));
        assert!(mod11_10(&digits("65929970489")));
        assert!(!mod11_10(&digits("86095742718")));
    }

    #[test]
    fn mod11_2_agrees_with_the_standard_for_resident_ids() {
        assert_eq!(mod11_2(&digits("11010519491231002")), 10);
        assert_eq!(mod11_2(&digits("44052418800101001")), 4);
    }

    #[test]
    fn ean13_agrees_with_the_example_of_the_compensation_office() {
        assert!(ean13(&digits("756.9217.0769.85")));
        assert!(ean13(&digits("4006381333931")));
        assert!(!ean13(&digits("4006381333932")));
    }

    #[test]
    fn icao_agrees_with_the_specimen_of_its_document() {
        assert_eq!(icao("L898902C3"), 6);
        assert_eq!(icao("740812"), 2);
        assert_eq!(icao("ZE184226B<<<<<"), 1);
    }
}
