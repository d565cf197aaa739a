//! Texts of a streamed answer that are judged as a whole: held until then, or only remembered.

use std::collections::HashMap;

use wire::{Channel, Released};

use crate::model::tool::schema::TEXT_BYTES_MAX;

/// The texts under way, by channel.
#[derive(Debug, Default)]
pub(super) struct Answers(HashMap<Channel, Text>);

#[derive(Debug, Default)]
struct Text {
    /// What the filter let go, as the client gets it.
    said: String,
    is_too_long: bool,
    /// What waits.
    held: Released,
}

impl Answers {
    /// Takes what the filter let go, and returns what may leave of it now.
    pub(super) fn keep(&mut self, channel: &Channel, released: Released, holds: bool) -> Released {
        let text = self.0.entry(*channel).or_default();
        text.is_too_long |= text.said.len() + released.text.len() > TEXT_BYTES_MAX;
        if !text.is_too_long {
            text.said.push_str(&released.text);
        }
        if !holds {
            return released;
        }
        text.held.text.push_str(&released.text);
        text.held.settled = text.held.settled.max(released.settled);
        text.held.masked.extend(released.masked);
        Released::default()
    }

    /// Ends a text. Returns what may leave once it is judged, and all of it; `None` when it is too long to be judged.
    pub(super) fn complete(
        &mut self,
        channel: &Channel,
        released: Released,
        holds: bool,
    ) -> (Released, Option<String>) {
        let last = self.keep(channel, released, holds);
        let text = self.0.remove(channel).unwrap_or_default();
        let leaving = if holds { text.held } else { last };
        (leaving, (!text.is_too_long).then_some(text.said))
    }
}
