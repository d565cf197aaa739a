//! The frame of all pages that people look at, and what those of the OAuth provider show: plain HTML that works without
//! script.
//!
//! Everything is escaped by the template. No script runs but one that the page was made with, admitted by its hash; no other
//! site may show a page in a frame, forms lead to this site and to the one address that the answer goes to, and no other
//! site learns the address of a page.

pub(super) mod challenge;
pub(super) mod field;
mod login;
mod outside;
pub(super) mod passkey;
mod text;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_FRAME_OPTIONS};
use http::{HeaderValue, Response, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::body::{Body, full};
use field::{Field, Hidden, alert, hidden};
pub(super) use login::{Login, login, others};
pub(super) use outside::ways;
pub(super) use passkey::{Passkey, Use};
pub(super) use text::Texts;

const STYLE: &str = include_str!("style.css");

/// A page.
pub(super) struct Page<'p> {
    pub(super) status: StatusCode,
    pub(super) texts: &'static Texts,
    pub(super) title: &'p str,
    pub(super) body: Markup,
    /// Whether it shows lists, which need room.
    pub(super) is_wide: bool,
    /// Where else than to this site a form may lead.
    pub(super) leads_to: Option<String>,
    /// Where to go at once.
    pub(super) next: Option<String>,
    /// Whether it is for somebody who is logged in, and says how to log out.
    pub(super) has_logout: bool,
    /// The one script that may run. The page has to work without it.
    pub(super) script: Option<&'static str>,
}

impl<'p> Page<'p> {
    /// A page whose forms stay here.
    pub(super) fn new(texts: &'static Texts, title: &'p str, body: Markup) -> Self {
        let (status, is_wide) = (StatusCode::OK, false);
        Self { status, texts, title, body, is_wide, leads_to: None, next: None, has_logout: false, script: None }
    }

    /// With the script of passkeys, where one can be used.
    pub(super) fn with_passkeys(self, has_some: bool) -> Self {
        Self { script: has_some.then_some(passkey::SCRIPT), ..self }
    }

    /// The answer.
    pub(super) fn answer(self) -> Response<Body> {
        let is_error = self.status.is_client_error() || self.status.is_server_error();
        let text = html! {
            (DOCTYPE)
            html lang=(self.texts.lang) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    @if let Some(next) = &self.next { meta http-equiv="refresh" content={ "0;url=" (next) }; }
                    title { @if is_error { (self.texts.error) ": " } (self.title) " – Portcullis" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main.wide[self.is_wide] {
                        h1 { (self.title) }
                        (self.body)
                        @if self.has_logout { p { a href="/oauth2/logout" { (self.texts.logout) } } }
                    }
                    @if let Some(script) = self.script { script { (PreEscaped(script)) } }
                }
            }
        };
        let mut response = Response::new(full(text.into_string()));
        *response.status_mut() = self.status;
        let policy = policy(self.script, self.leads_to.as_deref());
        let headers = response.headers_mut();
        // An address that was registered holds nothing that a header cannot.
        let policy = HeaderValue::from_str(&policy);
        headers.insert(CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static("default-src 'none'")));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        // With `no-referrer` browsers would send `Origin: null` with our own forms.
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(VARY, HeaderValue::from_static("accept-language"));
        response
    }
}

/// What a browser may do with a page. A script speaks to this site only.
fn policy(script: Option<&str>, leads_to: Option<&str>) -> String {
    let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()).as_ref());
    let script = script.map(|text| format!(" script-src 'sha256-{}'; connect-src 'self';", hash(text)));
    let forms = leads_to.map(|target| format!(" {target}")).unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'sha256-{}';{} form-action 'self'{forms}; frame-ancestors 'none'; base-uri 'none'",
        hash(STYLE),
        script.unwrap_or_default()
    )
}

/// What a consent page shows.
pub(super) struct Asked<'a> {
    pub(super) client: &'a str,
    pub(super) account: &'a str,
    pub(super) scopes: &'a [String],
    /// Where the answer goes; a device has no address.
    pub(super) target: Option<&'a str>,
    /// After how many days at most the client is logged out.
    pub(super) days: i64,
    /// What else there is to know about the client.
    pub(super) warning: Option<&'a str>,
}

/// Asks whether a client may act.
pub(super) fn consent(texts: &Texts, asked: &Asked<'_>, fields: Hidden<'_>) -> Markup {
    html! {
        p { strong { (asked.client) } " " (texts.asks) }
        ul { @for scope in asked.scopes { li { (texts.scope(scope)) } } }
        @if let Some(warning) = asked.warning { p.error { (warning) } }
        p { (texts.account) " " strong { (asked.account) } "." }
        @match asked.target {
            Some(target) => p { (texts.leads_to) " " code { (target) } "." },
            None => p { (texts.device_warning) },
        }
        p { (texts.lasts.replace("{days}", &asked.days.to_string())) }
        form method="post" action="/oauth2/consent" {
            (hidden(fields))
            button type="submit" name="decision" value="allow" { (texts.allow) }
            button.second type="submit" name="decision" value="deny" { (texts.deny) }
        }
    }
}

/// Asks for the code that a device shows.
pub(super) fn device(texts: &Texts, code: &str, error: Option<&str>, fields: Hidden<'_>) -> Markup {
    let user_code = Field {
        name: "user_code",
        label: texts.user_code,
        autocomplete: "off",
        value: Some(code),
        error,
        is_first: true,
        ..Field::default()
    };
    html! {
        (alert(error, Some("user_code")))
        form method="post" action="/device" {
            (hidden(fields))
            (user_code.show())
            button type="submit" { (texts.go_on) }
        }
    }
}

/// Asks whether to log out.
pub(super) fn logout(texts: &Texts, fields: Hidden<'_>) -> Markup {
    html! {
        p { (texts.logout_asks) }
        form method="post" action="/oauth2/logout" {
            (hidden(fields))
            button type="submit" { (texts.logout) }
        }
    }
}

/// Says something.
pub(super) fn message(text: &str, detail: Option<&str>) -> Markup {
    html! {
        p { (text) }
        @if let Some(detail) = detail { p { code { (detail) } } }
    }
}

/// Says something, and where to go from there.
pub(super) fn message_with(text: &str, (label, href): (&str, &str)) -> Markup {
    html! {
        p { (text) }
        p { a.button href=(href) { (label) } }
    }
}

/// Leads on by itself, and by a link for browsers that do not.
pub(super) fn onward(texts: &Texts, next: &str) -> Markup {
    html! { p { a href=(next) { (texts.go_on) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_admitted_by_its_hash_and_speaks_to_this_site_only() {
        let page = policy(Some("let a = 1;"), None);
        assert!(page.contains("script-src 'sha256-xY6QKfH9PRsQnLz56nj6MBwiK5oHg+im1Jkpdp1x/Ck="), "{page}");
        assert!(page.contains("connect-src 'self'") && !page.contains("unsafe"), "{page}");
        assert!(!policy(None, Some("https://app.example")).contains("script-src"));
    }
}
