//! White space: removed, compressed, trimmed.

/// White space as C's `isspace` has it.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C)
}

/// Removes white space and the non-breaking space of Latin-1.
pub(super) fn remove(value: &[u8]) -> Vec<u8> {
    value.iter().copied().filter(|&byte| !is_space(byte) && byte != 0xA0).collect()
}

/// Makes one space of each run of white space.
pub(super) fn compress(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut in_run = false;
    for &byte in value {
        let space = is_space(byte) || byte == 0xA0;
        if !space {
            out.push(byte);
        } else if !in_run {
            out.push(b' ');
        }
        in_run = space;
    }
    out
}

pub(super) fn trim_left(value: &[u8]) -> &[u8] {
    let start = value.iter().position(|&byte| !is_space(byte)).unwrap_or(value.len());
    &value[start..]
}

pub(super) fn trim_right(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|&byte| !is_space(byte)).map_or(0, |last| last + 1);
    &value[..end]
}
