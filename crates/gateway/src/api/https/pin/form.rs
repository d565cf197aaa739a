//! Pins in the words of those who check them: Android, iOS, OkHttp and curl.
//!
//! Invariant: a [`Host`] has nothing that XML, Kotlin or a shell would read as more than a name.

use std::fmt::Write as _;
use std::str::FromStr;

use super::{Pin, PinError, Set};

/// Who checks the pins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// `res/xml/network_security_config.xml`.
    Android,
    /// `NSPinnedDomains` for `Info.plist`.
    Ios,
    /// `CertificatePinner` of OkHttp, in Kotlin.
    Okhttp,
    /// Arguments of curl.
    Curl,
    /// For programs.
    Json,
}

/// The name or address of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host(String);

impl FromStr for Host {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        if text.is_empty() || text.len() > 253 || text.starts_with('-') || !text.chars().all(is_plain) {
            return Err(PinError::NoHost(text.chars().filter(|c| !c.is_control()).take(253).collect()));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl Host {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A set in a form.
///
/// # Errors
/// When its host is not one.
pub fn render(form: Form, set: &Set) -> Result<String, PinError> {
    let host: Host = set.host.parse()?;
    Ok(match form {
        Form::Android => android(&host, set),
        Form::Ios => ios(&host, &set.pins),
        Form::Okhttp => okhttp(&host, &set.pins),
        Form::Curl => curl(&host, &set.pins),
        Form::Json => serde_json::to_string_pretty(set).unwrap_or_default() + "\n",
    })
}

fn android(host: &Host, set: &Set) -> String {
    let until = set.until.map(|until| format!(" expiration=\"{}\"", until.strftime("%Y-%m-%d"))).unwrap_or_default();
    let mut pins = String::new();
    for pin in &set.pins {
        let _ = writeln!(pins, "            <pin digest=\"SHA-256\">{pin}</pin>");
    }
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<network-security-config>
    <domain-config cleartextTrafficPermitted="false">
        <domain includeSubdomains="false">{}</domain>
        <pin-set{until}>
{pins}        </pin-set>
    </domain-config>
</network-security-config>
"#,
        host.0
    )
}

fn ios(host: &Host, pins: &[Pin]) -> String {
    let mut list = String::new();
    for pin in pins {
        let _ = write!(
            list,
            "                <dict>\n                    <key>SPKI-SHA256-BASE64</key>\n                    \
             <string>{pin}</string>\n                </dict>\n"
        );
    }
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
    <key>NSAppTransportSecurity</key>
    <dict>
        <key>NSPinnedDomains</key>
        <dict>
            <key>{}</key>
            <dict>
                <key>NSIncludesSubdomains</key>
                <false/>
                <key>NSPinnedLeafIdentities</key>
                <array>
{list}                </array>
            </dict>
        </dict>
    </dict>
</dict>
</plist>
"#,
        host.0
    )
}

fn okhttp(host: &Host, pins: &[Pin]) -> String {
    let mut out = "val pinner = CertificatePinner.Builder()\n".to_owned();
    for pin in pins {
        let _ = writeln!(out, "    .add(\"{}\", \"sha256/{pin}\")", host.0);
    }
    out + "    .build()\n"
}

fn curl(host: &Host, pins: &[Pin]) -> String {
    let pins: Vec<String> = pins.iter().map(|pin| format!("sha256//{pin}")).collect();
    format!("curl --pinnedpubkey '{}' https://{}/\n", pins.join(";"), host.0)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn set(host: &str) -> Set {
        Set {
            id: "pins_1".to_owned(),
            host: host.to_owned(),
            pins: vec![Pin::of_public_key(b"live"), Pin::of_public_key(b"backup")],
            published_at: Timestamp::UNIX_EPOCH,
            until: Some("2027-11-28T12:00:00Z".parse().unwrap()),
            retired_at: None,
        }
    }

    #[test]
    fn every_form_has_the_host_and_both_pins() {
        for form in [Form::Android, Form::Ios, Form::Okhttp, Form::Curl, Form::Json] {
            let text = render(form, &set("gate.example")).unwrap();
            let has = |part: &str| assert!(text.contains(part), "{form:?}: {part} is not in {text}");
            has("gate.example");
            set("gate.example").pins.iter().for_each(|pin| has(&pin.to_string()));
        }
        let android = render(Form::Android, &set("gate.example")).unwrap();
        assert!(android.contains(r#"<pin-set expiration="2027-11-28">"#), "{android}");
        let curl = render(Form::Curl, &set("gate.example")).unwrap();
        assert!(curl.starts_with("curl --pinnedpubkey 'sha256//"), "{curl}");
    }

    #[test]
    fn a_host_cannot_break_out_of_its_form() {
        for host in ["", "a\"b", "a<b", "a b", "a'; rm -rf", "-a", "*.example", "a/b", &"a".repeat(254)] {
            assert!(matches!(render(Form::Android, &set(host)), Err(PinError::NoHost(_))), "{host}");
        }
    }
}
