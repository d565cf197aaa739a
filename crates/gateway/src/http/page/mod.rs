//! Pages that people look at while an app waits: plain HTML that works without script.
//!
//! Everything is escaped by the template. No script runs, no other site may show a page in a frame, forms lead to this
//! site and to the one address that the answer goes to, and no other site learns the address of a page.

mod outside;
mod text;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_FRAME_OPTIONS};
use http::{HeaderValue, Response, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::body::{Body, full};
pub(super) use outside::{outside_factor, with_outside};
pub(super) use text::Texts;

const STYLE: &str = "*{box-sizing:border-box}body{font:1rem/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1b1f24}\
main{max-width:26rem;margin:8vh auto;padding:2rem;background:#fff;border:1px solid #d0d5db;border-radius:.5rem}\
h1{font-size:1.4rem;margin:0 0 1rem}label{display:block;margin:1rem 0 .25rem;font-weight:600}\
input{width:100%;padding:.6rem;font:inherit;border:1px solid #6b7480;border-radius:.25rem}\
button{margin:1.25rem .5rem 0 0;padding:.6rem 1.2rem;font:inherit;border:1px solid #14539a;border-radius:.25rem;background:#14539a;color:#fff}\
button.second{background:#fff;color:#14539a}:focus-visible{outline:3px solid #e08a00;outline-offset:2px}\
a.button{display:block;margin:.75rem 0 0;padding:.6rem 1.2rem;text-align:center;border:1px solid #14539a;border-radius:.25rem;color:#14539a;text-decoration:none}\
.error{color:#a3131a;font-weight:600}code{overflow-wrap:anywhere}\
@media(prefers-color-scheme:dark){body{background:#12161b;color:#e8ebee}main{background:#1b2027;border-color:#3a424c}\
input{background:#12161b;color:#e8ebee}button.second,a.button{background:#1b2027;color:#8fc1ff}.error{color:#ff9a9e}}";

/// A form's hidden fields.
pub(super) type Hidden<'h> = &'h [(&'h str, &'h str)];

/// A page.
pub(super) struct Page<'p> {
    pub(super) status: StatusCode,
    pub(super) texts: &'static Texts,
    pub(super) title: &'p str,
    pub(super) body: Markup,
    /// Where else than to this site a form may lead.
    pub(super) leads_to: Option<String>,
    /// Where to go at once.
    pub(super) next: Option<String>,
}

impl Page<'_> {
    /// The answer.
    pub(super) fn answer(self) -> Response<Body> {
        let text = html! {
            (DOCTYPE)
            html lang=(self.texts.lang) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    @if let Some(next) = &self.next { meta http-equiv="refresh" content={ "0;url=" (next) }; }
                    title { (self.title) " – Portcullis" }
                    style { (PreEscaped(STYLE)) }
                }
                body { main { h1 { (self.title) } (self.body) } }
            }
        };
        let mut response = Response::new(full(text.into_string()));
        *response.status_mut() = self.status;
        let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()).as_ref());
        let forms = self.leads_to.map(|target| format!(" {target}")).unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'{forms}; frame-ancestors 'none'; \
             base-uri 'none'"
        );
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

fn hidden(fields: Hidden<'_>) -> Markup {
    html! { @for (name, value) in fields { input type="hidden" name=(name) value=(value); } }
}

/// Asks for address and password.
pub(super) fn login(texts: &Texts, client: &str, error: Option<&str>, fields: Hidden<'_>) -> Markup {
    html! {
        p { (texts.login_for) " " strong { (client) } }
        @if let Some(error) = error { p.error role="alert" { (error) } }
        form method="post" action="/oauth2/login" {
            (hidden(fields))
            label for="email" { (texts.email) }
            input id="email" name="email" type="email" autocomplete="username" required autofocus;
            label for="password" { (texts.password) }
            input id="password" name="password" type="password" autocomplete="current-password" required;
            button type="submit" { (texts.login) }
        }
    }
}

/// What a consent page shows.
pub(super) struct Asked<'a> {
    pub(super) client: &'a str,
    pub(super) account: &'a str,
    pub(super) scopes: &'a [String],
    /// Where the answer goes; a device has no address.
    pub(super) target: Option<&'a str>,
}

/// Asks whether a client may act.
pub(super) fn consent(texts: &Texts, asked: &Asked<'_>, fields: Hidden<'_>) -> Markup {
    html! {
        p { strong { (asked.client) } " " (texts.asks) }
        ul { @for scope in asked.scopes { li { (texts.scope(scope)) } } }
        p { (texts.account) " " strong { (asked.account) } "." }
        @match asked.target {
            Some(target) => p { (texts.leads_to) " " code { (target) } "." },
            None => p { (texts.device_warning) },
        }
        form method="post" action="/oauth2/consent" {
            (hidden(fields))
            button type="submit" name="decision" value="allow" { (texts.allow) }
            button.second type="submit" name="decision" value="deny" { (texts.deny) }
        }
    }
}

/// Asks for the code that a device shows.
pub(super) fn device(texts: &Texts, code: &str, error: Option<&str>, fields: Hidden<'_>) -> Markup {
    html! {
        @if let Some(error) = error { p.error role="alert" { (error) } }
        form method="post" action="/device" {
            (hidden(fields))
            label for="user_code" { (texts.user_code) }
            input id="user_code" name="user_code" value=(code) autocomplete="off" autocapitalize="characters"
                spellcheck="false" required autofocus;
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

/// Leads on by itself, and by a link for browsers that do not.
pub(super) fn onward(texts: &Texts, next: &str) -> Markup {
    html! { p { a href=(next) { (texts.go_on) } } }
}
