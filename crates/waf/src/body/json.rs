//! JSON bodies: a flat list of leaves, named `json.messages.array_0.content`.
//!
//! The caller says which fields are prompts (see [`PromptFields`]). What is under such a field, names included, is text for
//! a model and not for a database or a shell: it goes to `PROMPT` and not to the arguments. A field is recognised by its
//! unescaped path, the same one the provider parser sees; a name that occurs twice is looked at twice.

use super::Pair;
use crate::settings::Settings;

/// One step of a path into a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A member of an object, unescaped.
    Name(Vec<u8>),
    /// An element of an array.
    Index(usize),
}

/// Says which fields of a body are prompts.
pub trait PromptFields {
    /// True when the field at this path, with everything under it, is a prompt.
    fn is_prompt(&self, path: &[Part]) -> bool;
}

impl<F: Fn(&[Part]) -> bool> PromptFields for F {
    fn is_prompt(&self, path: &[Part]) -> bool {
        self(path)
    }
}

/// The leaves of a document.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    pub(crate) arguments: Vec<Pair>,
    pub(crate) prompts: Vec<Pair>,
    pub(crate) fault: Option<&'static str>,
    /// The fault is one of form: no strict JSON parser takes the document either.
    pub(crate) is_malformed: bool,
}

const TOO_DEEP: &str = "the JSON document is nested too deeply";
const TOO_MANY: &str = "too many values in the JSON document";

/// How a document is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JsonLimits {
    /// Nested deeper than this it is at fault.
    pub(crate) depth: usize,
    /// With more leaves than this outside of prompts it is at fault.
    pub(crate) arguments: usize,
    /// Whether the leaves of prompts are kept; a list of a million tokens is not worth the memory when no rule reads it.
    pub(crate) keeps_prompts: bool,
}

impl JsonLimits {
    pub(crate) fn new(settings: &Settings, keeps_prompts: bool) -> Self {
        Self { depth: settings.depth_max, arguments: settings.arguments_max, keeps_prompts }
    }
}

/// Reads a document.
pub(crate) fn json(text: &[u8], limits: JsonLimits, fields: &dyn PromptFields) -> Leaves {
    let mut reader =
        Reader { text, at: 0, path: Vec::new(), prompt_from: None, limits, fields, out: Leaves::default() };
    if let Err(fault) = reader.document() {
        reader.out.fault = Some(fault);
        reader.out.is_malformed = fault != TOO_DEEP && fault != TOO_MANY;
    }
    reader.out
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    /// The way to the current value. Its length is also the depth.
    path: Vec<Part>,
    /// The length of the path at which a prompt began.
    prompt_from: Option<usize>,
    limits: JsonLimits,
    fields: &'a dyn PromptFields,
    out: Leaves,
}

/// What is expected next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    /// A value or the end of an empty array.
    ValueOrEnd,
    Name,
    /// A name or the end of an empty object.
    NameOrEnd,
    /// A comma or the end of what is open.
    Next,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<(), &'static str> {
        let mut expect = Expect::Value;
        loop {
            self.skip_space();
            if expect == Expect::Next && self.path.is_empty() {
                return if self.at == self.text.len() {
                    Ok(())
                } else {
                    Err("text after the end of the JSON document")
                };
            }
            let byte = *self.text.get(self.at).ok_or("the JSON document ends too early")?;
            expect = match (expect, byte) {
                (Expect::ValueOrEnd, b']') | (Expect::NameOrEnd, b'}') => self.close(byte)?,
                (Expect::Value | Expect::ValueOrEnd, _) => self.value(byte)?,
                (Expect::Name | Expect::NameOrEnd, b'"') => self.name()?,
                (Expect::Next, b',') => self.next()?,
                (Expect::Next, b']' | b'}') => self.close(byte)?,
                _ => return Err("an unexpected character in the JSON document"),
            };
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Goes into a container, whose first step is `part`.
    fn open(&mut self, part: Part) -> Result<(), &'static str> {
        self.at += 1;
        if self.path.len() == self.limits.depth {
            return Err(TOO_DEEP);
        }
        self.path.push(part);
        Ok(())
    }

    fn value(&mut self, byte: u8) -> Result<Expect, &'static str> {
        self.enter_prompt();
        match byte {
            b'{' => {
                self.open(Part::Name(Vec::new()))?;
                return Ok(Expect::NameOrEnd);
            }
            b'[' => {
                self.open(Part::Index(0))?;
                return Ok(Expect::ValueOrEnd);
            }
            b'"' => {
                let text = self.string()?;
                self.leaf(text)?;
            }
            _ => {
                let text = self.word()?;
                self.leaf(text)?;
            }
        }
        self.leave_prompt();
        Ok(Expect::Next)
    }

    fn enter_prompt(&mut self) {
        if self.prompt_from.is_none() && self.fields.is_prompt(&self.path) {
            self.prompt_from = Some(self.path.len());
        }
    }

    /// Called when the value at the current path is complete.
    fn leave_prompt(&mut self) {
        if self.prompt_from == Some(self.path.len()) {
            self.prompt_from = None;
        }
    }

    fn name(&mut self) -> Result<Expect, &'static str> {
        let name = self.string()?;
        self.skip_space();
        if self.text.get(self.at) != Some(&b':') {
            return Err("a name without a value in the JSON document");
        }
        self.at += 1;
        *self.path.last_mut().expect("a name is inside an object") = Part::Name(name);
        Ok(Expect::Value)
    }

    fn next(&mut self) -> Result<Expect, &'static str> {
        self.at += 1;
        match self.path.last_mut() {
            Some(Part::Index(index)) => {
                *index += 1;
                Ok(Expect::Value)
            }
            _ => Ok(Expect::Name),
        }
    }

    fn close(&mut self, byte: u8) -> Result<Expect, &'static str> {
        let fits = match self.path.last() {
            Some(Part::Index(_)) => byte == b']',
            _ => byte == b'}',
        };
        if !fits {
            return Err("brackets do not match in the JSON document");
        }
        self.at += 1;
        self.path.pop();
        self.leave_prompt();
        Ok(Expect::Next)
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<Vec<u8>, &'static str> {
        let rest = &self.text[self.at..];
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r'))
            .unwrap_or(rest.len());
        let word = &rest[..end];
        self.at += end;
        match word {
            b"null" => Ok(Vec::new()),
            b"true" | b"false" => Ok(word.to_vec()),
            _ if is_number(word) => Ok(word.to_vec()),
            _ => Err("a word in the JSON document that is no value"),
        }
    }

    fn string(&mut self) -> Result<Vec<u8>, &'static str> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let stop = memchr::memchr2(b'"', b'\\', rest).ok_or("a string without an end in the JSON document")?;
            // Without a way out in the middle, many bytes are looked at together.
            if rest[..stop].iter().fold(false, |any, &byte| any | (byte < 0x20)) {
                return Err("a control character in a string of the JSON document");
            }
            out.extend_from_slice(&rest[..stop]);
            self.at += stop + 1;
            if rest[stop] == b'"' {
                return Ok(out);
            }
            self.escape(&mut out)?;
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), &'static str> {
        let letter = *self.text.get(self.at).ok_or("the JSON document ends too early")?;
        self.at += 1;
        let byte = match letter {
            b'"' | b'\\' | b'/' => letter,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => return self.unicode(out),
            _ => return Err("an unknown escape in the JSON document"),
        };
        out.push(byte);
        Ok(())
    }

    fn unicode(&mut self, out: &mut Vec<u8>) -> Result<(), &'static str> {
        let first = self.four().ok_or("a broken \\u escape in the JSON document")?;
        let letter = match first {
            0xD800..=0xDBFF if self.text[self.at..].starts_with(b"\\u") => {
                self.at += 2;
                let second = self.four().ok_or("a broken \\u escape in the JSON document")?;
                char::decode_utf16([first, second])
                    .next()
                    .and_then(Result::ok)
                    .ok_or("a broken surrogate pair in the JSON document")?
            }
            _ => char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER),
        };
        out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn four(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let high = crate::transform::hex_pair(digits, 0)?;
        let low = crate::transform::hex_pair(digits, 2)?;
        self.at += 4;
        Some(u16::from_be_bytes([high, low]))
    }

    fn leaf(&mut self, value: Vec<u8>) -> Result<(), &'static str> {
        if self.prompt_from.is_some() {
            if self.limits.keeps_prompts {
                self.out.prompts.push(Pair { name: name_of(&self.path), value });
            }
            return Ok(());
        }
        if self.out.arguments.len() == self.limits.arguments {
            return Err(TOO_MANY);
        }
        self.out.arguments.push(Pair { name: name_of(&self.path), value });
        Ok(())
    }
}

fn is_number(word: &[u8]) -> bool {
    let rest = word.strip_prefix(b"-").unwrap_or(word);
    rest.first().is_some_and(u8::is_ascii_digit)
        && rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
}

fn name_of(path: &[Part]) -> Vec<u8> {
    let mut name = b"json".to_vec();
    for part in path {
        name.push(b'.');
        match part {
            Part::Name(own) => name.extend_from_slice(own),
            Part::Index(index) => name.extend_from_slice(format!("array_{index}").as_bytes()),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: JsonLimits = JsonLimits { depth: 8, arguments: 100, keeps_prompts: true };

    fn no_prompt(_: &[Part]) -> bool {
        false
    }

    fn read(text: &str) -> Vec<String> {
        let leaves = json(text.as_bytes(), LIMITS, &no_prompt);
        let mut out: Vec<String> = leaves
            .arguments
            .iter()
            .map(|pair| format!("{}={}", String::from_utf8_lossy(&pair.name), String::from_utf8_lossy(&pair.value)))
            .collect();
        out.extend(leaves.fault.map(str::to_owned));
        out
    }

    #[test]
    fn leaves_are_named_by_their_path() {
        assert_eq!(
            read(r#" {"a":"x\u00e9\ud83d\ude00","b":[1,{"c":null}],"d":{},"e":[],"f":true} "#),
            ["json.a=xé😀", "json.b.array_0=1", "json.b.array_1.c=", "json.f=true"]
        );
        assert_eq!(read("[[1]]"), ["json.array_0.array_0=1"]);
        assert_eq!(read("\"x\""), ["json=x"]);
    }

    #[test]
    fn what_comes_before_a_fault_is_kept() {
        assert_eq!(read(r#"{"a":1,"b":}"#)[0], "json.a=1");
        for text in
            ["", "{", "[1,]", "{\"a\"}", "[1}", "[1]x", "\"a", "\"\\x\"", "tru", "[[[[[[[[[1]]]]]]]]]", "\"\n\""]
        {
            assert!(json(text.as_bytes(), LIMITS, &no_prompt).fault.is_some(), "{text}");
        }
    }

    #[test]
    fn a_prompt_field_is_kept_apart_and_only_that() {
        let is_prompt = |path: &[Part]| matches!(path, [Part::Name(a), Part::Index(_), Part::Name(b)] if a == b"messages" && b == b"content");
        let text = br#"{"model":"m","messages":[{"role":"user","content":"p"},{"cont\u0065nt":[{"text":"q"}],"x":"y"}],"z":"w"}"#;
        let leaves = json(text, LIMITS, &is_prompt);
        let names = |pairs: &[Pair]| {
            pairs.iter().map(|pair| String::from_utf8_lossy(&pair.value).into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&leaves.prompts), ["p", "q"]);
        assert_eq!(names(&leaves.arguments), ["m", "user", "y", "w"]);
    }

    #[test]
    fn the_number_of_values_is_bounded() {
        assert_eq!(
            json(b"[1,2,3]", JsonLimits { arguments: 2, ..LIMITS }, &no_prompt).fault,
            Some("too many values in the JSON document")
        );
    }

    proptest::proptest! {
        #[test]
        fn what_a_strict_parser_takes_is_not_malformed(text in "[\\[\\]{}\",:0-9a-fu.eE+\\\\ntr\\- ]{0,24}") {
            let is_json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            let leaves = json(text.as_bytes(), LIMITS, &no_prompt);
            proptest::prop_assert!(!is_json || !leaves.is_malformed, "{text}");
        }

        #[test]
        fn a_document_that_was_written_is_read(value in document()) {
            let leaves = json(value.to_string().as_bytes(), LIMITS, &no_prompt);
            proptest::prop_assert!(!leaves.is_malformed, "{value}");
        }
    }

    fn document() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
        use proptest::prelude::*;
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
                proptest::collection::vec((any::<String>(), inner), 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }
}
