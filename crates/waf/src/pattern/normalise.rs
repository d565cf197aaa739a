//! From the regular expressions of PCRE to those of Rust, byte for byte.
//!
//! Rule sets are written for PCRE without UTF mode: a pattern is bytes and matches bytes. This file rewrites what the two
//! dialects spell differently (stray braces and brackets, `\x{HH}`, octal, `\h`, `\Z`, `\<`), and says when a pattern needs
//! look-around, a back-reference or possessive matching, which only a backtracking engine has.
//!
//! Invariant: the outcome is ASCII and has the same meaning in Rust's byte mode as the input has in PCRE.

/// A pattern in Rust's dialect.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Normal {
    pub(super) text: String,
    /// True when only a backtracking engine can run it.
    pub(super) backtracks: bool,
}

/// Rewrites a pattern; the error says which construct is not supported.
pub(super) fn normalise(pattern: &[u8]) -> Result<Normal, String> {
    let mut reader = Reader { pattern, at: 0, out: String::with_capacity(pattern.len() + 16), backtracks: false };
    while reader.at < pattern.len() {
        reader.step()?;
    }
    Ok(Normal { text: reader.out, backtracks: reader.backtracks })
}

struct Reader<'a> {
    pattern: &'a [u8],
    at: usize,
    out: String,
    backtracks: bool,
}

/// One member of a character class.
enum Member {
    Byte(u8),
    /// Something like `\w` or `[:alpha:]` that cannot be the end of a range.
    Set(String),
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.pattern.get(self.at + ahead).copied()
    }

    fn rest(&self) -> &[u8] {
        &self.pattern[self.at..]
    }

    fn step(&mut self) -> Result<(), String> {
        let byte = self.pattern[self.at];
        match byte {
            b'\\' => return self.escape(),
            b'[' => return self.class(),
            b'(' => self.group(),
            b'{' => self.brace(),
            b'}' => self.push("\\}"),
            b'*' | b'+' | b'?' => self.quantifier(),
            byte if byte.is_ascii_graphic() || byte == b' ' => self.push(&(byte as char).to_string()),
            byte => self.push(&format!("\\x{byte:02x}")),
        }
        Ok(())
    }

    /// Writes the replacement of one byte.
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.at += 1;
    }

    fn group(&mut self) {
        if [&b"(?="[..], b"(?!", b"(?<=", b"(?<!", b"(?>"].iter().any(|mark| self.rest().starts_with(mark)) {
            self.backtracks = true;
        }
        self.push("(");
        if self.peek(0) == Some(b'?') {
            self.push("?");
        }
    }

    fn quantifier(&mut self) {
        let byte = self.pattern[self.at] as char;
        self.push(&byte.to_string());
        self.possessive();
    }

    /// A `+` after a quantifier.
    fn possessive(&mut self) {
        if self.peek(0) == Some(b'+') {
            self.backtracks = true;
            self.push("+");
        } else if self.peek(0) == Some(b'?') {
            self.push("?");
        }
    }

    fn brace(&mut self) {
        match quantifier_length(self.rest()) {
            Some(length) => {
                let text = String::from_utf8_lossy(&self.pattern[self.at..self.at + length]).into_owned();
                self.out.push_str(&text);
                self.at += length;
                self.possessive();
            }
            None => self.push("\\{"),
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(next) = self.peek(1) else { return Err("the pattern ends in a backslash".to_owned()) };
        let set = match next {
            b'h' => "[ \\t]",
            b'H' => "[^ \\t]",
            b'v' => "[\\n\\x0b\\x0c\\r\\x85]",
            b'R' => "(?:\\r\\n|[\\n\\x0b\\x0c\\r\\x85])",
            b'N' => "[^\\n]",
            b'Z' => "(?:\\n?\\z)",
            b'A' | b'z' | b'b' | b'B' | b'd' | b'D' | b'w' | b'W' | b's' | b'S' => {
                self.out.extend(['\\', next as char]);
                self.at += 2;
                return Ok(());
            }
            b'1'..=b'9' if !self.is_octal() => {
                self.backtracks = true;
                self.out.extend(['\\', next as char]);
                self.at += 2;
                return Ok(());
            }
            b'K' | b'G' | b'Q' | b'E' | b'C' | b'X' | b'p' | b'P' | b'g' | b'k' => {
                return Err(format!("the escape \\{} is not supported", next as char));
            }
            _ => "",
        };
        if set.is_empty() {
            let byte = self.byte_escape()?;
            self.out.push_str(&literal(byte));
        } else {
            self.out.push_str(set);
            self.at += 2;
        }
        Ok(())
    }

    /// True when `\NN…` is an octal number and not a back-reference.
    fn is_octal(&self) -> bool {
        let digits = self.rest()[1..].iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
        self.peek(1) == Some(b'0') || digits == 3
    }

    /// Reads an escape that stands for one byte.
    fn byte_escape(&mut self) -> Result<u8, String> {
        let next = self.peek(1).ok_or("the pattern ends in a backslash")?;
        let (byte, length) = match next {
            b'a' => (7, 2),
            b'e' => (27, 2),
            b'f' => (12, 2),
            b'n' => (10, 2),
            b'r' => (13, 2),
            b't' => (9, 2),
            b'x' => return self.hex_escape(),
            b'c' => (self.peek(2).ok_or("\\c without a letter")?.to_ascii_uppercase() ^ 64, 3),
            b'0'..=b'7' => {
                let digits: Vec<u8> =
                    self.rest()[1..].iter().copied().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).collect();
                let value = digits.iter().fold(0_u32, |sum, digit| sum * 8 + u32::from(digit - b'0'));
                ((value & 0xFF) as u8, 1 + digits.len())
            }
            next if next.is_ascii_alphanumeric() => {
                return Err(format!("the escape \\{} is not supported", next as char));
            }
            next => (next, 2),
        };
        self.at += length;
        Ok(byte)
    }

    fn hex_escape(&mut self) -> Result<u8, String> {
        let rest = &self.rest()[2..];
        let (digits, length) = if rest.first() == Some(&b'{') {
            let end = rest.iter().position(|&byte| byte == b'}').ok_or("\\x{ without }")?;
            (&rest[1..end], end + 3)
        } else {
            let count = rest.iter().take(2).take_while(|byte| byte.is_ascii_hexdigit()).count();
            (&rest[..count], count + 2)
        };
        let text = std::str::from_utf8(digits).unwrap_or("-");
        let value = if text.is_empty() { Ok(0) } else { u8::from_str_radix(text, 16) };
        let value = value.map_err(|_| format!("\\x{{{text}}} is not a byte; patterns match bytes"))?;
        self.at += length;
        Ok(value)
    }

    fn class(&mut self) -> Result<(), String> {
        self.push("[");
        if self.peek(0) == Some(b'^') {
            self.push("^");
        }
        let mut is_first = true;
        loop {
            match self.peek(0) {
                None => return Err("a character class has no end".to_owned()),
                Some(b']') if !is_first => break,
                _ => {}
            }
            is_first = false;
            match self.member()? {
                Member::Set(text) => self.out.push_str(&text),
                Member::Byte(start) => self.range(start)?,
            }
        }
        self.push("]");
        Ok(())
    }

    /// Writes a byte of a class, or the range it begins.
    fn range(&mut self, start: u8) -> Result<(), String> {
        let begins_range = self.peek(0) == Some(b'-') && !matches!(self.peek(1), None | Some(b']'));
        if !begins_range {
            self.out.push_str(&literal(start));
            return Ok(());
        }
        self.at += 1;
        match self.member()? {
            Member::Byte(end) if end < start => {
                return Err(format!("the range {start:#x}-{end:#x} is the wrong way round"));
            }
            Member::Byte(end) => self.out.push_str(&format!("{}-{}", literal(start), literal(end))),
            Member::Set(text) => self.out.push_str(&format!("{}\\-{text}", literal(start))),
        }
        Ok(())
    }

    fn member(&mut self) -> Result<Member, String> {
        let byte = self.pattern[self.at];
        if byte == b'['
            && self.peek(1) == Some(b':')
            && let Some(end) = memchr::memmem::find(self.rest(), b":]")
        {
            let text = String::from_utf8_lossy(&self.rest()[..end + 2]).into_owned();
            self.at += end + 2;
            return Ok(Member::Set(text));
        }
        if byte != b'\\' {
            self.at += 1;
            return Ok(Member::Byte(byte));
        }
        let set = match self.peek(1) {
            Some(letter @ (b'd' | b'D' | b'w' | b'W' | b's' | b'S')) => format!("\\{}", letter as char),
            Some(b'h') => " \\t".to_owned(),
            Some(b'v') => "\\n\\x0b\\x0c\\r\\x85".to_owned(),
            Some(b'b') => {
                self.at += 2;
                return Ok(Member::Byte(8));
            }
            Some(b'8' | b'9') => return Err("a back-reference inside a character class".to_owned()),
            _ => return self.byte_escape().map(Member::Byte),
        };
        self.at += 2;
        Ok(Member::Set(set))
    }
}

/// The length of `{n}`, `{n,}` or `{n,m}` at the beginning of `text`; anything else is a literal brace.
fn quantifier_length(text: &[u8]) -> Option<usize> {
    let end = text.iter().take(12).position(|&byte| byte == b'}')?;
    let inside = std::str::from_utf8(&text[1..end]).ok()?;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let valid = match inside.split_once(',') {
        None => is_number(inside),
        Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
    };
    valid.then_some(end + 1)
}

/// One byte, spelled so that it can stand inside and outside of a class.
fn literal(byte: u8) -> String {
    match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' => (byte as char).to_string(),
        _ => format!("\\x{byte:02x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[track_caller]
    fn check(pattern: &str, expected: &str) {
        assert_eq!(normalise(pattern.as_bytes()).unwrap().text, expected);
    }

    #[test]
    fn the_dialects_meet() {
        check(r"a{2,3}b{", r"a{2,3}b\{");
        check(r"${x}", r"$\{x\}");
        check(r"\x{ff}\x41\101\0", r"\xffAA\x00");
        check(r"[[a-z\]&&]", r"[\x5ba-z\x5d\x26\x26]");
        check(r"[]a]", r"[\x5da]");
        check(r"[\w-.]", r"[\w\x2d\x2e]");
        check(r"[a-]", r"[a\x2d]");
        check(r"[[:alpha:]_]", r"[[:alpha:]_]");
        check(r"\<\/\h", r"\x3c\x2f[ \t]");
        check("é", r"\xc3\xa9");
        check(r"(?i:a)+?", r"(?i:a)+?");
    }

    #[test]
    fn look_around_and_back_references_need_backtracking() {
        for pattern in ["(?!a)b", "(?<!a)b", r"(a)\1", "a++", "(?>a)", "a{2}+"] {
            assert!(normalise(pattern.as_bytes()).unwrap().backtracks, "{pattern}");
        }
        assert!(!normalise(br"(?i)a+?(?:b)[(?=x]").unwrap().backtracks);
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        for pattern in ["a\\", "[a", r"\x{100}", r"\K", r"\p{L}", "[z-a]"] {
            assert!(normalise(pattern.as_bytes()).is_err(), "{pattern}");
        }
    }
}
