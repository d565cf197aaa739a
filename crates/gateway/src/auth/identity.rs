//! Who asks, proved.
//!
//! Invariant: only a verified key or a verified access token makes an [`Identity`].
//!
//! ```compile_fail
//! let forged = portcullis::auth::Identity { actor: String::new(), ..todo!() };
//! ```

use jiff::Timestamp;

use crate::data::access::Action;

/// Who asks: what an API key or an access token proves.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Who acts, as the audit log names them: the id of a key, or of a person.
    pub actor: String,
    /// The name that policies know: of the key, or the id of the person.
    pub name: String,
    /// Whose they are.
    pub tenant: String,
    /// The app they use: of the key, or the client that the token was issued to.
    pub app: Option<String>,
    /// The session, when a token proved it.
    pub session: Option<String>,
    /// Whose key it is: the id of a user, or `cli`. None for a person.
    pub owner: Option<String>,
    /// When the person logged in, in seconds since 1970, and how strongly.
    pub(super) auth_time: Option<i64>,
    pub(super) acr: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) models: Option<Vec<String>>,
    pub(super) ends_at: Option<Timestamp>,
}

impl Identity {
    /// Whether the key or the token was made for this.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }

    /// Whether one of the scopes covers this.
    pub fn covers(&self, action: Action) -> bool {
        self.scopes.iter().any(|scope| action.is_covered_by(scope))
    }

    /// Whether the model may be used.
    pub fn may_use_model(&self, model: &str) -> bool {
        is_listed(self.models.as_deref(), model)
    }

    /// Whether it may make a key for these: nobody hands on more than they hold.
    pub fn may_hand_on(&self, scopes: &[String], models: Option<&[String]>) -> bool {
        let holds =
            |scope: &String| self.has_scope(scope) || Action::of(scope).is_some_and(|action| self.covers(action));
        let models_fit = match (&self.models, models) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(new)) => new.iter().all(|model| own.contains(model) || self.may_use_model(model)),
        };
        scopes.iter().all(holds) && models_fit
    }

    /// Whether it has not ended by then.
    pub(super) fn is_valid_at(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|ends_at| now < ends_at)
    }
}

/// Whether a list names a model; no list names all of them.
pub(super) fn is_listed(models: Option<&[String]>, model: &str) -> bool {
    let names = |pattern: &String| match pattern.strip_suffix('*') {
        Some(beginning) => model.starts_with(beginning),
        None => pattern == model,
    };
    models.is_none_or(|models| models.iter().any(names))
}
