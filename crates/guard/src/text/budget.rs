//! How much work hidden text may cause.
//!
//! Invariant: the first view is always built, whatever the budget; the budget only limits what is decoded from it.

/// Limits for decoding. The defaults bound the work at about four times that of the plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How many transforms may be stacked on each other.
    pub depth_max: usize,
    /// How many views there may be, the canonical one included.
    pub views_max: usize,
    /// Bytes that all decoded views together may hold, as a multiple of the text.
    pub expansion_max: usize,
    /// Bytes that decoded views may hold on top of that, so that short texts are decoded fully.
    pub slack_bytes: usize,
    /// The longest single decoded view in bytes.
    pub decode_bytes_max: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { depth_max: 4, views_max: 24, expansion_max: 4, slack_bytes: 64 << 10, decode_bytes_max: 64 << 10 }
    }
}

impl Budget {
    /// Bytes that all decoded views of a text of `len` bytes may hold together.
    pub const fn bytes_max(&self, len: usize) -> usize {
        len.saturating_mul(self.expansion_max).saturating_add(self.slack_bytes)
    }
}
