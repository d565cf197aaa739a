//! Filters for tests: one that lets everything go, one that masks a secret with the least hold-back there is.

use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;

use wire::{Channel, Filter, Released};

pub(crate) const SECRET: &str = "SECRET-1234";
pub(crate) const MASK: &str = "[x]";

/// Lets everything go at once.
#[derive(Default)]
pub(crate) struct Identity(HashMap<Channel, usize>);

impl Filter for Identity {
    type Stop = Infallible;

    fn push(&mut self, channel: &Channel, text: &str) -> Result<Released, Infallible> {
        let settled = self.0.entry(*channel).or_default();
        *settled += text.len();
        Ok(Released { text: text.to_owned(), settled: *settled, masked: Vec::new() })
    }

    fn finish(&mut self, channel: &Channel) -> Result<Released, Infallible> {
        Ok(Released { settled: self.0.remove(channel).unwrap_or_default(), ..Released::default() })
    }

    fn whole<'t>(&mut self, _: &Channel, text: &'t str) -> Result<Cow<'t, str>, Infallible> {
        Ok(Cow::Borrowed(text))
    }
}

/// Masks a secret: [`SECRET`] by default.
pub(crate) struct Masking {
    secret: &'static str,
    held: HashMap<Channel, Held>,
}

impl Masking {
    pub(crate) fn of(secret: &'static str) -> Self {
        Self { secret, held: HashMap::new() }
    }
}

impl Default for Masking {
    fn default() -> Self {
        Self::of(SECRET)
    }
}

#[derive(Default)]
struct Held {
    text: String,
    settled: usize,
}

impl Held {
    fn release(&mut self, secret: &str, keep: usize) -> Released {
        let mut out = Released::default();
        while let Some(at) = self.text.find(secret) {
            out.text.push_str(&self.text[..at]);
            out.text.push_str(MASK);
            out.masked.push(self.settled + at..self.settled + at + secret.len());
            self.text.drain(..at + secret.len());
            self.settled += at + secret.len();
        }
        let hold = (1..=keep.min(self.text.len()))
            .rev()
            .find(|len| {
                self.text.is_char_boundary(self.text.len() - len)
                    && secret.starts_with(&self.text[self.text.len() - len..])
            })
            .unwrap_or(0);
        let rest = self.text.split_off(self.text.len() - hold);
        self.settled += self.text.len();
        out.text.push_str(&self.text);
        self.text = rest;
        out.settled = self.settled;
        out
    }
}

impl Filter for Masking {
    type Stop = Infallible;

    fn push(&mut self, channel: &Channel, text: &str) -> Result<Released, Infallible> {
        let held = self.held.entry(*channel).or_default();
        held.text.push_str(text);
        Ok(held.release(self.secret, self.secret.len() - 1))
    }

    fn finish(&mut self, channel: &Channel) -> Result<Released, Infallible> {
        Ok(self.held.remove(channel).unwrap_or_default().release(self.secret, 0))
    }

    fn whole<'t>(&mut self, _: &Channel, text: &'t str) -> Result<Cow<'t, str>, Infallible> {
        Ok(if text.contains(self.secret) { text.replace(self.secret, MASK).into() } else { text.into() })
    }
}
