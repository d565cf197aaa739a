//! Buttons for outside providers.

use super::Texts;
use crate::auth::outside::Choice;

/// The other ways in, for a login page: label and address of each provider. `query` goes along.
pub(in crate::http) fn ways(texts: &Texts, choices: &[Choice], query: &str) -> Vec<(String, String)> {
    let way = |choice: &Choice| {
        let label = format!("{} {}", texts.outside.login_with, choice.label);
        (label, format!("/auth/v1/outside/start/{}{query}", choice.name))
    };
    choices.iter().map(way).collect()
}
