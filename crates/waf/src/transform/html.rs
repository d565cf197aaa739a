//! HTML entities.

/// Decodes `&#NN;`, `&#xHH;` (the low byte of a larger code point) and the named entities that hide syntax; the
/// semicolon may be missing.
pub(super) fn entity_decode(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = memchr::memchr(b'&', rest) {
        out.extend_from_slice(&rest[..start]);
        rest = &rest[start..];
        match entity(rest) {
            Some((byte, length)) => {
                out.push(byte);
                rest = &rest[length..];
                if rest.first() == Some(&b';') {
                    rest = &rest[1..];
                }
            }
            None => {
                out.push(b'&');
                rest = &rest[1..];
            }
        }
    }
    out.extend_from_slice(rest);
    out
}

/// The byte an entity stands for and its length without the semicolon.
fn entity(at: &[u8]) -> Option<(u8, usize)> {
    if at.get(1) == Some(&b'#') {
        return match at.get(2) {
            Some(b'x' | b'X') => number(at, 3, 16),
            _ => number(at, 2, 10),
        };
    }
    let length = at[1..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let name = at[1..=length].to_ascii_lowercase();
    let byte = match name.as_slice() {
        b"quot" => b'"',
        b"amp" => b'&',
        b"lt" => b'<',
        b"gt" => b'>',
        b"nbsp" => 0xA0,
        b"apos" => b'\'',
        b"colon" => b':',
        b"tab" => b'\t',
        b"newline" => b'\n',
        b"lpar" => b'(',
        b"rpar" => b')',
        b"lbrace" => b'{',
        b"rbrace" => b'}',
        _ => return None,
    };
    Some((byte, length + 1))
}

fn number(at: &[u8], start: usize, radix: u32) -> Option<(u8, usize)> {
    let digits = at[start..].iter().take_while(|&&byte| (byte as char).is_digit(radix)).count();
    if digits == 0 {
        return None;
    }
    let code = at[start..start + digits]
        .iter()
        .fold(0_u32, |sum, &byte| sum.wrapping_mul(radix).wrapping_add((byte as char).to_digit(radix).unwrap_or(0)));
    Some(((code & 0xFF) as u8, start + digits))
}
