//! What a user is.

use jiff::Timestamp;
use serde::Serialize;

/// The roles that a user may have. `data::access` says what they are worth.
pub const ROLES: [&str; 8] = ["owner", "admin", "analyst", "reviewer", "auditor", "developer", "app", "user"];

/// A user's id: `usr_…` for people, `svc_…` for service accounts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct UserId(pub(super) String);

impl UserId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for UserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// People log in; service accounts do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UserKind {
    /// Somebody.
    Person,
    /// A program.
    Service,
}

/// Where a user is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Has not accepted the invitation.
    Invited,
    /// May log in.
    Active,
    /// May not.
    Deactivated,
}

/// A user, as administrators see it.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct UserInfo {
    /// Its id.
    pub id: UserId,
    /// Whose it is.
    pub tenant: String,
    /// Its team.
    pub team: Option<String>,
    /// Person or service.
    pub kind: UserKind,
    /// The address; none for service accounts.
    pub email: Option<String>,
    /// The name.
    pub name: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// Where it is in its life.
    pub status: Status,
    /// When its address was proved.
    #[schema(value_type = Option<String>)]
    pub verified_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// Rises with everything that ends all sessions: whoever holds a token of an older epoch has to log in again.
    pub epoch: i64,
}

/// An organisation.
#[derive(Debug, Clone, Serialize)]
pub struct TenantInfo {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// People within a tenant.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TeamInfo {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}

/// A user to be made.
#[derive(Clone, Default)]
pub struct NewUser {
    /// Whose it is.
    pub tenant: String,
    /// Its team.
    pub team: Option<String>,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// Its roles.
    pub roles: Vec<String>,
}

// Names and addresses do not get into a log by accident.
impl std::fmt::Debug for UserInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserInfo").field("id", &self.id).field("status", &self.status).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl UserKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Service => "service",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::Person, Self::Service].into_iter().find(|kind| kind.name() == name)
    }
}

impl Status {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Deactivated => "deactivated",
        }
    }

    /// The status of this name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Invited, Self::Active, Self::Deactivated].into_iter().find(|status| status.name() == name)
    }
}
