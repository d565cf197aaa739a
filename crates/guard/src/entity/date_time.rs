//! # What it finds
//! A day of the calendar in digits or with the name of its month, in seven languages, and the time of day behind it; a month
//! with its year; a time with `am` or `pm`.
//!
//! # Why it matters
//! When somebody was born, admitted or paid says who it was to whoever holds another list. HIPAA's safe harbor has every
//! date but its year removed.
//!
//! # Example
//! `admitted on 3 March 2024 at 10:30`
//!
//! # Limits and sources
//! Days that do not exist are clean, and so are months and weekdays by themselves; `year` finds years. Runs only where a policy names it.

use crate::finding::Evidence;
use crate::pii::date::exists;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN006",
    name: "date-time",
    family: Family::Entity,
    category: "entity.date-time",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: concat!(
            r"\b(?:(?:",
            r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})",
            r"|\d{1,2}(?:st|nd|rd|th|\.|er|\xc2\xba)?[ -](?:(?:of|de) )?(?i:",
            months!(),
            r")[a-z]{0,6}\.?(?:,? (?:de )?\d{4}|-\d{4}|-\d{2})?",
            r"|(?i:",
            months!(),
            r")[a-z]{0,6}\.?(?:,? (?:of |de )?(?:19|20)\d{2}| \d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?)",
            r")(?:(?:T|,? (?:at )?)\d{1,2}:\d{2}(?::\d{2})?(?: ?(?i:am|pm|a\.m\.|p\.m\.)|Z)?)?",
            // 10:30 am, 5 p.m.
            r"|\d{1,2}(?::\d{2})? ?(?i:am\b|pm\b|a\.m\.|p\.m\.)",
            r")"
        ),
        anchor: Anchor::Digits(1),
        longest: 72,
        verify,
    }),
};

/// Beginnings of the months' names: English, German, French, Spanish, Italian, Portuguese, Dutch.
macro_rules! months {
    () => {
        concat!(
            r"jan|feb|f\xc3\xa9v|fev|mar|m\xc3\xa4r|mrt|maart|apr|avr|abr|may|mai|mei|mag|maj|jun|juin|giu|jul|juil|lug|aug|ao\xc3\xbbt|ago|sep|set",
            r"|oct|okt|ott|out|nov|dec|d\xc3\xa9c|dez|dic"
        )
    };
}
use months;

/// Whole names and their usual short forms, without marks: what begins like a month is often none.
const NAMES: [&[&str]; 12] = [
    &["jan", "january", "januar", "janvier", "enero", "gennaio", "janeiro", "januari", "janner"],
    &["feb", "february", "februar", "fevrier", "fev", "febrero", "febbraio", "fevereiro", "februari"],
    &["mar", "march", "marz", "mars", "marzo", "marco", "maart", "mrt"],
    &["apr", "april", "avril", "avr", "abril", "abr", "aprile"],
    &["may", "mai", "mayo", "maggio", "mag", "maio", "mei"],
    &["jun", "june", "juni", "juin", "junio", "giugno", "giu", "junho"],
    &["jul", "july", "juli", "juillet", "juil", "julio", "luglio", "lug", "julho"],
    &["aug", "august", "aout", "agosto", "ago", "augustus"],
    &["sep", "sept", "september", "septembre", "septiembre", "settembre", "set", "setembro"],
    &["oct", "october", "oktober", "okt", "octobre", "octubre", "ottobre", "ott", "outubro", "out"],
    &["nov", "november", "novembre", "noviembre", "novembro"],
    &["dec", "december", "dezember", "dez", "decembre", "diciembre", "dic", "dicembre", "dezembro"],
];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let is_joined = candidate.before().ends_with(|last: char| last.is_alphanumeric() || "./-_$#:".contains(last))
        || candidate.next().is_some_and(|next| next.is_alphanumeric() || "/_-%".contains(next));
    if is_joined {
        return None;
    }
    if is_day(found) || is_month_of_year(found) {
        return Some(Hit::new(0.75, Evidence::Pattern));
    }
    let is_noon = found.to_ascii_lowercase().ends_with(['m', '.']) && is_time(found);
    is_noon.then(|| Hit::new(0.6, Evidence::Pattern))
}

/// `10:30 am`, `5 p.m.`
fn is_time(value: &str) -> bool {
    let numbers = numbers(value);
    value.starts_with(|first: char| first.is_ascii_digit())
        && matches!(numbers[..], [1..=12] | [0..=23, _])
        && numbers[1..].iter().all(|number| *number < 60)
}

/// `March 2024`
fn is_month_of_year(found: &str) -> bool {
    let is_month = |word: String| NAMES.iter().any(|names| names.contains(&word.as_str()));
    found.starts_with(char::is_alphabetic)
        && matches!(numbers(found)[..], [1900..=2099])
        && found.split(|character: char| !character.is_alphabetic()).next().is_some_and(|word| is_month(plain(word)))
}

fn numbers(text: &str) -> Vec<u32> {
    text.split(|character: char| !character.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

fn is_day(found: &str) -> bool {
    let date = found.split_once(':').map_or(found, |(before, _)| before);
    let numbers = numbers(date);
    let words = date.split(|character: char| !character.is_alphabetic());
    match words.map(plain).find_map(|word| NAMES.iter().position(|names| names.contains(&word.as_str()))) {
        Some(month) => numbers.first().is_some_and(|day| exists(2000, month as u32 + 1, *day)),
        None => match numbers[..] {
            [year, month, day, ..] if year > 31 => (1..=2200).contains(&year) && exists(year, month, day),
            [first, second, year, ..]
                if !date.contains(|letter: char| letter.is_ascii_alphabetic()) || date.contains('T') =>
            {
                exists(year, second, first) || exists(year, first, second)
            }
            _ => false,
        },
    }
}

/// A word in small letters, without marks.
fn plain(word: &str) -> String {
    let letter = |letter| match letter {
        '\u{e9}' | '\u{e8}' => 'e',
        '\u{e4}' => 'a',
        '\u{fb}' => 'u',
        '\u{e7}' => 'c',
        other => other,
    };
    word.to_lowercase().chars().map(letter).collect()
}
