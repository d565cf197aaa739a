//! XML bodies: the text, and the attributes.
//!
//! Only what rules can ask for is read: the text of the document as one value, each attribute as one. There is no DTD
//! processing: a document type declaration is skipped, and no entity but the five predefined ones and character references
//! is ever expanded, so there is nothing to include and nothing to blow up.

/// What is in an XML document.
#[derive(Debug, Default)]
pub(crate) struct Xml {
    pub(crate) text: Vec<u8>,
    pub(crate) attributes: Vec<Vec<u8>>,
    pub(crate) fault: Option<&'static str>,
}

/// Reads a document with at most `limit` attributes, nested at most `depth` deep.
pub(crate) fn xml(body: &[u8], depth: usize, limit: usize) -> Xml {
    let mut reader = Reader { rest: body, open: Vec::new(), seen_root: false, depth, limit, out: Xml::default() };
    if let Err(fault) = reader.document() {
        reader.out.fault = Some(fault);
    }
    reader.out
}

struct Reader<'a> {
    rest: &'a [u8],
    open: Vec<&'a [u8]>,
    seen_root: bool,
    depth: usize,
    limit: usize,
    out: Xml,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<(), &'static str> {
        self.rest = self.rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(self.rest);
        while !self.rest.is_empty() {
            if self.rest[0] == b'<' {
                self.markup()?;
            } else {
                self.characters()?;
            }
        }
        match (self.open.is_empty(), self.seen_root) {
            (true, true) => Ok(()),
            _ => Err("the XML document ends too early"),
        }
    }

    fn characters(&mut self) -> Result<(), &'static str> {
        let end = memchr::memchr(b'<', self.rest).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        if self.open.is_empty() && text.iter().any(|byte| !byte.is_ascii_whitespace()) {
            return Err("text outside of the root of the XML document");
        }
        if !self.open.is_empty() {
            expand(text, &mut self.out.text)?;
        }
        Ok(())
    }

    fn markup(&mut self) -> Result<(), &'static str> {
        if let Some(rest) = self.rest.strip_prefix(b"<!--") {
            return self.skip_to(rest, b"-->");
        }
        if let Some(rest) = self.rest.strip_prefix(b"<![CDATA[") {
            let end = memchr::memmem::find(rest, b"]]>").ok_or("a CDATA section without an end in the XML document")?;
            self.out.text.extend_from_slice(&rest[..end]);
            self.rest = &rest[end + 3..];
            return Ok(());
        }
        if let Some(rest) = self.rest.strip_prefix(b"<?") {
            return self.skip_to(rest, b"?>");
        }
        if self.rest.starts_with(b"<!") {
            return self.declaration();
        }
        if let Some(rest) = self.rest.strip_prefix(b"</") {
            return self.end_tag(rest);
        }
        self.start_tag()
    }

    fn skip_to(&mut self, rest: &'a [u8], end: &[u8]) -> Result<(), &'static str> {
        let at = memchr::memmem::find(rest, end).ok_or("markup without an end in the XML document")?;
        self.rest = &rest[at + end.len()..];
        Ok(())
    }

    /// `<!DOCTYPE …>`, with what is between its brackets.
    fn declaration(&mut self) -> Result<(), &'static str> {
        let mut brackets = 0_usize;
        for (at, byte) in self.rest.iter().enumerate() {
            match byte {
                b'[' => brackets += 1,
                b']' => brackets = brackets.saturating_sub(1),
                b'>' if brackets == 0 => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(());
                }
                _ => {}
            }
        }
        Err("markup without an end in the XML document")
    }

    fn end_tag(&mut self, rest: &'a [u8]) -> Result<(), &'static str> {
        let end = memchr::memchr(b'>', rest).ok_or("a tag without an end in the XML document")?;
        if self.open.pop() != Some(rest[..end].trim_ascii_end()) {
            return Err("tags do not match in the XML document");
        }
        self.rest = &rest[end + 1..];
        Ok(())
    }

    fn start_tag(&mut self) -> Result<(), &'static str> {
        if self.open.is_empty() && self.seen_root {
            return Err("a second root in the XML document");
        }
        let rest = &self.rest[1..];
        let length = rest.iter().take_while(|byte| !matches!(byte, b'>' | b'/') && !byte.is_ascii_whitespace()).count();
        if length == 0 || rest[0].is_ascii_digit() {
            return Err("a tag without a name in the XML document");
        }
        if self.open.len() == self.depth {
            return Err("the XML document is nested too deeply");
        }
        self.seen_root = true;
        self.open.push(&rest[..length]);
        self.rest = &rest[length..];
        self.attributes()
    }

    fn attributes(&mut self) -> Result<(), &'static str> {
        loop {
            self.rest = self.rest.trim_ascii_start();
            if let Some(rest) = self.rest.strip_prefix(b"/>") {
                self.open.pop();
                self.rest = rest;
                return Ok(());
            }
            if let Some(rest) = self.rest.strip_prefix(b">") {
                self.rest = rest;
                return Ok(());
            }
            self.attribute()?;
        }
    }

    fn attribute(&mut self) -> Result<(), &'static str> {
        let equals = memchr::memchr3(b'=', b'>', b'<', self.rest).ok_or("a tag without an end in the XML document")?;
        if self.rest[equals] != b'=' || equals == 0 {
            return Err("an attribute without a value in the XML document");
        }
        let name = self.rest[..equals].trim_ascii();
        let rest = self.rest[equals + 1..].trim_ascii_start();
        let quote = *rest
            .first()
            .filter(|byte| matches!(byte, b'"' | b'\''))
            .ok_or("an attribute without quotes in the XML document")?;
        let end = memchr::memchr(quote, &rest[1..]).ok_or("an attribute without an end in the XML document")?;
        self.rest = &rest[end + 2..];
        // A namespace declaration is not an attribute.
        if name == b"xmlns" || name.starts_with(b"xmlns:") {
            return Ok(());
        }
        if self.out.attributes.len() == self.limit {
            return Err("too many attributes in the XML document");
        }
        let mut value = Vec::new();
        expand(&rest[1..=end], &mut value)?;
        self.out.attributes.push(value);
        Ok(())
    }
}

/// Copies text with its references replaced.
fn expand(text: &[u8], out: &mut Vec<u8>) -> Result<(), &'static str> {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest) {
        out.extend_from_slice(&rest[..at]);
        let end = rest[at..]
            .iter()
            .take(12)
            .position(|&byte| byte == b';')
            .ok_or("a reference without an end in the XML document")?;
        let name = &rest[at + 1..at + end];
        let letter = match name {
            b"lt" => '<',
            b"gt" => '>',
            b"amp" => '&',
            b"quot" => '"',
            b"apos" => '\'',
            _ => character(name).ok_or("an unknown reference in the XML document")?,
        };
        out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[at + end + 1..];
    }
    out.extend_from_slice(rest);
    Ok(())
}

fn character(name: &[u8]) -> Option<char> {
    let digits = std::str::from_utf8(name.strip_prefix(b"#")?).ok()?;
    let number = match digits.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    char::from_u32(number.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_read() {
        let read = xml(b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a x=\"1&lt;\" xmlns:q='n'>t<b y='2'/><!-- no --><![CDATA[<z>]]>&#x41;</a>\n", 8, 9);
        assert_eq!(read.fault, None);
        assert_eq!(read.text, b"t<z>A");
        assert_eq!(read.attributes, [b"1<".to_vec(), b"2".to_vec()]);
    }

    #[test]
    fn faults_are_found_and_what_came_before_is_kept() {
        let read = xml(b"<a>text<b>", 8, 9);
        assert_eq!((read.text.as_slice(), read.fault.is_some()), (&b"text"[..], true));
        for body in
            ["", "x", "<a", "<a></b>", "<a/><b/>", "<a x=1/>", "<a>&b;</a>", "<a x='1", "<a x>", "<1/>", "<a><!-- </a>"]
        {
            assert!(xml(body.as_bytes(), 8, 9).fault.is_some(), "{body}");
        }
        assert!(xml(&b"<a>".repeat(9), 8, 9).fault.unwrap().contains("deeply"));
    }
}
