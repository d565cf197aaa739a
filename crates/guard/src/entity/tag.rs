//! From tokens to entities: the best sequence of tags, and the spans that they make.
//!
//! A text is decoded in stretches of [`STRETCH`] tokens that begin at fixed places; a stretch sees [`REACH`] tokens to either
//! side of it and begins in the tag that the one before ended in.

use std::sync::LazyLock;

use super::feature::REACH;
use super::model::{Model, Transitions};
use super::table::sum;
use super::token::{NOTHING, Token, Tokens};
use super::{Entity, Kind, Listed, TAGS, rows};

/// Tokens that are decoded at once.
const STRETCH: usize = 128;
/// Longer runs of one tag are cut: nobody's name has more words, and an address hardly.
const TOKENS_MAX: usize = 24;
/// Bytes of signs and space between the parts of an address.
const SEAM_BYTES: usize = 4;
/// Longer addresses do not go on.
const ADDRESS_BYTES: usize = 256;
/// A margin of so much makes a score of three quarters.
const MARGIN: f32 = 120.0;

/// The best tags for tokens of these sums, coming from the tag `before` ([`TAGS`] at the beginning).
pub fn best_path(sums: &[[i32; TAGS]], transitions: &Transitions, before: usize) -> Vec<u8> {
    let mut from: Vec<[u8; TAGS]> = Vec::with_capacity(sums.len());
    let mut scores = [0; TAGS];
    for (at, sums) in sums.iter().enumerate() {
        let mut next = [0; TAGS];
        let mut back = [0_u8; TAGS];
        for tag in 0..TAGS {
            let coming = |previous: usize| scores[previous] + transitions[previous][tag];
            let (best, score) = if at == 0 {
                (0, transitions[before][tag])
            } else {
                (1..TAGS).fold((0, coming(0)), |best, previous| {
                    let score = coming(previous);
                    if score > best.1 { (previous, score) } else { best }
                })
            };
            next[tag] = score + sums[tag];
            back[tag] = best as u8;
        }
        scores = next;
        from.push(back);
    }
    let mut tag = (1..TAGS).fold(0, |best, tag| if scores[tag] > scores[best] { tag } else { best });
    let mut path = vec![0; sums.len()];
    for at in (0..sums.len()).rev() {
        path[at] = tag as u8;
        tag = usize::from(from[at][tag]);
    }
    path
}

/// The run of one tag that is being read.
struct Run {
    kind: Kind,
    /// Where it begins, and where its last word ends.
    span: std::ops::Range<usize>,
    tokens: usize,
    words: usize,
    has_digits: bool,
    has_letters: bool,
    margin: i32,
}

/// Makes entities of tags.
#[derive(Default)]
struct Runs {
    open: Option<Run>,
    done: Vec<Entity>,
    /// Where the last word that is part of nothing ends.
    plain_end: usize,
    /// Whether the last word of an address says that a number follows.
    in_unit: bool,
    /// Where the last postcode ends.
    code_end: usize,
}

/// What parts of a house are called.
static UNITS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let words = "suite apt apartment unit flat floor room building box no";
    Tokens::of(words).map(|token| token.key()).collect()
});

impl Model {
    /// The entities of a text, in order.
    pub fn tag(&self, text: &str) -> Vec<Entity> {
        let Some((table, filter)) = self.tables() else { return Vec::new() };
        let mut tokens = Listed::of(filter, Tokens::of(text));
        let mut window = vec![NOTHING; REACH];
        let mut runs = Runs::default();
        let mut before = TAGS;
        loop {
            window.extend(tokens.by_ref().take(STRETCH + 2 * REACH - window.len()));
            let end = if window.len() == STRETCH + 2 * REACH { STRETCH + REACH } else { window.len() };
            let sums: Vec<_> = (REACH..end).map(|at| sum(table, rows(&window, at))).collect();
            if sums.is_empty() {
                break;
            }
            let path = best_path(&sums, self.transitions(), before);
            for ((token, tag), sums) in window[REACH..end].iter().zip(&path).zip(&sums) {
                runs.add(token, *tag, sums);
            }
            before = path.last().map_or(TAGS, |tag| usize::from(*tag));
            window.drain(..end - REACH);
        }
        runs.close();
        runs.done
    }
}

impl Runs {
    fn add(&mut self, token: &Token, tag: u8, sums: &[i32; TAGS]) {
        let kind = Kind::ALL.get(usize::from(tag).wrapping_sub(1)).copied();
        if self.open.as_ref().is_some_and(|run| Some(run.kind) != kind || run.tokens == TOKENS_MAX) {
            self.close();
        }
        let Some(kind) = kind else {
            if token.is_word() && !self.ends_address(token) && !self.is_postcode(token) {
                self.plain_end = token.end;
            }
            return;
        };
        // An entity begins and ends with a word.
        if self.open.is_none() && !token.is_word() {
            return;
        }
        let run = self.open.get_or_insert(Run {
            kind,
            span: token.start..token.end,
            tokens: 0,
            words: 0,
            has_digits: false,
            has_letters: false,
            margin: 0,
        });
        run.tokens += 1;
        if token.is_word() {
            run.span.end = token.end;
            run.words += 1;
            run.has_digits |= token.has_digits();
            run.has_letters |= token.has_letters();
            run.margin += sums[usize::from(tag)] - sums[0];
        }
    }

    fn close(&mut self) {
        let Some(run) = self.open.take() else { return };
        if self.goes_on(&run) {
            return;
        }
        let is_likely = match run.kind {
            // Numbers alone are a telephone's, or a table.
            Kind::Address => run.words > 1 && run.has_digits && run.has_letters,
            Kind::Person | Kind::Organization | Kind::Place => run.span.len() > 1,
        };
        if is_likely {
            let margin = (run.margin as f32 / run.words as f32).max(0.0);
            let score = 0.5 + 0.5 * margin / (margin + MARGIN);
            self.done.push(Entity { kind: run.kind, span: run.span, score });
        }
    }

    /// Whether the token belongs to an address right before it: a unit, or the number of one.
    fn ends_address(&mut self, token: &Token) -> bool {
        let plain_end = self.plain_end;
        let Some(last) = self.done.last_mut().filter(|last| last.kind == Kind::Address) else { return false };
        let is_near = token.start - last.span.end <= SEAM_BYTES && plain_end <= last.span.end;
        let is_number = self.in_unit && (token.has_digits() || token.is_initial());
        let is_unit = UNITS.contains(&token.key());
        let is_part = is_near && last.span.len() < ADDRESS_BYTES && (is_unit || is_number);
        if is_part {
            last.span.end = token.end;
        }
        self.in_unit = is_part && is_unit;
        is_part
    }

    /// Whether the run goes on with an address right before it: more of it, or the town and the country behind its postcode.
    fn goes_on(&mut self, run: &Run) -> bool {
        let Some(last) = self.done.last_mut().filter(|last| last.kind == Kind::Address) else { return false };
        let is_near = run.span.start - last.span.end <= SEAM_BYTES && self.plain_end <= last.span.end;
        let is_town = run.kind == Kind::Place && self.code_end == last.span.end;
        let is_part = is_near && (is_town || run.kind == Kind::Address) && last.span.len() < ADDRESS_BYTES;
        if is_part {
            last.span.end = run.span.end;
        }
        if is_part && is_town {
            self.code_end = run.span.end;
        }
        is_part
    }

    /// Takes a token that stands right behind a street or its town for a postcode: all of it is one address then.
    fn is_postcode(&mut self, token: &Token) -> bool {
        let end = self.done.last().map_or(0, |last| last.span.end);
        if end == 0 || token.start - end > SEAM_BYTES {
            return false;
        }
        let is_second =
            self.code_end == end && token.start == end + 1 && (token.may_be_postcode() || token.is_pair_of_capitals());
        let is_first = token.has_digits() && token.may_be_postcode();
        let Some(street) = self.street().filter(|_| is_first || is_second) else { return false };
        self.done.truncate(street + 1);
        if let Some(last) = self.done.last_mut() {
            last.span.end = token.end;
        }
        self.code_end = token.end;
        true
    }

    /// The street that was found last, unless something else than towns and regions was found behind it.
    fn street(&self) -> Option<usize> {
        let mut next: Option<&Entity> = None;
        for (at, entity) in self.done.iter().enumerate().rev().take(4) {
            let is_near = next.is_none_or(|next| next.span.start - entity.span.end <= SEAM_BYTES);
            match entity.kind {
                Kind::Address if is_near => return Some(at),
                Kind::Place if is_near => next = Some(entity),
                _ => return None,
            }
        }
        None
    }
}
