//! `name=value&name=value`, in a query string or a body.

use crate::transform::{has_invalid_url_encoding, url_decode};

use super::Pair;

/// Decoded arguments.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) pairs: Vec<Pair>,
    /// A `%` without two digits was met; it stays in the value.
    pub(crate) has_invalid_encoding: bool,
    /// There were more than the limit allows.
    pub(crate) is_over_limit: bool,
}

/// Reads at most `limit` arguments.
pub(crate) fn arguments(text: &[u8], separator: u8, limit: usize) -> Arguments {
    let mut out = Arguments { has_invalid_encoding: has_invalid_url_encoding(text), ..Arguments::default() };
    for part in text.split(|&byte| byte == separator).filter(|part| !part.is_empty()) {
        if out.pairs.len() == limit {
            out.is_over_limit = true;
            break;
        }
        let (name, value) = match memchr::memchr(b'=', part) {
            Some(at) => (&part[..at], &part[at + 1..]),
            None => (part, &[][..]),
        };
        out.pairs.push(Pair { name: url_decode(name), value: url_decode(value) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_decoded_and_counted() {
        let read = arguments(b"a=1%20+2&&b&=c&d=%4", b'&', 10);
        let pairs: Vec<_> = read.pairs.iter().map(|pair| (pair.name.as_slice(), pair.value.as_slice())).collect();
        assert_eq!(pairs, [(&b"a"[..], &b"1  2"[..]), (b"b", b""), (b"", b"c"), (b"d", b"%4")]);
        assert!(read.has_invalid_encoding && !read.is_over_limit);
        assert!(arguments(b"a&b&c", b'&', 2).is_over_limit);
    }
}
