//! Numbers with a check digit.

use crate::pattern::Pattern;

/// The first text that the pattern finds and whose digits pass the Luhn check.
pub(super) fn credit_card<'a>(pattern: &Pattern, value: &'a [u8]) -> Option<&'a [u8]> {
    let mut from = 0;
    while from < value.len() {
        let span = pattern.find(&value[from..])?.into_iter().next().flatten()?;
        let found = &value[from + span.start..from + span.end];
        if passes_luhn(found) {
            return Some(found);
        }
        from += span.start + 1;
    }
    None
}

fn passes_luhn(text: &[u8]) -> bool {
    let digits: Vec<u32> =
        text.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| u32::from(byte - b'0')).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    digits.len() >= 2 && sum.is_multiple_of(10)
}
