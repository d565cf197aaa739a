//! The variables of the rule language, by name.

/// One variable. Those of the language that this engine does not have are not here, so a rule that names one does not load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Variable {
    Args,
    ArgsNames,
    ArgsGet,
    ArgsGetNames,
    ArgsPost,
    ArgsPostNames,
    ArgsCombinedSize,
    Duration,
    Files,
    FilesNames,
    FilesSizes,
    FilesCombinedSize,
    FullRequestLength,
    Geo,
    InboundDataError,
    MatchedVar,
    MatchedVarName,
    MatchedVars,
    MatchedVarsNames,
    Multipart(Multipart),
    MultipartFilename,
    MultipartName,
    MultipartPartHeaders,
    OutboundDataError,
    PathInfo,
    /// Not of the language: the text of a prompt, apart from the arguments, see `body::json`.
    Prompt,
    QueryString,
    RemoteAddr,
    RemotePort,
    ReqbodyError,
    ReqbodyErrorMsg,
    ReqbodyProcessor,
    RequestBasename,
    RequestBody,
    RequestBodyLength,
    RequestCookies,
    RequestCookiesNames,
    RequestFilename,
    RequestHeaders,
    RequestHeadersNames,
    RequestLine,
    RequestMethod,
    RequestProtocol,
    RequestUri,
    RequestUriRaw,
    ResponseBody,
    ResponseContentLength,
    ResponseContentType,
    ResponseHeaders,
    ResponseHeadersNames,
    ResponseProtocol,
    ResponseStatus,
    Rule,
    ServerAddr,
    ServerName,
    ServerPort,
    Store(Store),
    TimeEpoch,
    UniqueId,
    UrlencodedError,
    /// The text of an XML body.
    XmlText,
    /// The attributes of an XML body.
    XmlAttributes,
}

/// What the multipart reader noticed; each is "0" or "1".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Multipart {
    StrictError,
    BoundaryQuoted,
    BoundaryWhitespace,
    CrlfLfLines,
    DataAfter,
    DataBefore,
    FileLimitExceeded,
    HeaderFolding,
    InvalidHeaderFolding,
    InvalidPart,
    InvalidQuoting,
    LfLine,
    MissingSemicolon,
    UnmatchedBoundary,
}

/// A collection that rules write to. All but `Tx` are named by `initcol` and may outlive the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Store {
    /// The variables of this request.
    Tx,
    /// By client address.
    Ip,
    /// One for all.
    Global,
    /// By resource.
    Resource,
    /// By session.
    Session,
    /// By user.
    User,
}

impl Store {
    pub(crate) const COUNT: usize = 6;

    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().as_str() {
            "TX" => Store::Tx,
            "IP" => Store::Ip,
            "GLOBAL" => Store::Global,
            "RESOURCE" => Store::Resource,
            "SESSION" => Store::Session,
            "USER" => Store::User,
            _ => return None,
        })
    }
}

/// Every plain name, once; `XML` and the stores are looked up apart.
const NAMES: &[(&str, Variable)] = {
    use Variable::*;
    &[
        ("ARGS", Args),
        ("ARGS_NAMES", ArgsNames),
        ("ARGS_GET", ArgsGet),
        ("ARGS_GET_NAMES", ArgsGetNames),
        ("ARGS_POST", ArgsPost),
        ("ARGS_POST_NAMES", ArgsPostNames),
        ("ARGS_COMBINED_SIZE", ArgsCombinedSize),
        ("DURATION", Duration),
        ("FILES", Files),
        ("FILES_NAMES", FilesNames),
        ("FILES_SIZES", FilesSizes),
        ("FILES_COMBINED_SIZE", FilesCombinedSize),
        ("FULL_REQUEST_LENGTH", FullRequestLength),
        ("GEO", Geo),
        ("INBOUND_DATA_ERROR", InboundDataError),
        ("MATCHED_VAR", MatchedVar),
        ("MATCHED_VAR_NAME", MatchedVarName),
        ("MATCHED_VARS", MatchedVars),
        ("MATCHED_VARS_NAMES", MatchedVarsNames),
        ("MULTIPART_STRICT_ERROR", Multipart(self::Multipart::StrictError)),
        ("MULTIPART_BOUNDARY_QUOTED", Multipart(self::Multipart::BoundaryQuoted)),
        ("MULTIPART_BOUNDARY_WHITESPACE", Multipart(self::Multipart::BoundaryWhitespace)),
        ("MULTIPART_CRLF_LF_LINES", Multipart(self::Multipart::CrlfLfLines)),
        ("MULTIPART_DATA_AFTER", Multipart(self::Multipart::DataAfter)),
        ("MULTIPART_DATA_BEFORE", Multipart(self::Multipart::DataBefore)),
        ("MULTIPART_FILE_LIMIT_EXCEEDED", Multipart(self::Multipart::FileLimitExceeded)),
        ("MULTIPART_HEADER_FOLDING", Multipart(self::Multipart::HeaderFolding)),
        ("MULTIPART_INVALID_HEADER_FOLDING", Multipart(self::Multipart::InvalidHeaderFolding)),
        ("MULTIPART_INVALID_PART", Multipart(self::Multipart::InvalidPart)),
        ("MULTIPART_INVALID_QUOTING", Multipart(self::Multipart::InvalidQuoting)),
        ("MULTIPART_LF_LINE", Multipart(self::Multipart::LfLine)),
        ("MULTIPART_MISSING_SEMICOLON", Multipart(self::Multipart::MissingSemicolon)),
        ("MULTIPART_SEMICOLON_MISSING", Multipart(self::Multipart::MissingSemicolon)),
        ("MULTIPART_UNMATCHED_BOUNDARY", Multipart(self::Multipart::UnmatchedBoundary)),
        ("MULTIPART_FILENAME", MultipartFilename),
        ("MULTIPART_NAME", MultipartName),
        ("MULTIPART_PART_HEADERS", MultipartPartHeaders),
        ("OUTBOUND_DATA_ERROR", OutboundDataError),
        ("PATH_INFO", PathInfo),
        ("PROMPT", Prompt),
        ("QUERY_STRING", QueryString),
        ("REMOTE_ADDR", RemoteAddr),
        ("REMOTE_PORT", RemotePort),
        ("REQBODY_ERROR", ReqbodyError),
        ("REQBODY_ERROR_MSG", ReqbodyErrorMsg),
        ("REQBODY_PROCESSOR_ERROR", ReqbodyError),
        ("REQBODY_PROCESSOR_ERROR_MSG", ReqbodyErrorMsg),
        ("REQBODY_PROCESSOR", ReqbodyProcessor),
        ("REQUEST_BASENAME", RequestBasename),
        ("REQUEST_BODY", RequestBody),
        ("REQUEST_BODY_LENGTH", RequestBodyLength),
        ("REQUEST_COOKIES", RequestCookies),
        ("REQUEST_COOKIES_NAMES", RequestCookiesNames),
        ("REQUEST_FILENAME", RequestFilename),
        ("REQUEST_HEADERS", RequestHeaders),
        ("REQUEST_HEADERS_NAMES", RequestHeadersNames),
        ("REQUEST_LINE", RequestLine),
        ("REQUEST_METHOD", RequestMethod),
        ("REQUEST_PROTOCOL", RequestProtocol),
        ("REQUEST_URI", RequestUri),
        ("REQUEST_URI_RAW", RequestUriRaw),
        ("RESPONSE_BODY", ResponseBody),
        ("RESPONSE_CONTENT_LENGTH", ResponseContentLength),
        ("RESPONSE_CONTENT_TYPE", ResponseContentType),
        ("RESPONSE_HEADERS", ResponseHeaders),
        ("RESPONSE_HEADERS_NAMES", ResponseHeadersNames),
        ("RESPONSE_PROTOCOL", ResponseProtocol),
        ("RESPONSE_STATUS", ResponseStatus),
        ("RULE", Rule),
        ("SERVER_ADDR", ServerAddr),
        ("SERVER_NAME", ServerName),
        ("SERVER_PORT", ServerPort),
        ("TIME_EPOCH", TimeEpoch),
        ("UNIQUE_ID", UniqueId),
        ("URLENCODED_ERROR", UrlencodedError),
    ]
};

impl Variable {
    /// Finds a variable by name, in any case. `XML` needs its selector, see `seclang::target`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let upper = name.to_ascii_uppercase();
        let plain = NAMES.iter().find(|(known, _)| *known == upper).map(|(_, variable)| *variable);
        plain.or_else(|| Store::named(&upper).map(Variable::Store))
    }

    /// The variable's name in the rule language.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Variable::Store(Store::Tx) => "TX",
            Variable::Store(Store::Ip) => "IP",
            Variable::Store(Store::Global) => "GLOBAL",
            Variable::Store(Store::Resource) => "RESOURCE",
            Variable::Store(Store::Session) => "SESSION",
            Variable::Store(Store::User) => "USER",
            Variable::XmlText | Variable::XmlAttributes => "XML",
            plain => NAMES.iter().find(|(_, variable)| *variable == plain).map_or("", |(name, _)| name),
        }
    }

    /// True when rules change what it holds, so that nothing about it can be worked out ahead.
    pub(crate) fn is_changing(self) -> bool {
        use Variable::*;
        matches!(
            self,
            MatchedVar | MatchedVarName | MatchedVars | MatchedVarsNames | Store(_) | Rule | Geo | ReqbodyProcessor
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_its_variable_and_back() {
        for (name, variable) in NAMES {
            assert_eq!(Variable::named(&name.to_lowercase()), Some(*variable));
            assert_eq!(Variable::named(variable.name()), Some(*variable));
        }
        assert_eq!(Variable::named("tx"), Some(Variable::Store(Store::Tx)));
        assert_eq!(Variable::named("FILES_TMPNAMES"), None);
    }
}
