//! The protected groups that the hate rules speak of, as a macro, because patterns are constants.
//!
//! Neutral names only: slurs are mostly ambiguous and left to the classifier.
//!
//! Invariant: one complete, uncaptured piece of a regular expression on canonical text.

/// Groups that are attacked for what they are, by neutral names.
macro_rules! group {
    () => {
        concat!(
            r"(?:jews|jewish people|muslims|islam(?:ic people)?|christians|hindus|sikhs|blacks?|black people|whites|white people|asians|asian people",
            r"|arabs|mexicans|latinos|africans|indians|chinese people|immigrants|migrants|refugees|foreigners|gays|gay people|lesbians|homosexuals",
            r"|trans(?:gender)? people|transgenders|women|disabled people|the disabled|autistic people|roma|gypsies)"
        )
    };
}
pub(super) use group;
