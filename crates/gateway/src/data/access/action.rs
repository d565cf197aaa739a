//! What somebody may want to do, and of what. The names are those of the Cedar schema; a test compares them.

use serde::{Serialize, Serializer};

macro_rules! actions {
    ($($action:ident = $name:literal, $kind:ident, $family:ident, $what:literal;)*) => {
        /// What somebody wants to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $what] $action,)*
        }

        impl Action {
            /// All actions, by section.
            pub const ALL: &[Self] = &[$(Self::$action),*];

            /// Its name, in policies, scopes and the audit log.
            pub fn name(self) -> &'static str {
                match self { $(Self::$action => $name,)* }
            }

            /// What it is done to, ordinarily.
            pub fn kind(self) -> Kind {
                match self { $(Self::$action => Kind::$kind,)* }
            }

            /// The broad scope that covers it.
            pub fn family(self) -> &'static str {
                match self { $(Self::$action => $family,)* }
            }

            /// What it is, for people.
            pub fn what(self) -> &'static str {
                match self { $(Self::$action => $what,)* }
            }
        }
    };
}

const INFERENCE: &str = "inference";
const ADMIN: &str = "admin";

actions! {
    ModelInfer = "model.infer", Model, INFERENCE, "Send a prompt to a model.";
    ModelList = "model.list", Route, INFERENCE, "List the models.";
    ModerationUse = "moderation.use", Route, INFERENCE, "Have a text moderated.";
    PolicyRead = "policy.read", Policy, ADMIN, "Read content policies.";
    PolicyWrite = "policy.write", Policy, ADMIN, "Store a content policy.";
    PolicyDelete = "policy.delete", Policy, ADMIN, "Remove a stored content policy.";
    PolicyEvaluate = "policy.evaluate", Policy, ADMIN, "Try a text on a content policy.";
    ConfigReload = "config.reload", Config, ADMIN, "Read the configuration again.";
    SessionRead = "session.read", Session, ADMIN, "See sessions of people.";
    SessionRevoke = "session.revoke", Session, ADMIN, "End sessions of people.";
    SessionRevokeAll = "session.revoke_all", Config, ADMIN, "End sessions across tenants.";
    AuditRead = "audit.read", Audit, ADMIN, "Read audit entries, without what is sealed.";
    AuditReveal = "audit.reveal", Audit, ADMIN, "Open sealed fields of audit entries.";
    AuditExport = "audit.export", Audit, ADMIN, "Export the audit log.";
    KeyRead = "key.read", Key, ADMIN, "List API keys.";
    KeyCreate = "key.create", Key, ADMIN, "Make an API key.";
    KeyRotate = "key.rotate", Key, ADMIN, "Replace an API key.";
    KeyRevoke = "key.revoke", Key, ADMIN, "Revoke an API key.";
    UserRead = "user.read", User, ADMIN, "See users.";
    UserInvite = "user.invite", User, ADMIN, "Invite a user.";
    UserDeactivate = "user.deactivate", User, ADMIN, "Keep a user out, or let one in again.";
    UserRecover = "user.recover", User, ADMIN, "Send a user a link.";
    RoleGrant = "role.grant", User, ADMIN, "Give a user a role.";
    RoleRevoke = "role.revoke", User, ADMIN, "Take a role from a user.";
    TenantRead = "tenant.read", Tenant, ADMIN, "See the tenant and its teams.";
    TeamWrite = "team.write", Tenant, ADMIN, "Make a team, and say who is in it.";
    TenantCreate = "tenant.create", Config, ADMIN, "Make a tenant.";
    ReviewRead = "review.read", Review, ADMIN, "See what is held for review.";
    ReviewDecide = "review.decide", Review, ADMIN, "Decide on what is held for review.";
    LimitRead = "limit.read", Config, ADMIN, "See limits and what is used of them.";
    LimitReset = "limit.reset", Config, ADMIN, "Forget what somebody used of a limit.";
    BanRead = "ban.read", Config, ADMIN, "See which addresses are kept out.";
    BanWrite = "ban.write", Config, ADMIN, "Keep an address out, or let it in again.";
    FirewallWrite = "firewall.write", Config, ADMIN, "Say that rules of the packet filter are loaded.";
    AccessRead = "access.read", Tenant, ADMIN, "See who may do what.";
}

/// Kinds of what something is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An organisation.
    Tenant,
    /// A model, as clients name it.
    Model,
    /// A route of the data plane.
    Route,
    /// A content policy.
    Policy,
    /// An API key.
    Key,
    /// A person or a service account.
    User,
    /// The audit log.
    Audit,
    /// A session.
    Session,
    /// What is held for review.
    Review,
    /// The configuration.
    Config,
}

/// What something is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Resource<'r> {
    /// Its kind.
    pub kind: Kind,
    /// Its id, or its name.
    pub id: &'r str,
    /// Whose it is.
    pub tenant: &'r str,
    /// Who has it: of a key or a session.
    pub owner: &'r str,
}

impl<'r> Resource<'r> {
    /// Something of a tenant.
    pub fn new(kind: Kind, id: &'r str, tenant: &'r str) -> Self {
        Self { kind, id, tenant, owner: "" }
    }

    /// Says who has it.
    #[must_use]
    pub fn of(self, owner: &'r str) -> Self {
        Self { owner, ..self }
    }
}

impl Action {
    /// The action of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// Whether a scope covers it: the broad one, or its own name.
    pub fn is_covered_by(self, scope: &str) -> bool {
        scope == self.family() || scope == self.name()
    }
}

/// Whether a text is a scope: `inference`, `admin`, or the name of an action.
pub fn is_scope(text: &str) -> bool {
    [INFERENCE, ADMIN].contains(&text) || Action::of(text).is_some()
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Tenant,
        Self::Model,
        Self::Route,
        Self::Policy,
        Self::Key,
        Self::User,
        Self::Audit,
        Self::Session,
        Self::Review,
        Self::Config,
    ];

    /// Its name in the schema.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tenant => "Tenant",
            Self::Model => "Model",
            Self::Route => "Route",
            Self::Policy => "Policy",
            Self::Key => "Key",
            Self::User => "User",
            Self::Audit => "Audit",
            Self::Session => "Session",
            Self::Review => "Review",
            Self::Config => "Config",
        }
    }

    /// Whether there is one for the whole installation, which the tenant `default` runs.
    pub fn is_shared(self) -> bool {
        matches!(self, Self::Policy | Self::Config)
    }

    /// The kind of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}
