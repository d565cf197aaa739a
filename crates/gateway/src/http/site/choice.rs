//! A field for a new password, and why one is not taken.

use maud::{Markup, html};

use crate::app::App;
use crate::auth::password::{Rule, Weak};
use crate::http::page::Texts;
use crate::http::page::field::{Field, alert};

/// What is asked for, and what was wrong with the last try.
pub(super) struct Choice {
    hint: String,
    error: Option<String>,
    help: Vec<&'static str>,
}

impl Choice {
    pub(super) fn new(app: &App, texts: &Texts, weak: Option<&Weak>) -> Self {
        let least = app.live().config.auth.password.min_chars.to_string();
        let said = |text: &str| text.replace("{n}", &least);
        let error = weak.map(|weak| {
            let warning = weak.warning.map(|warning| format!(" {}", (texts.link.warning)(warning)));
            said((texts.link.rule)(weak.rule)) + &warning.unwrap_or_default()
        });
        let help = match weak {
            Some(weak) if weak.rule == Rule::Guessable => weak.hints.iter().map(|h| (texts.link.hint)(*h)).collect(),
            _ => Vec::new(),
        };
        Self { hint: said(texts.link.password_hint), error, help }
    }

    /// What stands at the top of the page.
    pub(super) fn alert(&self) -> Markup {
        alert(self.error.as_deref(), Some("new_password"))
    }

    /// The field.
    pub(super) fn field(&self, texts: &Texts, is_first: bool) -> Markup {
        let field = Field {
            name: "new_password",
            label: texts.link.new_password,
            kind: "password",
            autocomplete: "new-password",
            hint: Some(&self.hint),
            error: self.error.as_deref(),
            is_first: is_first || self.error.is_some(),
            ..Field::default()
        };
        html! {
            (field.show())
            @if !self.help.is_empty() { ul.hint { @for text in &self.help { li { (text) } } } }
        }
    }
}
