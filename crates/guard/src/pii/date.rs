//! Dates as they are written into ids and forms.

/// The number of two digits.
pub(super) fn two(digits: &[u8]) -> u32 {
    digits.iter().take(2).fold(0, |number, digit| number * 10 + u32::from(*digit))
}

/// Says whether a day exists. A year of two digits is taken for a leap year when either century makes it one.
pub(crate) fn exists(year: u32, month: u32, day: u32) -> bool {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400) || year < 100);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Says whether six digits are a date, year first.
pub(super) fn is_yymmdd(digits: &[u8]) -> bool {
    digits.len() >= 6 && exists(two(digits), two(&digits[2..]), two(&digits[4..]))
}

/// Says whether six digits are a date, day first.
pub(super) fn is_ddmmyy(digits: &[u8]) -> bool {
    digits.len() >= 6 && exists(two(&digits[4..]), two(&digits[2..]), two(digits))
}

/// Says whether eight digits are the birthday of somebody who may be alive.
pub(super) fn is_yyyymmdd(digits: &[u8]) -> bool {
    digits.len() >= 8
        && is_lifetime(two(digits) * 100 + two(&digits[2..]))
        && exists(two(digits) * 100 + two(&digits[2..]), two(&digits[4..]), two(&digits[6..]))
}

/// Says whether somebody born in `year` may be alive.
pub(super) fn is_lifetime(year: u32) -> bool {
    (1900..=2039).contains(&year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_exist() {
        assert!(exists(2024, 2, 29) && exists(0, 2, 29) && exists(1999, 12, 31));
        assert!(!exists(2023, 2, 29) && !exists(1900, 2, 29) && !exists(1999, 4, 31) && !exists(1999, 13, 1));
    }
}
