//! Taking in the parts of a request and an answer.

use crate::body::{self, Pair, PromptFields};
use crate::report::printable;
use crate::rule::Processor;
use crate::value::Slot;
use crate::variable::{Multipart, Variable};

use super::Transaction;
use super::collection::Entry;

impl Transaction {
    /// Takes the request line.
    pub fn request_line(&mut self, method: &[u8], uri: &[u8], version: &[u8]) {
        self.set(Variable::RequestLine, [method, b" ", uri, b" ", version].concat());
        self.set(Variable::RequestMethod, method);
        self.set(Variable::RequestProtocol, version);
        self.set(Variable::RequestUriRaw, uri);
        let local = without_authority(uri);
        self.set(Variable::RequestUri, local);
        let (path, query) = match memchr::memchr(b'?', local) {
            Some(at) => (&local[..at], &local[at + 1..]),
            None => (local, &[][..]),
        };
        let path = &crate::transform::percent_decode(path);
        self.set(Variable::RequestFilename, path);
        let basename =
            path.iter().rposition(|byte| matches!(byte, b'/' | b'\\')).map_or(path.as_slice(), |at| &path[at + 1..]);
        self.set(Variable::RequestBasename, basename);
        self.set(Variable::QueryString, query);
        self.set(Variable::PathInfo, path);
        self.set(Variable::UrlencodedError, "0");
        let engine = self.engine.clone();
        let settings = &engine.settings;
        let arguments = body::arguments(query, settings.separator, settings.arguments_max);
        self.take_arguments(arguments, false);
    }

    /// Takes one request header.
    pub fn request_header(&mut self, name: &[u8], value: &[u8]) {
        let entry = self.entry(name, value);
        self.collections.headers.push(entry);
        if name.eq_ignore_ascii_case(b"cookie") {
            self.take_cookies(value);
        }
        if name.eq_ignore_ascii_case(b"host") {
            self.set(Variable::ServerName, value.split(|&byte| byte == b':').next().unwrap_or_default());
        }
    }

    pub(super) fn feed_connection(&mut self) {
        let connection = self.connection.clone();
        self.set(Variable::RemoteAddr, &connection.client);
        self.set(Variable::RemotePort, connection.client_port.to_string());
        self.set(Variable::ServerAddr, &connection.server);
        self.set(Variable::ServerPort, connection.server_port.to_string());
        self.set(Variable::UniqueId, &connection.unique_id);
        self.set(Variable::TimeEpoch, connection.time.to_string());
        // Microseconds since the request began. The engine has no clock; what rules do with it is to make a random number.
        self.set(Variable::Duration, format!("{:06}", fold(connection.unique_id.as_bytes())));
    }

    pub(super) fn feed_headers_end(&mut self) {
        let kind = self.header(b"content-type").to_ascii_lowercase();
        if kind.starts_with(b"application/x-www-form-urlencoded") {
            self.flow.processor = Some(Processor::UrlEncoded);
        } else if kind.starts_with(b"multipart/form-data") {
            self.flow.processor = Some(Processor::Multipart);
        }
        self.sizes();
    }

    /// Takes the body with whatever reads it.
    pub(super) fn feed_body(&mut self, body: &[u8], fields: &dyn PromptFields) {
        let engine = self.engine.clone();
        let settings = &engine.settings;
        self.set(Variable::RequestBodyLength, body.len().to_string());
        self.set(Variable::FullRequestLength, body.len().to_string());
        self.set(Variable::InboundDataError, if body.len() > settings.request_body_bytes_max { "1" } else { "0" });
        self.fault(None);
        for flag in MULTIPART_FLAGS {
            self.set(Variable::Multipart(*flag), "0");
        }
        if !self.flow.request_body || body.is_empty() {
            self.sizes();
            return;
        }
        let has_files = self.flow.processor == Some(Processor::Multipart);
        if body.len() > settings.request_body_bytes_max
            || (!has_files && body.len() > settings.request_body_no_files_bytes_max)
        {
            self.fault(Some("the request body is longer than the limit"));
            return;
        }
        match self.flow.processor {
            Some(Processor::UrlEncoded) => self.take_form(body),
            Some(Processor::Multipart) => self.take_multipart(body),
            Some(Processor::Json) => self.take_json(body, fields),
            Some(Processor::Xml) => self.take_xml(body),
            None if self.flow.force_request_body => self.set(Variable::RequestBody, body),
            None => {}
        }
        self.sizes();
    }

    pub(super) fn feed_response<'h>(
        &mut self,
        status: u16,
        version: &[u8],
        headers: impl Iterator<Item = (&'h [u8], &'h [u8])>,
    ) {
        self.set(Variable::ResponseStatus, status.to_string());
        self.set(Variable::ResponseProtocol, version);
        for (name, value) in headers {
            let entry = self.entry(name, value);
            self.collections.response_headers.push(entry);
            if name.eq_ignore_ascii_case(b"content-type") {
                self.set(Variable::ResponseContentType, value);
            }
            if name.eq_ignore_ascii_case(b"content-length") {
                self.set(Variable::ResponseContentLength, value);
            }
        }
    }

    pub(super) fn feed_response_body(&mut self, body: &[u8]) {
        let most = self.engine.settings.response_body_bytes_max;
        self.set(Variable::OutboundDataError, if body.len() > most { "1" } else { "0" });
        if self.flow.response_body && self.flow.refusal.is_none() {
            self.set(Variable::ResponseBody, &body[..body.len().min(most)]);
        }
    }

    fn set(&mut self, variable: Variable, bytes: impl AsRef<[u8]>) {
        let slot = self.values.add(bytes.as_ref());
        self.collections.set(variable, slot);
        self.quiet.forget(variable);
    }

    fn entry(&mut self, name: &[u8], value: &[u8]) -> Entry {
        Entry::new(self.values.add(name), self.values.add(value))
    }

    /// The first request header of this name.
    fn header(&self, name: &[u8]) -> &[u8] {
        let entry =
            self.collections.headers.iter().find(|entry| self.values.bytes(entry.name).eq_ignore_ascii_case(name));
        entry.map_or(&[], |entry| self.values.bytes(entry.value))
    }

    fn take_cookies(&mut self, header: &[u8]) {
        for cookie in header.split(|&byte| byte == b';') {
            let (name, value) = match memchr::memchr(b'=', cookie) {
                Some(at) => (&cookie[..at], &cookie[at + 1..]),
                None => (cookie, &[][..]),
            };
            let name = name.trim_ascii_start();
            if !name.is_empty() && self.collections.cookies.len() < self.engine.settings.arguments_max {
                let entry = self.entry(name, value);
                self.collections.cookies.push(entry);
            }
        }
    }

    fn take_arguments(&mut self, arguments: body::Arguments, is_body: bool) {
        if arguments.has_invalid_encoding {
            self.set(Variable::UrlencodedError, "1");
        }
        if arguments.is_over_limit {
            self.fault(Some("the request has too many arguments"));
        }
        let entries = self.entries_of(arguments.pairs);
        if is_body {
            self.collections.args_post.extend(entries);
        } else {
            self.collections.args_get.extend(entries);
        }
    }

    fn entries_of(&mut self, pairs: Vec<Pair>) -> Vec<Entry> {
        let most = self.engine.settings.value_bytes_max;
        if pairs.iter().any(|pair| pair.name.len().max(pair.value.len()) > most) {
            self.fault(Some("an argument is longer than the limit"));
        }
        let entry = |pair: Pair| Entry::new(self.values.add(pair.name), self.values.add(pair.value));
        pairs.into_iter().map(entry).collect()
    }

    fn take_form(&mut self, body: &[u8]) {
        self.set(Variable::RequestBody, body);
        let engine = self.engine.clone();
        let settings = &engine.settings;
        let arguments = body::arguments(body, settings.separator, settings.arguments_max);
        self.take_arguments(arguments, true);
    }

    fn take_json(&mut self, body: &[u8], fields: &dyn PromptFields) {
        let engine = self.engine.clone();
        let limits = body::JsonLimits::new(&engine.settings, engine.reads_prompts);
        let leaves = body::json(body, limits, fields);
        self.collections.args_post = self.entries_of(leaves.arguments);
        self.quiet.forget_arguments();
        // Prompts may be as long as the body.
        let entry = |pair: Pair| Entry::new(self.values.add(pair.name), self.values.add(pair.value));
        self.collections.prompts = leaves.prompts.into_iter().map(entry).collect();
        self.flow.is_malformed = leaves.is_malformed;
        if leaves.fault.is_some() {
            self.fault(leaves.fault);
        }
    }

    fn take_xml(&mut self, body: &[u8]) {
        let engine = self.engine.clone();
        let settings = &engine.settings;
        let xml = body::xml(body, settings.depth_max, settings.arguments_max);
        self.set(Variable::XmlText, xml.text);
        for value in xml.attributes {
            let entry = self.entry(b"", &value);
            self.collections.xml_attributes.push(entry);
        }
        if xml.fault.is_some() {
            self.fault(xml.fault);
        }
    }

    fn take_multipart(&mut self, body: &[u8]) {
        let kind = self.header(b"content-type").to_vec();
        let form = body::multipart(&kind, body, self.engine.settings.arguments_max.min(1024));
        self.note_flags(&form);
        self.collections.part_headers = self.entries_of(form.headers);
        self.collections.args_post = self.entries_of(form.fields);
        self.quiet.forget_arguments();
        for file in form.files {
            let entry = self.entry(&file.field, &file.name);
            self.collections.files.push(entry);
            let size = self.entry(&file.field, file.size.to_string().as_bytes());
            self.collections.file_sizes.push(size);
        }
        if form.fault.is_some() {
            self.fault(form.fault);
        }
    }

    fn note_flags(&mut self, form: &body::MultipartBody) {
        for flag in &form.flags {
            self.set(Variable::Multipart(*flag), "1");
        }
        let strict = form.fault.is_some()
            || form.flags.iter().any(|flag| !matches!(flag, Multipart::CrlfLfLines | Multipart::UnmatchedBoundary));
        self.set(Variable::Multipart(Multipart::StrictError), if strict { "1" } else { "0" });
    }

    /// Notes what is wrong with the body; the first fault stays.
    fn fault(&mut self, fault: Option<&'static str>) {
        let known = self.collections.scalar(Variable::ReqbodyError).is_some_and(|slot| self.values.bytes(slot) == b"1");
        if known {
            return;
        }
        self.set(Variable::ReqbodyError, if fault.is_some() { "1" } else { "0" });
        self.set(Variable::ReqbodyErrorMsg, printable(fault.unwrap_or_default().as_bytes(), 256));
    }

    fn sizes(&mut self) {
        let length = |slot: Slot| self.values.bytes(slot).len();
        let arguments = self.collections.args_get.iter().chain(&self.collections.args_post);
        let arguments: usize = arguments.map(|entry| length(entry.name) + length(entry.value)).sum();
        let files = self.collections.file_sizes.iter();
        let files: i64 = files.map(|entry| crate::operator::integer(self.values.bytes(entry.value))).sum();
        self.set(Variable::ArgsCombinedSize, arguments.to_string());
        self.set(Variable::FilesCombinedSize, files.to_string());
    }
}

const MULTIPART_FLAGS: &[Multipart] = &[
    Multipart::StrictError,
    Multipart::BoundaryQuoted,
    Multipart::BoundaryWhitespace,
    Multipart::CrlfLfLines,
    Multipart::DataAfter,
    Multipart::DataBefore,
    Multipart::FileLimitExceeded,
    Multipart::HeaderFolding,
    Multipart::InvalidHeaderFolding,
    Multipart::InvalidPart,
    Multipart::InvalidQuoting,
    Multipart::LfLine,
    Multipart::MissingSemicolon,
    Multipart::UnmatchedBoundary,
];

/// A number below a million made of bytes.
fn fold(bytes: &[u8]) -> u32 {
    bytes.iter().fold(7_u32, |sum, &byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % 1_000_000
}

/// Takes `scheme://host` off a URI that has it.
fn without_authority(uri: &[u8]) -> &[u8] {
    let Some(at) = memchr::memmem::find(uri, b"://") else { return uri };
    if at == 0 || !uri[..at].iter().all(u8::is_ascii_alphanumeric) {
        return uri;
    }
    let rest = &uri[at + 3..];
    rest.iter().position(|byte| matches!(byte, b'/' | b'?')).map_or(b"/", |path| &rest[path..])
}
