//! Comparing with a text: case counts, and there are no patterns.

/// One comparison of a value with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextTest {
    Equals,
    BeginsWith,
    EndsWith,
    Contains,
    ContainsWord,
    /// The value occurs in the text.
    Within,
}

impl TextTest {
    pub(crate) fn holds(self, value: &[u8], text: &[u8]) -> bool {
        match self {
            TextTest::Equals => value == text,
            TextTest::BeginsWith => value.starts_with(text),
            TextTest::EndsWith => value.ends_with(text),
            TextTest::Contains => memchr::memmem::find(value, text).is_some(),
            TextTest::ContainsWord => contains_word(value, text),
            TextTest::Within => memchr::memmem::find(text, value).is_some(),
        }
    }
}

fn contains_word(value: &[u8], word: &[u8]) -> bool {
    if word.is_empty() {
        return true;
    }
    let is_word = |at: Option<usize>| {
        at.and_then(|at| value.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    memchr::memmem::find_iter(value, word).any(|at| !is_word(at.checked_sub(1)) && !is_word(Some(at + word.len())))
}
