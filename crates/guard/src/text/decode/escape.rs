//! Escapes of other languages: `%69`, `\x69`, `\u0069`, `\151`, `&#105;`, `=69`.
//!
//! A few escapes are ordinary text; only four or more are decoded, and neighbouring ones together, so that characters of
//! several bytes come out whole.

use crate::text::splice::Piece;

/// Fewer escapes hide nothing.
const COUNT_MIN: usize = 4;

/// One escape: how many bytes it is long and what it stands for.
struct Escape {
    len: usize,
    value: u32,
    is_byte: bool,
}

/// Finds `%XX`.
pub(in crate::text) fn percent(text: &str) -> Vec<Piece> {
    decode(text, b'%', |rest| hex(rest, 1, 2).map(|value| Escape { len: 3, value, is_byte: true }))
}

/// Finds `=XX` of quoted-printable.
pub(in crate::text) fn quoted_printable(text: &str) -> Vec<Piece> {
    decode(text, b'=', |rest| hex(rest, 1, 2).map(|value| Escape { len: 3, value, is_byte: true }))
}

/// Finds `\xXX`, `\uXXXX`, `\u{…}`, `\UXXXXXXXX` and octal escapes.
pub(in crate::text) fn backslash(text: &str) -> Vec<Piece> {
    decode(text, b'\\', |rest| match rest.as_bytes().get(1)? {
        b'x' => hex(rest, 2, 2).map(|value| Escape { len: 4, value, is_byte: true }),
        b'u' if rest.as_bytes().get(2) == Some(&b'{') => {
            let end = rest.bytes().take(12).position(|byte| byte == b'}')?;
            hex(rest, 3, end - 3).map(|value| Escape { len: end + 1, value, is_byte: false })
        }
        b'u' => hex(rest, 2, 4).map(|value| Escape { len: 6, value, is_byte: false }),
        b'U' => hex(rest, 2, 8).map(|value| Escape { len: 10, value, is_byte: false }),
        b'0'..=b'3' => {
            let digits = rest.get(1..4).filter(|digits| digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte)))?;
            u32::from_str_radix(digits, 8).ok().map(|value| Escape { len: 4, value, is_byte: true })
        }
        _ => None,
    })
}

/// Finds `&#105;` and `&#x69;`.
pub(in crate::text) fn entity(text: &str) -> Vec<Piece> {
    decode(text, b'&', |rest| {
        let end = rest.bytes().take(12).position(|byte| byte == b';').unwrap_or(rest.len().min(12));
        let digits = rest.get(..end)?.strip_prefix("&#")?;
        let value = match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => digits.parse().ok()?,
        };
        Some(Escape { len: (end + 1).min(rest.len()), value, is_byte: false })
    })
}

fn hex(text: &str, from: usize, len: usize) -> Option<u32> {
    let digits = text.get(from..from + len)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

fn decode(text: &str, sign: u8, read: impl Fn(&str) -> Option<Escape>) -> Vec<Piece> {
    let mut found: Vec<(std::ops::Range<usize>, Vec<u8>)> = Vec::new();
    let (mut count, mut done) = (0, 0);
    for at in memchr::memchr_iter(sign, text.as_bytes()) {
        if at < done {
            continue;
        }
        let Some(escape) = read(&text[at..]).filter(|escape| text.is_char_boundary(at + escape.len)) else { continue };
        let Some(bytes) = bytes_of(&escape) else { continue };
        count += 1;
        done = at + escape.len;
        match found.last_mut() {
            Some((span, held)) if span.end == at => {
                span.end = done;
                held.extend(bytes);
            }
            _ => found.push((at..done, bytes)),
        }
    }
    if count < COUNT_MIN {
        return Vec::new();
    }
    let piece = |(span, bytes): (_, Vec<u8>)| Piece { span, text: String::from_utf8_lossy(&bytes).into_owned() };
    found.into_iter().map(piece).filter(|piece| !piece.text.contains('\u{fffd}')).collect()
}

fn bytes_of(escape: &Escape) -> Option<Vec<u8>> {
    if escape.is_byte {
        return u8::try_from(escape.value).ok().map(|byte| vec![byte]);
    }
    char::from_u32(escape.value).map(|c| c.to_string().into_bytes())
}
