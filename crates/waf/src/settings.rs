//! What the configuration directives of a rule set say.

use crate::rule::Mode;

/// The limits and switches of an engine, from its rule files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether a rule that denies denies.
    pub mode: Mode,
    /// Whether request bodies are read.
    pub request_body: bool,
    /// Whether response bodies are read.
    pub response_body: bool,
    /// The longest request body that is read, in bytes.
    pub request_body_bytes_max: usize,
    /// The longest request body without files, in bytes.
    pub request_body_no_files_bytes_max: usize,
    /// The longest response body that is read, in bytes; what is behind it is not looked at.
    pub response_body_bytes_max: usize,
    /// The content types of responses whose bodies are read.
    pub response_types: Vec<String>,
    /// How many arguments a request may have.
    pub arguments_max: usize,
    /// How deep JSON and XML may be nested.
    pub depth_max: usize,
    /// The longest argument, in bytes; a longer one is a fault of the body or the query string.
    pub value_bytes_max: usize,
    pub(crate) separator: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::On,
            request_body: true,
            response_body: true,
            request_body_bytes_max: 16 << 20,
            request_body_no_files_bytes_max: 4 << 20,
            response_body_bytes_max: 512 << 10,
            response_types: ["text/plain", "text/html", "text/xml", "application/json"].map(str::to_owned).to_vec(),
            arguments_max: 4096,
            depth_max: 128,
            value_bytes_max: 256 << 10,
            separator: b'&',
        }
    }
}

/// Directives about logs, files and tuning that this engine does not have: the gateway's own settings decide there, so
/// none of them weakens a rule by being read and left.
const WITHOUT_EFFECT: &[&str] = &[
    "seccomponentsignature",
    "seccollectiontimeout",
    "secauditengine",
    "secauditlog",
    "secauditlog2",
    "secauditlogformat",
    "secauditlogparts",
    "secauditlogrelevantstatus",
    "secauditlogstoragedir",
    "secauditlogtype",
    "seccookieformat",
    "secdatadir",
    "secdebuglog",
    "secdebugloglevel",
    "secpcrematchlimit",
    "secpcrematchlimitrecursion",
    "secrequestbodyinmemorylimit",
    "secrequestbodylimitaction",
    "secresponsebodylimitaction",
    "secstatusengine",
    "sectmpdir",
    "sectmpsaveuploadedfiles",
    "secunicodemapfile",
    "secuploaddir",
    "secuploadfilemode",
    "secuploadfilelimit",
    "secuploadkeepfiles",
    "secwebappid",
];

impl Settings {
    /// Reads one directive; false when it is not a setting.
    pub(crate) fn read(&mut self, name: &str, arguments: &[Vec<u8>]) -> Result<bool, String> {
        let first =
            arguments.first().map(|argument| String::from_utf8_lossy(argument).into_owned()).unwrap_or_default();
        let number = || first.parse::<usize>().map_err(|_| format!("{name} needs a number, not {first}"));
        let switch = || match first.to_ascii_lowercase().as_str() {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(format!("{name} is On or Off, not {first}")),
        };
        match name.to_ascii_lowercase().as_str() {
            "secruleengine" => self.mode = Mode::named(&first).ok_or(format!("{name} {first} is not supported"))?,
            "secrequestbodyaccess" => self.request_body = switch()?,
            "secresponsebodyaccess" => self.response_body = switch()?,
            "secrequestbodylimit" => self.request_body_bytes_max = number()?,
            "secrequestbodynofileslimit" => self.request_body_no_files_bytes_max = number()?,
            "secresponsebodylimit" => self.response_body_bytes_max = number()?,
            "secargumentslimit" => self.arguments_max = number()?,
            "secrequestbodyjsondepthlimit" => self.depth_max = number()?.min(10_000),
            "secresponsebodymimetype" => self.response_types = words(arguments),
            "secargumentseparator" => {
                self.separator = *first.as_bytes().first().ok_or(format!("{name} needs a character"))?
            }
            known if WITHOUT_EFFECT.contains(&known) => {}
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn words(arguments: &[Vec<u8>]) -> Vec<String> {
    let words = arguments.iter().map(|argument| String::from_utf8_lossy(argument).into_owned());
    words.flat_map(|text| text.split_whitespace().map(str::to_ascii_lowercase).collect::<Vec<_>>()).collect()
}
