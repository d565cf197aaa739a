//! Windows over a stream of tokens, each overlapping the one before.
//!
//! Invariants: every token is in at least one window; a window has at most as many tokens as was asked for; not more
//! tokens wait than one window and what came last.

use std::ops::Range;

/// A stretch of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// The tokens, without those that frame them.
    pub(crate) ids: Vec<u32>,
    /// Where they stand in the text, in bytes.
    pub(crate) span: Range<usize>,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) id: u32,
    pub(crate) span: Range<usize>,
}

/// Cuts tokens into windows as they come.
#[derive(Debug)]
pub(crate) struct Cutter {
    tokens: Vec<Token>,
    size: usize,
    overlap: usize,
    /// How many at the beginning were in a window already.
    seen: usize,
}

impl Cutter {
    /// Windows of so many tokens, an eighth of which is in the next one too.
    pub(crate) fn new(size: usize) -> Self {
        let size = size.max(2);
        Self { tokens: Vec::new(), size, overlap: size / 8, seen: 0 }
    }

    /// Takes tokens, in order.
    pub(crate) fn push(&mut self, tokens: impl IntoIterator<Item = Token>) {
        self.tokens.extend(tokens);
    }

    /// The next full window.
    pub(crate) fn full(&mut self) -> Option<Window> {
        if self.tokens.len() < self.size {
            return None;
        }
        let window = window(&self.tokens[..self.size]);
        self.tokens.drain(..self.size - self.overlap);
        self.seen = self.overlap;
        window
    }

    /// What is left when no more tokens come.
    pub(crate) fn rest(&mut self) -> Option<Window> {
        let tokens = std::mem::take(&mut self.tokens);
        if tokens.len() > std::mem::take(&mut self.seen) { window(&tokens) } else { None }
    }
}

fn window(tokens: &[Token]) -> Option<Window> {
    let start = tokens.iter().map(|token| token.span.start).min()?;
    let end = tokens.iter().map(|token| token.span.end).max()?;
    Some(Window { ids: tokens.iter().map(|token| token.id).collect(), span: start..end.max(start) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(tokens: u32, size: usize) -> Vec<Window> {
        let mut cutter = Cutter::new(size);
        let mut windows = Vec::new();
        for id in 0..tokens {
            let at = id as usize;
            cutter.push([Token { id, span: at..at + 1 }]);
            windows.extend(std::iter::from_fn(|| cutter.full()));
        }
        windows.extend(cutter.rest());
        windows
    }

    #[test]
    fn every_token_is_in_a_window_and_none_is_too_large() {
        for size in [2, 8, 30, 64] {
            for tokens in 0..200 {
                let windows = cut(tokens, size);
                let mut seen: Vec<u32> = windows.iter().flat_map(|window| window.ids.clone()).collect();
                seen.sort_unstable();
                seen.dedup();
                assert_eq!(seen, (0..tokens).collect::<Vec<_>>(), "{tokens} by {size}");
                assert!(windows.iter().all(|window| window.ids.len() <= size));
            }
        }
    }

    #[test]
    fn windows_overlap_and_the_overlap_alone_is_no_window() {
        let windows = cut(64, 64);
        assert_eq!(windows.len(), 1);
        let windows = cut(65, 64);
        assert_eq!((windows.len(), windows[1].span.clone()), (2, 56..65));
    }
}
