//! Writes labelled texts: a grammar makes the sentence, lists fill the names in.

use super::list::Lists;
use super::parts;
use super::row::{Label, Row};
use crate::grammar::{Grammar, Wrong};
use crate::random::Random;

/// The grammar of texts with names in them.
pub const GRAMMAR: &str = include_str!("../../grammar/entity.txt");

const STREETS: &[&str] = &[
    "Street",
    "St",
    "St.",
    "Road",
    "Rd",
    "Avenue",
    "Ave",
    "Ave.",
    "Lane",
    "Drive",
    "Dr",
    "Blvd",
    "Boulevard",
    "Court",
    "Way",
    "Place",
    "Terrace",
    "Close",
    "Crescent",
    "Square",
    "Parkway",
    "Hill",
    "Gardens",
    "Highway",
];
const PREFIXES: &[&str] = &[
    "Rue",
    "rue de la",
    "Avenue",
    "Calle",
    "Via",
    "Rua",
    "ul.",
    "Plaza",
    "Viale",
    "Avenida",
    "Karl-",
    "Am",
    "Place",
    "Piazza",
    "Ulica",
    "Boulevard",
];
const ENDINGS: &[&str] = &[
    "straße", "strasse", "weg", "str.", "straat", "gatan", "gata", "vej", "gasse", "allee", "laan", "katu", "tie",
    "utca", "veien",
];
const UNITS: &[&str] = &["Apt", "Apt.", "Unit", "Suite", "Flat", "Apartment", "#", "Floor"];
const STATES: &[&str] = &["CA", "NY", "TX", "WA", "IL", "FL", "MA", "OH", "NSW", "ON", "BC", "QLD", "CO", "GA", "NC"];
const WORDS: &[&str] = &[
    "Elm", "Oak", "High", "Church", "Station", "Park", "Mill", "Maple", "Main", "King's", "Queen", "Lake", "River",
    "Cedar", "Hill", "North", "Green", "Market", "School", "Bridge", "5th", "42nd", "Broad", "Spring", "Victoria",
    "Garden",
];
const BRANCHES: &[&str] = &[
    "Freight",
    "Systems",
    "Foods",
    "Motors",
    "Energy",
    "Software",
    "Insurance",
    "Pharma",
    "Media",
    "Logistics",
    "Labs",
    "Airlines",
    "Hotels",
    "Consulting",
    "Partners",
    "Capital",
    "Design",
    "Technologies",
    "Records",
    "Industries",
    "Publishing",
    "Brewery",
    "Steel",
    "Solutions",
];
const FORMS: &[&str] = &[
    "Inc",
    "Inc.",
    "Ltd",
    "Ltd.",
    "LLC",
    "Corp",
    "Corp.",
    "Corporation",
    "GmbH",
    "AG",
    "S.A.",
    "SA",
    "PLC",
    "plc",
    "SpA",
    "BV",
    "Oy",
    "AB",
    "Pty Ltd",
    "Co.",
    "Group",
    "& Co",
];
const BODIES: &[&str] = &[
    "University of {}",
    "{} University",
    "{} City Council",
    "Bank of {}",
    "{} Museum",
    "{} Hospital",
    "{} United",
    "{} High School",
    "FC {}",
    "The {} Times",
    "{} Airport",
    "Ministry of {}",
    "{} Institute of Technology",
    "{} Symphony Orchestra",
    "{} Police Department",
    "the {} Party",
    "{} Chamber of Commerce",
    "the Bank of {}",
    "{} Airlines",
    "Radio {}",
    "{} Rovers",
    "Port of {}",
    "{} Water Authority",
    "the University of {} Press",
    "{} Labour Party",
    "{} Teachers Union",
    "College of {}",
    "{} Credit Union",
    "St. Mary's Hospital {}",
    "{} Daily News",
    "{} Stock Exchange",
    "{} City",
];
const OFFICES: &[&str] = &[
    "the Department of Health",
    "the Ministry of Education",
    "the Board of Trustees",
    "the Court of Appeal",
    "the Central Bank",
    "the Department for Transport",
    "the Treasury",
    "the Senate",
    "the Supreme Court",
    "the Federal Reserve",
    "the Office of Fair Trading",
    "the Chamber of Deputies",
    "the Institute for Fiscal Studies",
    "the Association of Nurses",
    "the Society of Authors",
    "the Council of Europe",
    "the Bureau of Statistics",
    "the House of Lords",
    "the National Trust",
    "the World Bank",
    "the Red Cross",
    "the Labour Party",
    "the Green Party",
    "Human Resources International",
    "the Church of England",
    "the Royal Society",
];
const TITLES: &[&str] =
    &["Mr", "Mrs", "Ms", "Dr", "Mr.", "Mrs.", "Ms.", "Dr.", "Prof.", "Professor", "Sir", "Miss", "Judge", "Captain"];
const TITLES_DE: &[&str] = &["Frau", "Herr", "Herrn", "Frau Dr.", "Herr Professor"];
const TITLES_FR: &[&str] = &["Madame", "Monsieur", "Mme", "M."];
const JOBS: &[&str] = &[
    "Project Manager",
    "engineer",
    "nurse",
    "Head of Sales",
    "lawyer",
    "teacher",
    "accountant",
    "Software Developer",
    "chef",
    "painter",
    "driver",
    "singer",
    "politician",
    "footballer",
];
const NATIONS: &[&str] = &[
    "German",
    "American",
    "French",
    "Brazilian",
    "Indian",
    "British",
    "Turkish",
    "Polish",
    "Japanese",
    "Nigerian",
    "Spanish",
    "Italian",
];

/// What stands between the parts of an address.
const SEAMS: &[&str] = &[", ", ", ", ", ", "\n", " ", ",\n", "\n, ", " - "];

/// Writes texts.
#[derive(Debug)]
pub struct Writer {
    grammar: Grammar,
    lists: Lists,
}

impl Writer {
    /// Takes the lists.
    ///
    /// # Errors
    /// When the grammar is broken, which a test rules out.
    pub fn new(lists: Lists) -> Result<Self, Wrong> {
        Ok(Self { grammar: Grammar::parse(GRAMMAR)?, lists })
    }

    /// One text with its labels.
    ///
    /// # Errors
    /// When the grammar goes in a circle.
    pub fn write(&self, random: &mut Random) -> Result<Row, Wrong> {
        let template = self.grammar.write(random)?;
        let locale = self.lists.given.locale(random);
        let mut row = Row::default();
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once('<') {
            row.text.push_str(before);
            let Some((slot, after)) = after.split_once('>') else { break };
            self.fill(slot, &locale, random, &mut row);
            rest = after;
        }
        row.text.push_str(rest);
        Ok(row)
    }

    fn fill(&self, slot: &str, locale: &str, random: &mut Random, row: &mut Row) {
        let parts = match slot {
            "person" => vec![(self.person(locale, random), "PERSON")],
            "given" => vec![(self.lists.given.pick(locale, random).to_owned(), "PERSON")],
            "family" => vec![(self.lists.family.pick(locale, random).to_owned(), "PERSON")],
            "org" => vec![(self.organization(locale, random), "ORGANIZATION")],
            "place" => vec![(self.place(random), "PLACE")],
            "address" => self.address(locale, random),
            "street" => vec![(self.street(locale, random), "ADDRESS")],
            _ => vec![(filler(slot, random), "")],
        };
        for (text, label) in parts {
            let start = row.text.len();
            row.text.push_str(&text);
            if !label.is_empty() {
                row.spans.push(Label { start, end: row.text.len(), label: label.to_owned() });
            }
        }
    }

    fn person(&self, locale: &str, random: &mut Random) -> String {
        let given = self.lists.given.pick(locale, random);
        let family = self.lists.family.pick(locale, random);
        let letter = char::from(b'A' + random.below(26) as u8);
        match random.below(20) {
            0..=11 => format!("{given} {family}"),
            12 => format!("{given} {letter}. {family}"),
            13 => format!("{letter}. {family}"),
            14 => format!("{given} {} {family}", self.lists.given.pick(locale, random)),
            15 => format!("{given} {family}-{}", self.lists.family.pick(locale, random)),
            16 => format!("{family}, {given}"),
            17 => {
                format!("{given} {} {family}", random.pick(&["van", "de", "von", "al", "del", "bin", "van der", "da"]))
            }
            18 => given.to_owned(),
            _ => format!("{given} {family}{}", random.pick(&[" Jr.", " III", " Jr", " Sr."])),
        }
    }

    fn place(&self, random: &mut Random) -> String {
        let locale = self.lists.town.locale(random);
        let town = self.lists.town.pick(&locale, random);
        let country = self.lists.country.pick("", random);
        match random.below(10) {
            0..=5 => town.to_owned(),
            6..=8 => country.to_owned(),
            _ => random
                .pick(&["USA", "UK", "U.S.", "London", "New York", "Paris", "Europe", "Berlin", "EU", "California"])
                .to_string(),
        }
    }

    fn organization(&self, locale: &str, random: &mut Random) -> String {
        let family = self.lists.family.pick(locale, random);
        let other = self.lists.family.pick(locale, random);
        let (branch, form) = (random.pick(BRANCHES), random.pick(FORMS));
        match random.below(18) {
            0 | 1 => self.lists.company.pick(locale, random).to_owned(),
            2 => format!("{family} {form}"),
            3 => format!("{family} {branch}"),
            4 => format!("{family} {branch} {form}"),
            5 => format!("{} {branch}", random.pick(WORDS)),
            6 => format!("{family} & {other}"),
            7 | 8 => random.pick(BODIES).replace("{}", &self.place(random)),
            9 => (0..2 + random.below(3)).map(|_| char::from(b'A' + random.below(26) as u8)).collect(),
            10 => coined(random),
            11 => format!("{} {branch} {form}", coined(random)),
            12 => random.pick(OFFICES).to_string(),
            13 => format!("{family}, {other} and {}", self.lists.family.pick(locale, random)),
            14 => family.to_owned(),
            _ => {
                let kind = *random.pick(&["company", "company", "company", "university", "club"]);
                self.lists.organization.pick(kind, random).to_owned()
            }
        }
    }

    fn street(&self, locale: &str, random: &mut Random) -> String {
        let most = *random.pick(&[40, 400, 9999]);
        let number = 1 + random.below(most);
        let family = self.lists.family.pick(locale, random);
        match random.below(9) {
            0 | 1 => self.lists.street.pick(locale, random).replace('\n', ", "),
            2 | 3 => format!("{number} {} {}", random.pick(WORDS), random.pick(STREETS)),
            4 => format!("{number} {family} {}", random.pick(STREETS)),
            5 => format!("{} {family} {number}", random.pick(PREFIXES)),
            6 => format!("{family}{} {number}", random.pick(ENDINGS)),
            7 => format!("{number} {} {family}", random.pick(PREFIXES)),
            _ => format!("{number} {family}{}", random.pick(ENDINGS)),
        }
    }

    /// Street and unit are the address; the town, its region and country are places, and the postcode is neither.
    fn address(&self, locale: &str, random: &mut Random) -> Vec<(String, &'static str)> {
        if random.chance(0.3) {
            return parts::of_lines(self.lists.address.pick(locale, random));
        }
        let mut street = self.street(locale, random);
        if random.chance(0.3) {
            let seam = random.pick(SEAMS);
            street = format!("{street}{seam}{} {}", random.pick(UNITS), 1 + random.below(999));
        }
        let mut lines = vec![vec![(street, "ADDRESS")]];
        let code = postcode(random);
        let code = || (code.clone(), "");
        let town_of = self.lists.town.locale(random);
        let town = (self.lists.town.pick(&town_of, random).to_owned(), "PLACE");
        let state = (random.pick::<&str>(STATES).to_string(), "PLACE");
        match random.below(7) {
            0 => lines.push(vec![town]),
            1 => lines.push(vec![code(), town]),
            2 => lines.push(vec![town, code()]),
            3 => lines.extend([vec![town], vec![state, code()]]),
            4 => lines.extend([vec![town], vec![state]]),
            5 => lines.extend([vec![town], vec![code()]]),
            _ => {}
        }
        if random.chance(0.3) {
            lines.push(vec![(self.lists.country.pick("", random).to_owned(), "PLACE")]);
        }
        let seam = *random.pick(SEAMS);
        let is_mixed = random.chance(0.3);
        let mut out = Vec::new();
        for line in lines {
            let seam = if is_mixed { random.pick::<&str>(SEAMS) } else { seam };
            parts::join(&mut out, seam, line);
        }
        out
    }
}

fn coined(random: &mut Random) -> String {
    let syllables =
        ["Zen", "tro", "Vel", "ka", "mi", "no", "Lux", "or", "a", "dyn", "ex", "Qua", "li", "Bri", "to", "Nex"];
    let word: String = (0..2 + random.below(2)).map(|_| *random.pick(&syllables)).collect();
    word[..1].to_uppercase() + &word[1..].to_lowercase()
}

fn postcode(random: &mut Random) -> String {
    match random.below(5) {
        0 | 1 => format!("{:05}", random.below(100_000)),
        2 => format!("{:04}", random.below(10_000)),
        3 => format!("{}{} {}{}{}", letter(random), random.below(30), random.below(10), letter(random), letter(random)),
        _ => format!("{:03}-{:04}", random.below(1_000), random.below(10_000)),
    }
}

fn letter(random: &mut Random) -> char {
    char::from(b'A' + random.below(26) as u8)
}

fn filler(slot: &str, random: &mut Random) -> String {
    match slot {
        "open" => "{".to_owned(),
        "close" => "}".to_owned(),
        "email" => format!("<{}{}@example.com>", coined(random).to_lowercase(), random.below(99)),
        "number" => {
            let most = *random.pick(&[99, 2030, 9_999_999]);
            random.below(most).to_string()
        }
        "code" => format!("{}{}", coined(random), random.below(9_999)),
        "date" => format!("{:02}/{:02}/{}", 1 + random.below(28), 1 + random.below(12), 1930 + random.below(95)),
        "title" => (*random.pick(TITLES)).to_owned(),
        "title_de" => (*random.pick(TITLES_DE)).to_owned(),
        "title_fr" => (*random.pick(TITLES_FR)).to_owned(),
        "job" => (*random.pick(JOBS)).to_owned(),
        "nation" => (*random.pick(NATIONS)).to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::list::Items;
    use super::*;

    #[test]
    fn labels_lie_on_what_was_filled_in() {
        let items = |text: &str| Items::read(text);
        let lists = Lists {
            given: items("en\tAda"),
            family: items("en\tLovelace"),
            town: items("GB\tLeeds"),
            village: items(""),
            organization: items("company\tRowan"),
            country: items("PT\tPortugal"),
            company: items("en\tRowan Ltd"),
            address: items("en\t12 Elm Street\\nLeeds"),
            street: items("en\t12 Elm Street"),
            group: Vec::new(),
        };
        let writer = Writer::new(lists).unwrap();
        let mut random = Random::new(1);
        for _ in 0..2_000 {
            let row = writer.write(&mut random).unwrap();
            for label in &row.spans {
                let text = &row.text[label.span()];
                assert!(
                    !text.is_empty() && (label.label != "PERSON" || text.contains("Ada") || text.contains("Lovelace")),
                    "{row:?}"
                );
            }
            assert!(!row.text.contains("<person"), "{row:?}");
        }
    }
}
