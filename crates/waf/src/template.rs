//! Text with `%{…}` in it.

use crate::rule::{Selector, Target};
use crate::seclang::target;
use crate::variable::Variable;

/// Text whose macros are filled in when it is used.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    source: Box<[u8]>,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(Box<[u8]>),
    Variable(Target),
}

impl Template {
    /// Reads a text; a macro of an unknown variable is an error.
    pub(crate) fn parse(source: &[u8]) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = source;
        while let Some(start) = memchr::memmem::find(rest, b"%{") {
            let Some(length) = memchr::memchr(b'}', &rest[start..]) else { break };
            if start > 0 {
                pieces.push(Piece::Text(rest[..start].into()));
            }
            pieces.push(Piece::Variable(parse_macro(&rest[start + 2..start + length])?));
            rest = &rest[start + length + 1..];
        }
        if !rest.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(rest.into()));
        }
        Ok(Self { source: source.into(), pieces })
    }

    /// The text as it was written.
    pub(crate) fn source(&self) -> &[u8] {
        &self.source
    }

    /// The text, when there is no macro in it.
    pub(crate) fn fixed(&self) -> Option<&[u8]> {
        match self.pieces.as_slice() {
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

/// `tx.name`, `REQUEST_HEADERS.name`, `MATCHED_VAR`; the separator may be a colon.
fn parse_macro(text: &[u8]) -> Result<Target, String> {
    let text = std::str::from_utf8(text).map_err(|_| "a macro's name is not text".to_owned())?;
    let (name, key) = match text.split_once(['.', ':']) {
        Some((name, key)) => (name, Some(key)),
        None => (text, None),
    };
    let variable = target::variable(name, key).map_err(|problem| format!("in the macro %{{{text}}}: {problem}"))?;
    let selector = match (key, variable) {
        (None, _) => Selector::All,
        (Some(key), Variable::Store(_)) => Selector::Name(key.to_ascii_lowercase().into_bytes().into()),
        (Some(key), _) => Selector::Name(key.as_bytes().into()),
    };
    Ok(Target { variable, selector, is_count: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_are_found_and_the_rest_is_text() {
        let template = Template::parse(b"a %{tx.x}%{MATCHED_VAR} 100% }").unwrap();
        assert_eq!(template.pieces().len(), 4);
        assert!(template.fixed().is_none());
        assert_eq!(Template::parse(b"100%{").unwrap().fixed(), Some(&b"100%{"[..]));
        assert_eq!(Template::parse(b"").unwrap().fixed(), Some(&b""[..]));
    }

    #[test]
    fn a_macro_of_an_unknown_variable_is_refused() {
        assert!(Template::parse(b"%{NO_SUCH.x}").unwrap_err().contains("NO_SUCH"));
    }
}
