//! Telephone numbers, judged by the numbering plans of libphonenumber.

pub(super) use phonenumber::country::Id as Country;

/// Countries whose national forms are tried when a word says that a number is a telephone's.
pub(super) const COUNTRIES: &[Country] = &[
    Country::US,
    Country::GB,
    Country::DE,
    Country::FR,
    Country::IT,
    Country::ES,
    Country::NL,
    Country::AT,
    Country::CH,
    Country::IN,
    Country::BR,
];

/// Says whether `number` is one that is given out, in international form or in that of `country`.
pub(super) fn is_valid(country: Option<Country>, number: &str) -> bool {
    phonenumber::parse(country, number).is_ok_and(|number| number.is_valid())
}

/// Says whether `number`, in international form, begins with the code of a country and is about as long as its numbers are.
pub(super) fn has_country(number: &str) -> bool {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    (9..=15).contains(&digits) && phonenumber::parse(None, number).is_ok()
}

/// The score of a number that is written like one, and is not given out in the plan of its country: a slip, or a country
/// whose plan has changed.
pub(super) const UNPLANNED: f32 = 0.6;

/// Words that stand before telephone numbers.
pub(super) const WORDS: &[&str] = &["tel", "phone", "call", "mobil", "fax", "whatsapp", "cell", "handy", "sms", "fon"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_valid_in_the_plan_of_its_country_only() {
        assert!(is_valid(None, "+442079460958") && is_valid(Some(Country::GB), "020 7946 0958"));
        assert!(!is_valid(None, "+4420794609") && !is_valid(None, "2079460958"));
    }
}
