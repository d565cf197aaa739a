//! What is done to a value before an operator looks at it.
//!
//! One enum, one function: bytes in, changed bytes out, `None` when nothing changed. The semantics are those of the
//! SecLang reference (ModSecurity 2.9 and 3.0), on bytes; nothing here assumes UTF-8.
//!
//! Invariant: a transformation never fails and never grows a value more than eightfold.

mod code;
mod command;
mod digest;
mod html;
mod path;
mod script;
mod space;
mod url;

pub(crate) use url::{decode as url_decode, has_invalid_encoding as has_invalid_url_encoding, percent_decode};

/// One transformation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transform {
    Base64Decode,
    Base64DecodeExt,
    Base64Encode,
    CmdLine,
    CompressWhitespace,
    CssDecode,
    EscapeSeqDecode,
    HexDecode,
    HexEncode,
    HtmlEntityDecode,
    JsDecode,
    Length,
    Lowercase,
    Md5,
    NormalizePath,
    NormalizePathWin,
    ParityEven7Bit,
    ParityOdd7Bit,
    ParityZero7Bit,
    RemoveComments,
    RemoveCommentsChar,
    RemoveNulls,
    RemoveWhitespace,
    ReplaceComments,
    ReplaceNulls,
    Sha1,
    SqlHexDecode,
    Trim,
    TrimLeft,
    TrimRight,
    Uppercase,
    UrlDecode,
    UrlDecodeUni,
    UrlEncode,
    Utf8ToUnicode,
}

impl Transform {
    /// Finds a transformation by its SecLang name, in any case. `none` is not one: it empties the list.
    pub(crate) fn named(name: &str) -> Option<Self> {
        use Transform::*;
        Some(match name.to_ascii_lowercase().as_str() {
            "base64decode" => Base64Decode,
            "base64decodeext" => Base64DecodeExt,
            "base64encode" => Base64Encode,
            "cmdline" => CmdLine,
            "compresswhitespace" => CompressWhitespace,
            "cssdecode" => CssDecode,
            "escapeseqdecode" => EscapeSeqDecode,
            "hexdecode" => HexDecode,
            "hexencode" => HexEncode,
            "htmlentitydecode" => HtmlEntityDecode,
            "jsdecode" => JsDecode,
            "length" => Length,
            "lowercase" => Lowercase,
            "md5" => Md5,
            "normalizepath" | "normalisepath" => NormalizePath,
            "normalizepathwin" | "normalisepathwin" => NormalizePathWin,
            "parityeven7bit" => ParityEven7Bit,
            "parityodd7bit" => ParityOdd7Bit,
            "parityzero7bit" => ParityZero7Bit,
            "removecomments" => RemoveComments,
            "removecommentschar" => RemoveCommentsChar,
            "removenulls" => RemoveNulls,
            "removewhitespace" => RemoveWhitespace,
            "replacecomments" => ReplaceComments,
            "replacenulls" => ReplaceNulls,
            "sha1" => Sha1,
            "sqlhexdecode" => SqlHexDecode,
            "trim" => Trim,
            "trimleft" => TrimLeft,
            "trimright" => TrimRight,
            "uppercase" => Uppercase,
            "urldecode" => UrlDecode,
            "urldecodeuni" => UrlDecodeUni,
            "urlencode" => UrlEncode,
            "utf8tounicode" => Utf8ToUnicode,
            _ => return None,
        })
    }

    /// Applies the transformation; `None` when it leaves the value as it is.
    pub(crate) fn apply(self, value: &[u8]) -> Option<Vec<u8>> {
        if self.skips(value) {
            return None;
        }
        let changed = self.work(value);
        (changed != value).then_some(changed)
    }

    /// True when a look at the bytes already says that nothing will change.
    fn skips(self, value: &[u8]) -> bool {
        use Transform::*;
        match self {
            UrlDecode | UrlDecodeUni => memchr::memchr2(b'%', b'+', value).is_none(),
            HtmlEntityDecode => memchr::memchr(b'&', value).is_none(),
            JsDecode | CssDecode | EscapeSeqDecode => memchr::memchr(b'\\', value).is_none(),
            RemoveNulls | ReplaceNulls => memchr::memchr(0, value).is_none(),
            Lowercase => !value.iter().any(u8::is_ascii_uppercase),
            Uppercase => !value.iter().any(u8::is_ascii_lowercase),
            RemoveWhitespace | CompressWhitespace => !value.iter().any(|&byte| byte == 0xA0 || space::is_space(byte)),
            Utf8ToUnicode => value.is_ascii(),
            ReplaceComments => memchr::memmem::find(value, b"/*").is_none(),
            SqlHexDecode => {
                memchr::memmem::find(value, b"0x").is_none() && memchr::memmem::find(value, b"0X").is_none()
            }
            _ => false,
        }
    }

    fn work(self, value: &[u8]) -> Vec<u8> {
        use Transform::*;
        match self {
            Base64Decode => code::base64_decode(value),
            Base64DecodeExt => code::base64_decode_ext(value),
            Base64Encode => code::base64_encode(value),
            CmdLine => command::cmd_line(value),
            CompressWhitespace => space::compress(value),
            CssDecode => script::css_decode(value),
            EscapeSeqDecode => script::escape_seq_decode(value),
            HexDecode => code::hex_decode(value),
            HexEncode => code::hex_encode(value),
            HtmlEntityDecode => html::entity_decode(value),
            JsDecode => script::js_decode(value),
            Length => value.len().to_string().into_bytes(),
            Lowercase => value.to_ascii_lowercase(),
            Md5 => digest::md5(value),
            NormalizePath => path::normalize(value),
            NormalizePathWin => path::normalize_windows(value),
            ParityEven7Bit => code::parity(value, Some(0)),
            ParityOdd7Bit => code::parity(value, Some(1)),
            ParityZero7Bit => code::parity(value, None),
            RemoveComments => command::remove_comments(value),
            RemoveCommentsChar => command::remove_comments_char(value),
            RemoveNulls => value.iter().copied().filter(|&byte| byte != 0).collect(),
            RemoveWhitespace => space::remove(value),
            ReplaceComments => command::replace_comments(value),
            ReplaceNulls => value.iter().map(|&byte| if byte == 0 { b' ' } else { byte }).collect(),
            Sha1 => digest::sha1(value),
            SqlHexDecode => code::sql_hex_decode(value),
            Trim => space::trim_left(space::trim_right(value)).to_vec(),
            TrimLeft => space::trim_left(value).to_vec(),
            TrimRight => space::trim_right(value).to_vec(),
            Uppercase => value.to_ascii_uppercase(),
            UrlDecode => url::decode(value),
            UrlDecodeUni => url::decode_uni(value),
            UrlEncode => url::encode(value),
            Utf8ToUnicode => url::utf8_to_unicode(value),
        }
    }
}

/// The value of a hexadecimal digit.
pub(crate) fn hex(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).map(|digit| digit as u8)
}

/// The value of two hexadecimal digits at `at`.
pub(crate) fn hex_pair(value: &[u8], at: usize) -> Option<u8> {
    Some(hex(*value.get(at)?)? << 4 | hex(*value.get(at + 1)?)?)
}

#[cfg(test)]
mod tests;
