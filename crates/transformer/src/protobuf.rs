//! Looks through an ONNX file before the engine reads it.
//!
//! The engine's own reader does not end on a number of ten bytes that goes on (rten 0.27), and nests as deep as the file says.
//! So every number, length and message that it will read is gone through here first.
//!
//! Invariant: this ends for every input, in one pass, without allocating.

/// Graphs may stand inside graphs; real ones do not go this deep.
const DEPTH_MAX: usize = 32;

/// Messages of the format.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Value,
    Type,
    TensorType,
    SequenceType,
    Shape,
    /// One with numbers and texts alone.
    Plain,
}

/// What a field with a length holds.
enum Inside {
    Message(Kind),
    Numbers,
    Bytes,
}

/// Whether a file is a well-formed ONNX model, as far as its framing goes.
pub(crate) fn is_sound(file: &[u8]) -> bool {
    !file.is_empty() && walk(file, Kind::Model, 0).is_some()
}

/// `None` when the message is not well formed.
fn walk(mut bytes: &[u8], kind: Kind, depth: usize) -> Option<()> {
    if depth > DEPTH_MAX {
        return None;
    }
    while !bytes.is_empty() {
        let tag = number(&mut bytes)?;
        match tag & 7 {
            0 => _ = number(&mut bytes)?,
            1 => _ = take(&mut bytes, 8)?,
            5 => _ = take(&mut bytes, 4)?,
            2 => {
                let length = number(&mut bytes)?;
                let mut body = take(&mut bytes, usize::try_from(length).ok()?)?;
                match inside(kind, tag >> 3) {
                    Inside::Message(kind) => walk(body, kind, depth + 1)?,
                    Inside::Bytes => {}
                    Inside::Numbers => {
                        while !body.is_empty() {
                            number(&mut body)?;
                        }
                    }
                }
            }
            _ => return None,
        }
    }
    Some(())
}

/// By message and number of the field, from `onnx.proto`.
const fn inside(kind: Kind, field: u64) -> Inside {
    use Inside::{Bytes, Message, Numbers};
    match (kind, field) {
        (Kind::Model, 7) | (Kind::Attribute, 6 | 11) => Message(Kind::Graph),
        (Kind::Model, 8 | 14) | (Kind::Tensor, 13) | (Kind::Shape, 1) => Message(Kind::Plain),
        (Kind::Graph, 1) => Message(Kind::Node),
        (Kind::Graph, 5) | (Kind::Attribute, 5 | 10) => Message(Kind::Tensor),
        (Kind::Graph, 11..=13) => Message(Kind::Value),
        (Kind::Node, 5) => Message(Kind::Attribute),
        (Kind::Value, 2) | (Kind::SequenceType, 1) => Message(Kind::Type),
        (Kind::Type, 1) => Message(Kind::TensorType),
        (Kind::Type, 4) => Message(Kind::SequenceType),
        (Kind::TensorType, 2) => Message(Kind::Shape),
        (Kind::Tensor, 1 | 5 | 7 | 11) | (Kind::Attribute, 8) => Numbers,
        _ => Bytes,
    }
}

/// A number of up to ten bytes, the last of which says so.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for index in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (index * 7);
        if byte & 0x80 == 0 {
            return (index < 9 || *byte <= 1).then_some(value);
        }
    }
    None
}

fn take<'b>(bytes: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_do_not_end_and_lengths_that_lead_out_are_no_model() {
        assert!(!is_sound(&[]));
        assert!(!is_sound(&[0xff; 64]));
        assert!(!is_sound(&[0x08, 0xff]));
        assert!(!is_sound(&[0x3a, 0x05, 0x00]), "a graph of five bytes, of which one is there");
        // A graph, a tensor in it, and its dimensions.
        let dims = [&[0x0a, 10][..], &[0xff; 10]].concat();
        let tensor = [&[0x2a, 12][..], &dims].concat();
        assert!(!is_sound(&[&[0x3a, 14][..], &tensor].concat()));
        assert!(is_sound(&[0x08, 0x08]));
    }

    #[test]
    fn graphs_inside_graphs_end() {
        let mut graph = vec![0x12, 0x00];
        for _ in 0..60 {
            for tag in [0x32, 0x2a, 0x0a] {
                let length = u8::try_from(graph.len() & 0x7f).unwrap() | 0x80;
                let more = u8::try_from(graph.len() >> 7).unwrap();
                graph = [&[tag, length, more][..], &graph].concat();
            }
        }
        let length = u8::try_from(graph.len() & 0x7f).unwrap() | 0x80;
        let more = u8::try_from(graph.len() >> 7).unwrap();
        assert!(!is_sound(&[&[0x3a, length, more][..], &graph].concat()));
    }
}
