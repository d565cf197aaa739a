//! Many phrases at once, in any case.

use aho_corasick::AhoCorasick;

/// A list of phrases.
#[derive(Debug)]
pub(crate) struct Phrases {
    automaton: AhoCorasick,
}

impl Phrases {
    /// Reads the argument of `@pm`: words between spaces; `|41 42|` in a word stands for the bytes 0x41 0x42.
    pub(crate) fn parse(argument: &[u8]) -> Result<Self, String> {
        let words = decode(argument)?;
        Self::build(words.iter().map(Vec::as_slice))
    }

    /// Reads a phrase file: a phrase a line; lines that begin with `#` are comments.
    pub(crate) fn parse_file(text: &[u8]) -> Result<Self, String> {
        let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        Self::build(lines.filter(|line| !line.is_empty() && !line.starts_with(b"#")))
    }

    fn build<'a>(phrases: impl Iterator<Item = &'a [u8]>) -> Result<Self, String> {
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(aho_corasick::AhoCorasickKind::ContiguousNFA))
            .build(phrases)
            .map_err(|error| format!("the phrases do not fit one automaton: {error}"))?;
        if automaton.patterns_len() == 0 {
            return Err("there is no phrase".to_owned());
        }
        Ok(Self { automaton })
    }

    /// The first phrase that occurs, as the value has it.
    pub(crate) fn find<'a>(&self, value: &'a [u8]) -> Option<&'a [u8]> {
        self.automaton.find(value).map(|found| &value[found.range()])
    }
}

fn decode(argument: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut words = vec![Vec::new()];
    let mut in_bytes = false;
    let mut digits = Vec::new();
    for &byte in argument {
        match byte {
            b'|' => in_bytes = !in_bytes,
            _ if in_bytes && byte.is_ascii_hexdigit() => digits.push(byte),
            b' ' if in_bytes => {}
            _ if in_bytes => return Err("between | and | are only hexadecimal digits".to_owned()),
            b' ' | b'\t' => words.push(Vec::new()),
            _ => words.last_mut().expect("begins with one word").push(byte),
        }
        if let [high, low] = digits[..] {
            let value = crate::transform::hex_pair(&[high, low], 0).expect("only digits were kept");
            words.last_mut().expect("begins with one word").push(value);
            digits.clear();
        }
    }
    words.retain(|word| !word.is_empty());
    Ok(words)
}
