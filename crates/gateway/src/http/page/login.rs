//! Asks for address and password.

use maud::{Markup, html};

use super::field::{Field, Hidden, alert, hidden};
use super::{Passkey, Texts};

/// What a login page shows.
#[derive(Default)]
pub(in crate::http) struct Login<'l> {
    /// Where the form goes.
    pub(in crate::http) action: &'l str,
    /// The app that waits, if one does.
    pub(in crate::http) client: Option<&'l str>,
    /// What was wrong.
    pub(in crate::http) error: Option<&'l str>,
    /// The way in by a passkey.
    pub(in crate::http) passkey: Option<Passkey<'l>>,
    /// Whether it is what went wrong.
    pub(in crate::http) is_by_passkey: bool,
    /// The address that was entered.
    pub(in crate::http) email: Option<&'l str>,
    /// Other ways in: label and address.
    pub(in crate::http) others: &'l [(String, String)],
    /// Where to ask for another password.
    pub(in crate::http) forgot: &'l str,
}

/// The form.
pub(in crate::http) fn login(texts: &Texts, shown: &Login<'_>, fields: Hidden<'_>) -> Markup {
    let wrong = shown.error.filter(|_| !shown.is_by_passkey);
    let email = Field {
        name: "email",
        label: texts.email,
        kind: "email",
        autocomplete: "username",
        value: shown.email,
        is_first: shown.email.is_none(),
        ..Field::default()
    };
    let password = Field {
        name: "password",
        label: texts.password,
        kind: "password",
        autocomplete: "current-password",
        error: wrong,
        is_first: shown.email.is_some(),
        ..Field::default()
    };
    html! {
        (alert(shown.error, wrong.map(|_| "password")))
        @if let Some(client) = shown.client { p { (texts.login_for) " " strong { (client) } } }
        form method="post" action=(shown.action) {
            (hidden(fields))
            (email.show())
            (password.show())
            button type="submit" { (texts.login) }
        }
        @if let Some(passkey) = &shown.passkey { (passkey.show(texts, fields, &html! {})) }
        (others(shown.others))
        p { a href=(shown.forgot) { (texts.link.forgot) } }
    }
}

/// Buttons that lead elsewhere: label and address.
pub(in crate::http) fn others(others: &[(String, String)]) -> Markup {
    html! {
        @if !others.is_empty() {
            div.links { @for (label, href) in others { a.button.second href=(href) { (label) } } }
        }
    }
}
