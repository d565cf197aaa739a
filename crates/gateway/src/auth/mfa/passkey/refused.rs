//! Why a passkey was not taken.

/// Which check of WebAuthn (Level 3, 7.1 and 7.2) did not hold. The names stand in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not what a browser sends.
    #[error("it is not a response as WebAuthn has it")]
    Malformed,
    /// A response to something else.
    #[error("it is a response of another kind")]
    Type,
    /// An unknown, used, late or foreign challenge.
    #[error("its challenge is unknown, too old, was used before, or was for another session")]
    Challenge,
    /// A page of another origin.
    #[error("it was made on a page of another origin")]
    Origin,
    /// A page within another site's page.
    #[error("it was made in a frame of another site")]
    CrossOrigin,
    /// For another site.
    #[error("it is for another site")]
    RelyingParty,
    /// Nobody touched the authenticator.
    #[error("nobody was present at the authenticator")]
    Presence,
    /// The authenticator did not ask who it is.
    #[error("the authenticator did not verify its user, by a PIN or a feature of the body")]
    Verification,
    /// Impossible or changed flags of the backup.
    #[error("what it says about its backup cannot be")]
    Backup,
    /// A key of another algorithm.
    #[error("its algorithm is none that was asked for")]
    Algorithm,
    /// A key that is none.
    #[error("its public key is not one")]
    Key,
    /// No such credential here, or one that is here already.
    #[error("its id is too long, unknown, or in use already")]
    Credential,
    /// Somebody else's.
    #[error("it belongs to somebody else")]
    Owner,
    /// The person may not log in.
    #[error("its owner may not log in")]
    Inactive,
    /// Signed by another key.
    #[error("its signature is not right")]
    Signature,
    /// The count of signatures did not rise.
    #[error("its count of signatures did not rise, so there may be a copy of it")]
    Counter,
}

impl Refused {
    /// The name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Type => "type",
            Self::Challenge => "challenge",
            Self::Origin => "origin",
            Self::CrossOrigin => "cross_origin",
            Self::RelyingParty => "relying_party",
            Self::Presence => "user_presence",
            Self::Verification => "user_verification",
            Self::Backup => "backup_flags",
            Self::Algorithm => "algorithm",
            Self::Key => "public_key",
            Self::Credential => "credential",
            Self::Owner => "owner",
            Self::Inactive => "inactive",
            Self::Signature => "signature",
            Self::Counter => "counter",
        }
    }
}
