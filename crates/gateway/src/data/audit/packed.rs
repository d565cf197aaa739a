//! Fields one behind the other, each behind its length in four bytes: how entries stand in a journal and in a group.

/// Adds a field.
pub fn put(bytes: &mut Vec<u8>, field: &[u8]) {
    bytes.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(field);
}

/// Takes fields off the beginning.
#[derive(Debug)]
pub struct Fields<'b>(pub &'b [u8]);

impl<'b> Fields<'b> {
    /// The next one as text; `None` when nothing whole is left, or it is not text.
    pub fn text(&mut self) -> Option<String> {
        self.next().and_then(|field| String::from_utf8(field.to_vec()).ok())
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let (field, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        self.0 = rest;
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_apart_again_and_a_cut_one_is_not_read() {
        let mut bytes = Vec::new();
        for field in [&b"one"[..], b"", b"three"] {
            put(&mut bytes, field);
        }
        assert_eq!(Fields(&bytes).collect::<Vec<_>>(), [&b"one"[..], b"", b"three"]);
        assert_eq!(Fields(&bytes[..bytes.len() - 1]).count(), 2);
    }
}
