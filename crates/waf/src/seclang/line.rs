//! From bytes to directives: joined lines, words, quotes.

/// One directive: its name, its arguments, and the line it begins on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Directive {
    pub(crate) name: String,
    pub(crate) arguments: Vec<Vec<u8>>,
    pub(crate) line: usize,
}

/// Cuts a file into directives. A backslash at the end joins lines; a line that begins with `#` is a comment.
pub(crate) fn directives(text: &[u8]) -> Result<Vec<Directive>, (usize, String)> {
    let mut out = Vec::new();
    let mut pending: Vec<u8> = Vec::new();
    let mut begins_on = 0;
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.starts_with(b"#") {
            continue;
        }
        if pending.is_empty() {
            begins_on = index + 1;
        }
        if let Some(beginning) = line.strip_suffix(b"\\") {
            pending.extend_from_slice(beginning);
            continue;
        }
        pending.extend_from_slice(line);
        push(&mut out, &pending, begins_on)?;
        pending.clear();
    }
    push(&mut out, &pending, begins_on)?;
    Ok(out)
}

fn push(out: &mut Vec<Directive>, text: &[u8], line: usize) -> Result<(), (usize, String)> {
    let mut words = words(text).map_err(|problem| (line, problem))?.into_iter();
    if let Some(name) = words.next() {
        let name = String::from_utf8(name).map_err(|_| (line, "the name of a directive is not text".to_owned()))?;
        out.push(Directive { name, arguments: words.collect(), line });
    }
    Ok(())
}

/// Words between white space; a word in `"` or `'` may hold white space and the quote behind a backslash.
fn words(text: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut out = Vec::new();
    let mut rest = text.trim_ascii();
    while let Some(&first) = rest.first() {
        let (word, length) = match first {
            quote @ (b'"' | b'\'') => quoted(rest, quote)?,
            _ => {
                let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
                (rest[..end].to_vec(), end)
            }
        };
        out.push(word);
        rest = rest[length..].trim_ascii_start();
    }
    Ok(out)
}

fn quoted(text: &[u8], quote: u8) -> Result<(Vec<u8>, usize), String> {
    let mut word = Vec::with_capacity(text.len());
    let mut at = 1;
    loop {
        match text.get(at) {
            None => return Err("a quote has no end".to_owned()),
            Some(b'\\') if text.get(at + 1) == Some(&quote) => {
                word.push(quote);
                at += 2;
            }
            Some(b'\\') if text.get(at + 1) == Some(&b'\\') => {
                // Both stay, and the second one does not hide a quote.
                word.extend_from_slice(b"\\\\");
                at += 2;
            }
            Some(&byte) if byte == quote => return Ok((word, at + 1)),
            Some(&byte) => {
                word.push(byte);
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_join_and_quotes_hold() {
        let text = b"# no\nSecRule ARGS \"@rx a\\\"b\\\\\" \\\n  \"id:1,\\\n  # inside\n  pass\"\n\nSecMarker END";
        let all = directives(text).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].line, 2);
        assert_eq!(all[0].arguments, [b"ARGS".to_vec(), br#"@rx a"b\\"#.to_vec(), b"id:1,pass".to_vec()]);
        assert_eq!((all[1].name.as_str(), all[1].line), ("SecMarker", 7));
    }

    #[test]
    fn an_open_quote_is_an_error_with_its_line() {
        assert_eq!(directives(b"\nSecRule \"x").unwrap_err().0, 2);
    }
}
