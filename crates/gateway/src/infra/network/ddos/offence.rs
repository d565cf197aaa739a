//! What brings an address nearer to a ban.

/// Something that an honest client does rarely, and an attacker again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Offence {
    /// A connection or a request broke its protocol.
    Protocol,
    /// Something came, or was read, too slowly.
    Slow,
    /// A flood of frames on one connection.
    Flood,
    /// A limit refused a request.
    Limit,
    /// An attempt to log in had to wait.
    Login,
    /// The web application firewall refused a request.
    Firewall,
}

impl Offence {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Protocol, Self::Slow, Self::Flood, Self::Limit, Self::Login, Self::Firewall];

    /// Its name, in settings, metrics and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Slow => "slow",
            Self::Flood => "flood",
            Self::Limit => "limit",
            Self::Login => "login",
            Self::Firewall => "firewall",
        }
    }

    /// What a refusal says about who was refused, by its code.
    pub fn of_refusal(code: &str) -> Option<Self> {
        match code {
            "rate_limit_exceeded" => Some(Self::Limit),
            "too_many_attempts" | "proof_of_work_required" => Some(Self::Login),
            "request_refused" => Some(Self::Firewall),
            "request_timeout" => Some(Self::Slow),
            _ => None,
        }
    }
}
