//! `multipart/form-data`: fields and files, and every liberty the sender took with the format.
//!
//! A reader that is more forgiving or stricter than the application's lets an attack pass between the two, so each oddity
//! is noted (`MULTIPART_*`), and rules refuse what is not strictly right.

use std::collections::BTreeSet;

use crate::variable::Multipart as Flag;

use super::Pair;

/// A file of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) field: Vec<u8>,
    pub(crate) name: Vec<u8>,
    pub(crate) size: usize,
}

/// A form.
#[derive(Debug, Default)]
pub(crate) struct Multipart {
    pub(crate) fields: Vec<Pair>,
    pub(crate) files: Vec<File>,
    /// By the name of the part: its header lines.
    pub(crate) headers: Vec<Pair>,
    pub(crate) flags: Vec<Flag>,
    pub(crate) fault: Option<&'static str>,
}

/// Reads a form of at most `limit` parts.
pub(crate) fn multipart(content_type: &[u8], body: &[u8], limit: usize) -> Multipart {
    let mut out = Multipart::default();
    if let Err(fault) = out.read(content_type, body, limit) {
        out.fault = Some(fault);
    }
    out
}

/// One line without its end, and whether the end was `\r\n`.
struct Line<'a> {
    text: &'a [u8],
    has_cr: bool,
    start: usize,
    end: usize,
}

struct Open<'a> {
    name: Option<Vec<u8>>,
    filename: Option<Vec<u8>>,
    lines: Vec<Vec<u8>>,
    names: BTreeSet<Vec<u8>>,
    in_headers: bool,
    /// Where the contents begin and, so far, end (without the line end that belongs to the boundary).
    start: usize,
    end: usize,
    body: &'a [u8],
}

impl Multipart {
    fn note(&mut self, flag: Flag) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }

    fn read(&mut self, content_type: &[u8], body: &[u8], limit: usize) -> Result<(), &'static str> {
        let boundary = self.boundary(content_type)?;
        let mut open: Option<Open<'_>> = None;
        let (mut is_finished, mut saw_lf, mut saw_crlf) = (false, false, false);
        for line in lines(body) {
            let kind = boundary_kind(line.text, &boundary);
            if is_finished {
                if !line.text.is_empty() {
                    self.note(Flag::DataAfter);
                }
                continue;
            }
            // Line ends inside of a part's contents are its own business.
            if kind != Kind::Text || open.as_ref().is_some_and(|part| part.in_headers) {
                saw_crlf |= line.has_cr;
                saw_lf |= !line.has_cr && line.end < body.len();
            }
            match kind {
                Kind::Text => {
                    if let Err(fault) = self.text(&line, open.as_mut(), &boundary) {
                        self.keep_headers(open.take());
                        return Err(fault);
                    }
                }
                Kind::Boundary | Kind::Last => {
                    self.close(open.take())?;
                    is_finished = kind == Kind::Last;
                    if !is_finished {
                        if self.fields.len() + self.files.len() >= limit {
                            self.note(Flag::FileLimitExceeded);
                            return Err("Multipart: too many parts");
                        }
                        open = Some(Open::new(body, line.end));
                    }
                }
            }
        }
        if saw_lf {
            self.note(Flag::LfLine);
            if saw_crlf {
                self.note(Flag::CrlfLfLines);
            }
        }
        if !is_finished {
            self.close(open.take())?;
            return Err("Multipart: final boundary missing");
        }
        Ok(())
    }

    /// Finds the boundary, which must occur once.
    fn boundary(&mut self, content_type: &[u8]) -> Result<Vec<u8>, &'static str> {
        let places = parameters_named(content_type, b"boundary");
        let [at] = places[..] else { return Err("Multipart: the boundary is missing or occurs twice") };
        let rest = content_type[at + 8..].trim_ascii_start();
        if rest.len() + at + 8 < content_type.len() {
            self.note(Flag::BoundaryWhitespace);
        }
        let value = rest.strip_prefix(b"=").ok_or("Multipart: the boundary has no value")?;
        let boundary = if let Some(quoted) = value.strip_prefix(b"\"") {
            self.note(Flag::BoundaryQuoted);
            let end = memchr::memchr(b'"', quoted).ok_or("Multipart: the boundary has an open quote")?;
            &quoted[..end]
        } else {
            let end = value.iter().position(|byte| matches!(byte, b';' | b',')).unwrap_or(value.len());
            let plain = value[..end].trim_ascii_end();
            if plain.len() < end || plain.iter().any(u8::is_ascii_whitespace) {
                self.note(Flag::BoundaryWhitespace);
            }
            plain
        };
        if boundary.is_empty() || boundary.len() > 70 || !boundary.iter().all(is_boundary) {
            return Err("Multipart: the boundary is not valid");
        }
        Ok(boundary.to_vec())
    }

    fn text<'a>(&mut self, line: &Line<'a>, open: Option<&mut Open<'a>>, boundary: &[u8]) -> Result<(), &'static str> {
        let Some(open) = open else {
            if !line.text.is_empty() {
                self.note(Flag::DataBefore);
            }
            return Ok(());
        };
        if !open.in_headers {
            if line.text.starts_with(b"--") && line.text.len() > 2 && looks_like(line.text, boundary) {
                self.note(Flag::UnmatchedBoundary);
            }
            open.end = line.start + line.text.len();
            return Ok(());
        }
        if line.text.is_empty() {
            open.in_headers = false;
            (open.start, open.end) = (line.end, line.end);
            return self.headers_done(open);
        }
        self.header(line.text, open)
    }

    fn header(&mut self, text: &[u8], open: &mut Open<'_>) -> Result<(), &'static str> {
        if matches!(text[0], b' ' | b'\t') {
            self.note(Flag::HeaderFolding);
            let Some(last) = open.lines.last_mut() else { return Err("Multipart: a folded line without a header") };
            if text[0] == b'\t' {
                self.note(Flag::InvalidHeaderFolding);
            }
            last.push(b' ');
            last.extend_from_slice(text.trim_ascii());
            return Ok(());
        }
        if open.lines.len() >= 32 {
            return Err("Multipart: too many headers in a part");
        }
        open.lines.push(text.to_vec());
        let Some(colon) = memchr::memchr(b':', text) else {
            return Err("Multipart: Invalid part header (colon missing)");
        };
        let name = &text[..colon];
        if name.iter().any(|byte| *byte <= 32 || *byte >= 127) {
            self.note(Flag::InvalidPart);
            return Err("Multipart: Invalid part header (contains invalid character)");
        }
        if !open.names.insert(name.to_ascii_lowercase()) {
            self.note(Flag::InvalidPart);
        }
        Ok(())
    }

    /// Reads the disposition and keeps the header lines under the part's name.
    fn headers_done(&mut self, open: &mut Open<'_>) -> Result<(), &'static str> {
        let disposition = open.lines.iter().find(|line| line.to_ascii_lowercase().starts_with(b"content-disposition:"));
        let disposition = disposition.map(|line| line[20..].to_vec());
        let parameters = match disposition {
            Some(text) => self.parameters(text.trim_ascii()),
            None => Err("Multipart: Content-Disposition header missing"),
        };
        if let Ok((name, filename)) = &parameters {
            open.name = name.clone();
            open.filename = filename.clone();
        }
        let name = open.name.clone().unwrap_or_default();
        self.headers.extend(open.lines.drain(..).map(|value| Pair { name: name.clone(), value }));
        parameters.map(|_| ())
    }

    /// `form-data; name="x"; filename="y"`.
    #[allow(clippy::type_complexity, reason = "name and file name, both may be missing")]
    fn parameters(&mut self, text: &[u8]) -> Result<(Option<Vec<u8>>, Option<Vec<u8>>), &'static str> {
        let mut rest = text.strip_prefix(b"form-data").ok_or("Multipart: Content-Disposition is not form-data")?;
        let (mut name, mut filename) = (None, None);
        loop {
            rest = rest.trim_ascii_start();
            if rest.is_empty() {
                return Ok((name, filename));
            }
            match rest.strip_prefix(b";") {
                Some(after) => rest = after.trim_ascii_start(),
                None => self.note(Flag::MissingSemicolon),
            }
            if rest.is_empty() {
                return Ok((name, filename));
            }
            let equals = memchr::memchr(b'=', rest).ok_or("Multipart: a parameter without a value")?;
            let key = rest[..equals].trim_ascii().to_ascii_lowercase();
            let (value, after) = self.parameter_value(rest[equals + 1..].trim_ascii_start())?;
            rest = after;
            let known = match key.as_slice() {
                b"name" => &mut name,
                b"filename" | b"filename*" => &mut filename,
                _ => continue,
            };
            if known.replace(value).is_some() {
                self.note(Flag::InvalidPart);
                return Err("Multipart: a parameter occurs twice");
            }
        }
    }

    fn parameter_value<'a>(&mut self, text: &'a [u8]) -> Result<(Vec<u8>, &'a [u8]), &'static str> {
        match text.first() {
            Some(b'"') => {}
            other => {
                if other == Some(&b'\'') {
                    self.note(Flag::InvalidQuoting);
                }
                let end = memchr::memchr(b';', text).unwrap_or(text.len());
                return Ok((text[..end].trim_ascii_end().to_vec(), &text[end..]));
            }
        }
        let mut value = Vec::new();
        let mut at = 1;
        while let Some(&byte) = text.get(at) {
            match byte {
                b'\\' if matches!(text.get(at + 1), Some(b'"' | b'\\')) => {
                    value.push(text[at + 1]);
                    at += 2;
                }
                b'"' => return Ok((value, &text[at + 1..])),
                _ => {
                    value.push(byte);
                    at += 1;
                }
            }
        }
        self.note(Flag::InvalidQuoting);
        Err("Multipart: a parameter with an open quote")
    }

    /// Keeps the header lines of a part that is at fault: what is wrong with them is for the rules to say.
    fn keep_headers(&mut self, open: Option<Open<'_>>) {
        let Some(open) = open else { return };
        let name = open.name.unwrap_or_default();
        self.headers.extend(open.lines.into_iter().map(|value| Pair { name: name.clone(), value }));
    }

    /// Keeps a part that is complete.
    fn close(&mut self, open: Option<Open<'_>>) -> Result<(), &'static str> {
        let Some(open) = open else { return Ok(()) };
        if open.in_headers {
            self.keep_headers(Some(open));
            return Err("Multipart: a part ends inside of its headers");
        }
        let contents = open.body.get(open.start..open.end).unwrap_or_default();
        let field = open.name.unwrap_or_default();
        match open.filename {
            Some(name) => self.files.push(File { field, name, size: contents.len() }),
            None => self.fields.push(Pair { name: field, value: contents.to_vec() }),
        }
        Ok(())
    }
}

impl<'a> Open<'a> {
    fn new(body: &'a [u8], start: usize) -> Self {
        Self {
            name: None,
            filename: None,
            lines: Vec::new(),
            names: BTreeSet::new(),
            in_headers: true,
            start,
            end: start,
            body,
        }
    }
}

/// Where parameters of this name begin in a header's value.
fn parameters_named(value: &[u8], name: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut start = 0;
    for part in value.split(|byte| matches!(byte, b';' | b',')) {
        let indent = part.len() - part.trim_ascii_start().len();
        let own = part[indent..].split(|&byte| byte == b'=').next().unwrap_or_default();
        if own.trim_ascii_end().eq_ignore_ascii_case(name) {
            places.push(start + indent);
        }
        start += part.len() + 1;
    }
    places
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Boundary,
    Last,
}

fn boundary_kind(line: &[u8], boundary: &[u8]) -> Kind {
    let Some(rest) = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary)) else { return Kind::Text };
    match rest.trim_ascii_end() {
        b"" => Kind::Boundary,
        b"--" => Kind::Last,
        _ => Kind::Text,
    }
}

/// A line that begins like a boundary and is not ours.
fn looks_like(line: &[u8], boundary: &[u8]) -> bool {
    line[2..].starts_with(boundary) || line[2..].iter().all(is_boundary)
}

fn is_boundary(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(byte)
}

fn lines(body: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= body.len() {
            return None;
        }
        let end = memchr::memchr(b'\n', &body[start..]).map_or(body.len(), |at| start + at + 1);
        let whole = &body[start..end];
        let without_lf = whole.strip_suffix(b"\n").unwrap_or(whole);
        let text = without_lf.strip_suffix(b"\r").unwrap_or(without_lf);
        let line = Line { text, has_cr: text.len() < without_lf.len(), start, end };
        start = end;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &[u8] = b"multipart/form-data; boundary=xx";

    #[test]
    fn fields_files_and_headers_are_read() {
        let body = b"--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\r\n--xx\r\ncontent-disposition: form-data; name=f; filename=\"x\\\".php\"\r\nContent-Type: text/html\r\n\r\n12345\r\n--xx--\r\n";
        let form = multipart(TYPE, body, 10);
        assert_eq!((form.fault, form.flags.len()), (None, 0));
        assert_eq!(form.fields, [Pair { name: b"a".to_vec(), value: b"one\r\ntwo".to_vec() }]);
        assert_eq!(form.files, [File { field: b"f".to_vec(), name: b"x\".php".to_vec(), size: 5 }]);
        assert_eq!(form.headers[2].value, b"Content-Type: text/html");
    }

    #[test]
    fn liberties_are_noted() {
        let form = multipart(
            b"multipart/form-data; boundary=\"xx\"",
            b"before\r\n--xx\nContent-Disposition: form-data; name='a'\r\n\r\nx\r\n--xx--\r\nafter",
            10,
        );
        for flag in [
            Flag::BoundaryQuoted,
            Flag::DataBefore,
            Flag::DataAfter,
            Flag::LfLine,
            Flag::CrlfLfLines,
            Flag::InvalidQuoting,
        ] {
            assert!(form.flags.contains(&flag), "{flag:?}");
        }
    }

    #[test]
    fn broken_forms_are_at_fault_and_keep_what_was_read() {
        let form = multipart(TYPE, b"--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nvalue", 10);
        assert_eq!((form.fields.len(), form.fault), (1, Some("Multipart: final boundary missing")));
        assert!(multipart(b"multipart/form-data", b"", 10).fault.is_some());
        assert!(multipart(b"multipart/form-data; boundary=a; boundary=b", b"", 10).fault.is_some());
        assert!(multipart(TYPE, b"--xx\r\nX\x0eY: z\r\n\r\n--xx--", 10).fault.unwrap().contains("invalid character"));
        let many = b"--xx\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n".repeat(5);
        assert_eq!(multipart(TYPE, &many, 3).fault, Some("Multipart: too many parts"));
    }
}
