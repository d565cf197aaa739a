//! Characters that look like others, and marks over them. Held out.

use super::letter::{each, swap, swap_back};
use super::{Change, Family, Mutator};
use crate::random::Random;

/// The family.
pub(super) const MUTATORS: &[Mutator] = &[
    write("look-alikes", |text, random| each(text, random, look_alike), |text| Some(swap_back(text, LOOK_ALIKES))),
    write(
        "marks",
        |text, random| each(text, random, |c, _| format!("{c}\u{336}")),
        |text| Some(text.replace('\u{336}', "")),
    ),
    write("full-width", |text, _| shifted(text, &FULL_WIDTH), |text| Some(unshifted(text, &FULL_WIDTH))),
    write("bold-letters", |text, _| shifted(text, &BOLD), |text| Some(unshifted(text, &BOLD))),
    write("circled-letters", |text, _| shifted(text, &CIRCLED), |text| Some(unshifted(text, &CIRCLED))),
    write("small-capitals", |text, _| swap(text, SMALL), |text| Some(swap_back(text, SMALL))),
];

const fn write(name: &'static str, to: fn(&str, &mut Random) -> String, back: fn(&str) -> Option<String>) -> Mutator {
    Mutator::new(name, Family::Look, Change::Write(to, back))
}

/// Latin and the Cyrillic letter that is drawn the same.
const LOOK_ALIKES: &[(char, char)] =
    &[('a', 'а'), ('e', 'е'), ('o', 'о'), ('p', 'р'), ('c', 'с'), ('x', 'х'), ('i', 'і')];

fn look_alike(c: char, random: &mut Random) -> String {
    if random.chance(0.7) { swap(&c.to_string(), LOOK_ALIKES) } else { c.to_string() }
}

const SMALL: &[(char, char)] = &[
    ('a', 'ᴀ'),
    ('b', 'ʙ'),
    ('c', 'ᴄ'),
    ('d', 'ᴅ'),
    ('e', 'ᴇ'),
    ('g', 'ɢ'),
    ('h', 'ʜ'),
    ('i', 'ɪ'),
    ('j', 'ᴊ'),
    ('k', 'ᴋ'),
    ('l', 'ʟ'),
    ('m', 'ᴍ'),
    ('n', 'ɴ'),
    ('o', 'ᴏ'),
    ('p', 'ᴘ'),
    ('r', 'ʀ'),
    ('t', 'ᴛ'),
    ('u', 'ᴜ'),
    ('v', 'ᴠ'),
    ('w', 'ᴡ'),
    ('y', 'ʏ'),
    ('z', 'ᴢ'),
];

/// Stretches of ASCII and where they begin elsewhere in Unicode.
type Shift = [(char, char, u32)];

const FULL_WIDTH: [(char, char, u32); 1] = [('!', '~', 0xff01)];
const BOLD: [(char, char, u32); 3] = [('A', 'Z', 0x1_d400), ('a', 'z', 0x1_d41a), ('0', '9', 0x1_d7ce)];
const CIRCLED: [(char, char, u32); 3] = [('A', 'Z', 0x24b6), ('a', 'z', 0x24d0), ('1', '9', 0x2460)];

fn shifted(text: &str, shift: &Shift) -> String {
    let shifted = |c: char| {
        let (from, _, to) = shift.iter().find(|(from, until, _)| (*from..=*until).contains(&c))?;
        char::from_u32(u32::from(c) - u32::from(*from) + to)
    };
    text.chars().map(|c| shifted(c).unwrap_or(c)).collect()
}

fn unshifted(text: &str, shift: &Shift) -> String {
    let back = |c: char| {
        let place = |from: char, until: char, to: u32| {
            let at = u32::from(c).checked_sub(to).filter(|at| *at <= u32::from(until) - u32::from(from))?;
            char::from_u32(u32::from(from) + at)
        };
        shift.iter().find_map(|(from, until, to)| place(*from, *until, *to))
    };
    text.chars().map(|c| back(c).unwrap_or(c)).collect()
}
