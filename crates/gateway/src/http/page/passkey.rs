//! The form of a passkey. It is hidden until the page's script shows it, so that whoever has no script is offered nothing
//! that does not work.

use maud::{Markup, html};

use super::Texts;
use super::field::{Hidden, hidden};

/// The script of pages with this form.
pub(in crate::http) const SCRIPT: &str = include_str!("passkey.js");

/// The form's field for what the authenticator answers.
pub(in crate::http) const FIELD: &str = "passkey";

/// What a passkey is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Use {
    /// To log in without a password.
    Login,
    /// After the password.
    Factor,
    /// To be set up within a login.
    Enrol,
    /// To show again who one is.
    StepUp,
    /// To be added to an account.
    Add,
}

/// A form that a script fills in.
pub(in crate::http) struct Passkey<'p> {
    pub(in crate::http) what_for: Use,
    /// Where it goes.
    pub(in crate::http) action: &'p str,
    /// The address of this page, to begin again.
    pub(in crate::http) again: &'p str,
    /// Whether the page offers nothing else: then whoever has no script is told so.
    pub(in crate::http) is_only: bool,
}

impl Use {
    /// Where the script asks what to ask the authenticator, and with what.
    fn asks(self) -> (&'static str, &'static str) {
        match self {
            Self::Login => ("/auth/v1/login/passkey/options", "{}"),
            Self::Factor => ("/auth/v1/login/factor/options", "{}"),
            Self::Enrol => ("/auth/v1/login/enrol", "{\"kind\":\"passkey\"}"),
            Self::StepUp => ("/auth/v1/step-up/options", "{}"),
            Self::Add => ("/auth/v1/factors/passkey", "{}"),
        }
    }

    fn creates(self) -> bool {
        matches!(self, Self::Enrol | Self::Add)
    }

    fn label(self, texts: &Texts) -> &'static str {
        match self {
            Self::Login => texts.passkey.login,
            Self::Factor | Self::StepUp => texts.passkey.show,
            Self::Enrol => texts.passkey.set_up,
            Self::Add => texts.passkey.add,
        }
    }
}

impl Passkey<'_> {
    /// The form, with more fields.
    pub(in crate::http) fn show(&self, texts: &Texts, fields: Hidden<'_>, more: &Markup) -> Markup {
        let (asks, body) = self.what_for.asks();
        let says = &texts.passkey;
        html! {
            form method="post" action=(self.action) hidden data-passkey=(asks) data-body=(body)
                data-creates[self.what_for.creates()] data-again=(self.again) data-waiting=(says.waiting)
                data-cancelled=(says.cancelled) data-known=(says.known) data-failed=(says.failed) data-wait=(texts.wait) {
                (hidden(fields))
                input type="hidden" name=(FIELD);
                (more)
                button.second[self.what_for == Use::Login] type="submit" { (self.what_for.label(texts)) }
                p.hint role="status" {}
                p.error role="alert" {}
            }
            @if self.is_only { div.notice data-passkey-needed { p { (says.needed) } } }
        }
    }
}
