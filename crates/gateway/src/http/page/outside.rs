//! Buttons for outside providers, and the question for a second factor after them.

use maud::{Markup, html};

use super::{Hidden, Texts, hidden};
use crate::auth::outside::Choice;

/// A page with a button for each provider below it.
pub(in crate::http) fn with_outside(body: Markup, texts: &Texts, choices: &[Choice], flow: &str) -> Markup {
    html! {
        (body)
        @for choice in choices {
            a.button href={ "/auth/v1/outside/start/" (choice.name) "?flow=" (flow) } {
                (texts.login_with) " " (choice.label)
            }
        }
    }
}

/// Asks for a second factor.
pub(in crate::http) fn outside_factor(texts: &Texts, error: Option<&str>, fields: Hidden<'_>) -> Markup {
    html! {
        @if let Some(error) = error { p.error role="alert" { (error) } }
        form method="post" action="/auth/v1/outside/factor" {
            (hidden(fields))
            label for="code" { (texts.code) }
            input id="code" name="code" autocomplete="one-time-code" spellcheck="false" required autofocus;
            button type="submit" { (texts.login) }
        }
    }
}
