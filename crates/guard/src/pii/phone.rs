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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_valid_in_the_plan_of_its_country_only() {
        assert!(is_valid(None, "+442079460958") && is_valid(Some(Country::GB), "020 7946 0958"));
        assert!(!is_valid(None, "+4420794609") && !is_valid(None, "2079460958"));
    }
}
