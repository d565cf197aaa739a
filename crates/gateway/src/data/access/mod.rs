//! Access control: an [`Identity`] asks for an [`Action`] and gets a [`Permit`] or a denial (`data.access.rbac`,
//! `data.access.least`).
//!
//! Invariant: only [`authorize`] makes a [`Permit`].
//!
//! ```compile_fail
//! let forged = portcullis::data::access::Permit { _private: () };
//! ```

use crate::auth::Identity;

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action<'a> {
    /// Send a prompt to this model.
    Infer {
        /// As the client names it.
        model: &'a str,
    },
    /// Ask for what is local: moderation, the list of models.
    Read,
    /// Use the admin API.
    Administer,
}

/// The proof that an identity may do what it asked for.
#[derive(Debug)]
pub struct Permit {
    _private: (),
}

/// Why it may not.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Denied {
    /// The allow-list does not name the model.
    #[error("this key or token may not use the model `{0}`")]
    Model(String),
    /// The scope is missing.
    #[error("this key or token lacks the scope `{0}`")]
    Scope(&'static str),
}

/// Roles that may use the admin API.
const ADMINISTRATORS: [&str; 2] = ["owner", "admin"];

/// What tokens of somebody in these roles may do.
pub fn scopes(roles: &[String]) -> Vec<String> {
    let administers = roles.iter().any(|role| ADMINISTRATORS.contains(&role.as_str()));
    let scopes: &[&str] = if administers { &["inference", "admin"] } else { &["inference"] };
    scopes.iter().map(|scope| (*scope).to_owned()).collect()
}

/// Says whether the identity may act.
///
/// # Errors
/// When the scopes or the model allow-list do not cover the action.
pub fn authorize(identity: &Identity, action: Action<'_>) -> Result<Permit, Denied> {
    let scope = match action {
        Action::Infer { .. } | Action::Read => "inference",
        Action::Administer => "admin",
    };
    if !identity.has_scope(scope) {
        return Err(Denied::Scope(scope));
    }
    match action {
        Action::Infer { model } if !identity.may_use_model(model) => Err(Denied::Model(model.to_owned())),
        _ => Ok(Permit { _private: () }),
    }
}
