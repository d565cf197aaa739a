//! Frames of HTTP/2, made by hand (RFC 9113), with heads in HPACK without Huffman codes (RFC 7541).

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// One frame.
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[self.kind, self.flags], &self.stream.to_be_bytes(), &self.payload].concat()
    }

    /// A request is taken back.
    pub(crate) fn reset(stream: u32) -> Vec<u8> {
        Self { kind: 3, flags: 0, stream, payload: vec![0, 0, 0, 8] }.bytes()
    }
}

/// What a client begins with.
pub(crate) fn opening() -> Vec<u8> {
    opening_with(&[])
}

/// With settings.
pub(crate) fn opening_with(settings: &[(u16, u32)]) -> Vec<u8> {
    let payload =
        settings.iter().flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat()).collect();
    [PREFACE, &Frame { kind: 4, flags: 0, stream: 0, payload }.bytes()].concat()
}

/// A whole `GET`.
pub(crate) fn get(stream: u32, path: &str) -> Vec<u8> {
    Frame { kind: 1, flags: 5, stream, payload: head(path) }.bytes()
}

/// `:method GET`, `:scheme http`, `:path`, `:authority`.
pub(crate) fn head(path: &str) -> Vec<u8> {
    [&[0x82, 0x86, 0x04][..], &text(path), &[0x01], &text("gateway")].concat()
}

/// A header that the other side forgets.
pub(crate) fn header(name: &str, value: &str) -> Vec<u8> {
    [&[0][..], &text(name), &text(value)].concat()
}

/// A header that the other side remembers, as the newest of its table (0xbe).
pub(crate) fn remembered(name: &str, value: &str) -> Vec<u8> {
    [&[0x40][..], &text(name), &text(value)].concat()
}

/// A length of seven bits and more, and the text.
fn text(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut left = text.len();
    if left < 127 {
        bytes.push(u8::try_from(left).unwrap());
    } else {
        bytes.push(127);
        left -= 127;
        while left >= 128 {
            bytes.push(u8::try_from(left % 128).unwrap() | 128);
            left /= 128;
        }
        bytes.push(u8::try_from(left).unwrap());
    }
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// The statuses in what the other side sent, as far as they are said by one byte of HPACK's own table.
pub(crate) fn statuses(mut bytes: &[u8]) -> Vec<u16> {
    let mut found = Vec::new();
    while let Some((&[a, b, c, kind, ..], rest)) = bytes.split_first_chunk::<9>() {
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        let payload = &rest[..length.min(rest.len())];
        if kind == 1 {
            let known = [(0x88, 200), (0x89, 204), (0x8a, 206), (0x8b, 304), (0x8c, 400), (0x8d, 404), (0x8e, 500)];
            found.extend(known.iter().filter(|(byte, _)| payload.first() == Some(byte)).map(|(_, status)| *status));
        }
        bytes = &rest[payload.len()..];
    }
    found
}
