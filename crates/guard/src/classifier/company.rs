//! Words that turn one kind of content into another when they stand in the same text.

/// Which words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// Of children: what they are called, ages below eighteen, school.
    Childhood,
}

const CHILDREN: &[&str] = &[
    "child",
    "children",
    "childs",
    "kid",
    "kids",
    "kiddo",
    "toddler",
    "toddlers",
    "infant",
    "infants",
    "preteen",
    "preteens",
    "tween",
    "teen",
    "teens",
    "teenager",
    "teenagers",
    "teenage",
    "teenaged",
    "underage",
    "underaged",
    "minor",
    "minors",
    "juvenile",
    "adolescent",
    "adolescents",
    "schoolgirl",
    "schoolgirls",
    "schoolboy",
    "schoolboys",
    "loli",
    "lolis",
    "lolita",
    "shota",
    "jailbait",
    "pedo",
    "pedophile",
    "paedophile",
    "kindergarten",
    "preschool",
    "kindergartner",
];
/// Behind one of these a boy or a girl is a child.
const SMALL: &[&str] = &["little", "young", "small", "tiny", "school"];
/// Behind one of these a school has pupils.
const GRADES: &[&str] = &["elementary", "primary", "middle", "junior", "high"];
const AGE_OF_ADULTS: u32 = 18;

impl Company {
    /// Whether its words are in a canonical text.
    pub(crate) fn is_in(self, canonical: &str) -> bool {
        match self {
            Self::Childhood => speaks_of_children(canonical),
        }
    }
}

fn speaks_of_children(canonical: &str) -> bool {
    let mut before = "";
    let mut age: Option<u32> = None;
    let words = canonical.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    for word in words {
        let (digits, unit) = word.split_at(word.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(word.len()));
        let said_age = if digits.is_empty() { age.take() } else { digits.parse().ok() };
        let is_young = said_age.is_some_and(|age| age > 0 && age < AGE_OF_ADULTS);
        let is_child = CHILDREN.contains(&word)
            || (SMALL.contains(&before) && ["boy", "boys", "girl", "girls"].contains(&word))
            || (GRADES.contains(&before) && ["school", "schooler", "schoolers"].contains(&word))
            || (is_young
                && ["year", "years", "yr", "yrs", "yo", "y"].contains(&if digits.is_empty() { word } else { unit }));
        if is_child {
            return true;
        }
        age = if unit.is_empty() { said_age } else { None };
        before = word;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_known_by_name_age_and_school() {
        for text in [
            "the children of the village",
            "a 12-year-old",
            "she is 9 yo",
            "a 14yo boy",
            "a girl of 16 years",
            "two little girls",
            "a high school teacher",
            "a teenager",
        ] {
            assert!(Company::Childhood.is_in(text), "{text}");
        }
    }

    #[test]
    fn grown_ups_are_none() {
        for text in [
            "a 21-year-old woman",
            "the girls' night out",
            "18 years",
            "he kidded me in 12 ways",
            "10 yards",
            "0 years",
        ] {
            assert!(!Company::Childhood.is_in(text), "{text}");
        }
    }
}
