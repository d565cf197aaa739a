//! Cutting a stream in awkward places: inside words, secrets, characters, escapes and line ends.
//!
//! Invariant: the pieces, put together, are the text; the same seed cuts the same way.

use bytes::Bytes;

use super::dice::Dice;

/// The longest piece of text in one event when nothing else is asked for, in characters.
const PIECE: usize = 9;

/// Cuts a text into the pieces that events carry: `chunk` characters each, or as the dice fall.
pub(super) fn pieces(text: &str, chunk: Option<usize>, dice: &mut Dice) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text.chars().peekable();
    while rest.peek().is_some() {
        let length = chunk.unwrap_or_else(|| 1 + dice.below(PIECE)).max(1);
        pieces.push(rest.by_ref().take(length).collect());
    }
    pieces
}

/// JSON text with every character beyond ASCII as `\uXXXX`: the other way to write it, used by half of the events.
pub(super) fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}

/// Cuts the bytes of one event into the writes it is sent in: `cut` bytes each (0 for one write), or as the dice fall,
/// and then always inside the first character or escape that can be cut.
pub(super) fn writes(event: Vec<u8>, cut: Option<usize>, dice: &mut Dice) -> Vec<Bytes> {
    let event = Bytes::from(event);
    let mut places: Vec<usize> = match cut {
        Some(0) => Vec::new(),
        Some(length) => (length..event.len()).step_by(length).collect(),
        None => awkward(&event, dice),
    };
    places.sort_unstable();
    places.dedup();
    places.push(event.len());
    let mut from = 0;
    let cuts = places.into_iter().map(|to| {
        let piece = event.slice(from..to);
        from = to;
        piece
    });
    cuts.filter(|piece| !piece.is_empty()).collect()
}

fn awkward(event: &[u8], dice: &mut Dice) -> Vec<usize> {
    let inside_character = event.iter().position(|byte| *byte >= 0xC0).map(|at| at + 1);
    let inside_escape = event.windows(2).position(|pair| pair == b"\\u").map(|at| at + 2 + dice.below(4));
    let mut places: Vec<usize> = inside_character.into_iter().chain(inside_escape).collect();
    match dice.below(5) {
        0 => places.push(dice.below(event.len())),
        1 => places.push(event.len().saturating_sub(1)),
        2 => places.push(dice.below(7)),
        _ => {}
    }
    places.retain(|place| *place < event.len());
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_put_together_are_the_text() {
        let text = "Grüße ☂ from the 塔, and a 🗼 too";
        for chunk in [None, Some(1), Some(3), Some(1000)] {
            assert_eq!(pieces(text, chunk, &mut Dice::seeded(text)).concat(), text);
        }
    }

    #[test]
    fn writes_put_together_are_the_event() {
        let event = "data: {\"text\":\"ü \\u00fc\"}\n\n";
        for (seed, cut) in [("a", None), ("b", None), ("c", Some(0)), ("d", Some(1)), ("e", Some(7))] {
            let written = writes(event.as_bytes().to_vec(), cut, &mut Dice::seeded(seed));
            assert_eq!(written.concat(), event.as_bytes());
        }
    }

    #[test]
    fn characters_and_escapes_are_cut_inside() {
        let written = writes("data: ü".as_bytes().to_vec(), None, &mut Dice::seeded("x"));
        assert!(written.iter().any(|piece| std::str::from_utf8(piece).is_err()));
    }

    #[test]
    fn escapes_mean_the_same() {
        let json = r#"{"a":"ü🗼"}"#;
        assert_eq!(escaped(json), r#"{"a":"\u00fc\ud83d\uddfc"}"#);
    }
}
