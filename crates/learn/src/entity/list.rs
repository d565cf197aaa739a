//! Lists of names, places and addresses by locale, to write texts with and to put on the tagger's lists.

use std::collections::{BTreeMap, HashMap};

use guard::entity::{LIST_BYTES, List, Token, Tokens, put, put_group, put_pair};

use crate::random::Random;

/// Locales that are written in as often as all others together.
const ENGLISH: &[&str] =
    &["en_US", "en_GB", "en_US", "en_IN", "en_CA", "en_AU", "en_NZ", "en_IE", "en_NG", "en_KE", "en"];
/// A word in lower case counts as common when it is met so often; a text that counts three times is met three times.
const COMMON_MIN: u32 = 9;

/// One list: items by locale.
#[derive(Debug, Default)]
pub struct Items {
    locales: BTreeMap<String, Vec<String>>,
}

/// All lists.
#[derive(Debug, Default)]
pub struct Lists {
    /// Given names.
    pub given: Items,
    /// Family names.
    pub family: Items,
    /// Towns.
    pub town: Items,
    /// Smaller towns, which no text is written with.
    pub village: Items,
    /// Countries and their parts.
    pub country: Items,
    /// Companies that were made up.
    pub company: Items,
    /// Companies, universities and clubs that there are.
    pub organization: Items,
    /// Whole addresses.
    pub address: Items,
    /// Streets with numbers.
    pub street: Items,
    /// Words and the group that they are in, those in most use first.
    pub group: Vec<(u8, String)>,
}

impl Items {
    /// Reads lines of a locale, a tab and an item, in which `\n` is a new line.
    pub fn read(text: &str) -> Self {
        let mut locales: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (locale, item) in text.lines().filter_map(|line| line.split_once('\t')) {
            locales.entry(locale.to_owned()).or_default().push(item.replace("\\n", "\n"));
        }
        Self { locales }
    }

    /// One item of a locale, or of any when it has none there.
    pub fn pick<'i>(&'i self, locale: &str, random: &mut Random) -> &'i str {
        let items = self.locales.get(locale).or_else(|| {
            let locales: Vec<_> = self.locales.values().collect();
            (!locales.is_empty()).then(|| *random.pick(&locales))
        });
        items.map_or("", |items| random.pick(items).as_str())
    }

    /// A locale: an English one every other time.
    pub fn locale(&self, random: &mut Random) -> String {
        let english: Vec<_> = ENGLISH.iter().filter(|locale| self.locales.contains_key(**locale)).collect();
        if !english.is_empty() && random.chance(0.5) {
            return (**random.pick(&english)).to_owned();
        }
        let all: Vec<_> = self.locales.keys().collect();
        if all.is_empty() { String::new() } else { (*random.pick(&all)).clone() }
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.locales.values().flatten().map(String::as_str)
    }
}

impl Lists {
    /// The filter of the tagger's lists; `texts` say which words are common.
    pub fn filter<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Box<[u8; LIST_BYTES]> {
        let mut filter = Box::new([0; LIST_BYTES]);
        let mut counts: HashMap<u64, u32> = HashMap::new();
        for text in texts {
            for token in Tokens::of(text).filter(|token| {
                token.is_word() && !token.has_digits() && text[token.start..].starts_with(char::is_lowercase)
            }) {
                let count = counts.entry(token.key()).or_default();
                *count += 1;
                if *count == COMMON_MIN {
                    put(&mut filter, List::Common, &token);
                }
            }
        }
        let is_common = |key: u64| counts.get(&key).is_some_and(|count| *count >= COMMON_MIN);
        for (list, items) in [(List::Given, &self.given), (List::Family, &self.family)] {
            for token in items.all().flat_map(Tokens::of).filter(|token| token.is_word() && token.end - token.start > 1)
            {
                put(&mut filter, list, &token);
            }
        }
        let places = [(List::Town, &self.town), (List::Town, &self.village), (List::Country, &self.country)];
        for (list, items) in places {
            for item in items.all() {
                let words: Vec<_> = Tokens::of(item).filter(Token::is_word).collect();
                for token in words.iter().filter(|token| words.len() == 1 || !is_common(token.key())) {
                    put(&mut filter, list, token);
                }
                put_pairs(&mut filter, List::PlacePair, item);
            }
        }
        for item in self.organization.all() {
            if let [token] = Tokens::of(item).collect::<Vec<_>>()[..] {
                put(&mut filter, List::Organization, &token);
            }
            put_pairs(&mut filter, List::OrganizationPair, item);
        }
        for (group, word) in &self.group {
            if let [token] = Tokens::of(word).collect::<Vec<_>>()[..] {
                put_group(&mut filter, &token, *group);
            }
        }
        filter
    }
}

/// Puts every two words that follow each other in `item` on a list.
fn put_pairs(filter: &mut [u8; LIST_BYTES], list: List, item: &str) {
    let words: Vec<_> = Tokens::of(item).collect();
    for pair in words.windows(2).filter(|pair| pair.iter().all(|token| token.is_word() && !token.has_digits())) {
        put_pair(filter, list, &pair[0], &pair[1]);
    }
}
