//! What a key is: to be made, and as it is shown.

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;

use crate::auth::identity::is_listed;

/// A key to be made.
#[derive(Debug, Default)]
pub struct NewKey {
    /// A name for people.
    pub name: String,
    /// Whose it is: the id of a user or a service account. The operator of the machine when not given.
    pub owner: Option<String>,
    /// The app it belongs to.
    pub app: Option<String>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The models it may use; all when not given. A `*` at the end stands for any rest.
    pub models: Option<Vec<String>>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// The key itself, when it was made elsewhere.
    pub given: Option<SecretString>,
}

/// A key as it is shown: everything but itself.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct KeyInfo {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its beginning and end.
    pub hint: String,
    /// Whose it is.
    pub tenant: String,
    /// Who has it: the id of a user or a service account, or `cli`.
    pub owner: String,
    /// When it was used last, to the minute.
    #[schema(value_type = Option<String>)]
    pub last_used_at: Option<Timestamp>,
    /// The app it belongs to.
    pub app: Option<String>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The models it may use; all when null.
    pub models: Option<Vec<String>>,
    /// When it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it ends.
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>)]
    pub revoked_at: Option<Timestamp>,
    /// The key that took its place.
    pub replaced_by: Option<String>,
}

impl KeyInfo {
    /// Whether the model is on its list.
    pub fn may_use_model(&self, model: &str) -> bool {
        is_listed(self.models.as_deref(), model)
    }

    /// Whether it was neither revoked nor has ended by then.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
}
