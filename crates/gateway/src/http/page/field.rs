//! What forms are made of: fields with a label, errors where they belong and once more at the top.

use maud::{Markup, html};

/// A form's hidden fields.
pub(in crate::http) type Hidden<'h> = &'h [(&'h str, &'h str)];

/// An input with its label.
#[derive(Default)]
pub(in crate::http) struct Field<'f> {
    pub(in crate::http) name: &'f str,
    /// Its id; the name when it is empty.
    pub(in crate::http) id: &'f str,
    pub(in crate::http) label: &'f str,
    /// The input's type; text when it is empty.
    pub(in crate::http) kind: &'f str,
    pub(in crate::http) autocomplete: &'f str,
    pub(in crate::http) inputmode: Option<&'f str>,
    pub(in crate::http) value: Option<&'f str>,
    pub(in crate::http) hint: Option<&'f str>,
    /// What is wrong with it.
    pub(in crate::http) error: Option<&'f str>,
    /// Whether the page begins here.
    pub(in crate::http) is_first: bool,
    /// Whether it may stay empty.
    pub(in crate::http) is_optional: bool,
}

impl Field<'_> {
    /// The label, the hint, the error and the input, in this order.
    pub(in crate::http) fn show(&self) -> Markup {
        let id = if self.id.is_empty() { self.name } else { self.id };
        let (hint, error) = (format!("{id}-hint"), format!("{id}-error"));
        let described = [self.hint.map(|_| hint.as_str()), self.error.map(|_| error.as_str())];
        let described: Vec<&str> = described.into_iter().flatten().collect();
        let described = Some(described.join(" ")).filter(|ids| !ids.is_empty());
        let kind = if self.kind.is_empty() { "text" } else { self.kind };
        html! {
            label for=(id) { (self.label) }
            @if let Some(text) = self.hint { p.hint id=(hint) { (text) } }
            @if let Some(text) = self.error { p.error id=(error) { (text) } }
            input id=(id) name=(self.name) type=(kind) autocomplete=(self.autocomplete) inputmode=[self.inputmode]
                value=[self.value] aria-describedby=[described] aria-invalid=[self.error.map(|_| "true")]
                autocapitalize="none" spellcheck="false" required[!self.is_optional] autofocus[self.is_first];
        }
    }
}

/// The fields that nobody sees.
pub(in crate::http) fn hidden(fields: Hidden<'_>) -> Markup {
    html! { @for (name, value) in fields { input type="hidden" name=(name) value=(value); } }
}

/// Says at the top what is wrong, and leads to the field.
pub(in crate::http) fn alert(error: Option<&str>, field: Option<&str>) -> Markup {
    html! {
        @if let Some(error) = error {
            div.alert role="alert" {
                @match field {
                    Some(field) => p { a href={ "#" (field) } { (error) } },
                    None => p { (error) },
                }
            }
        }
    }
}
