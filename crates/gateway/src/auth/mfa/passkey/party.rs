//! For whom passkeys are: the site that they work on (*relying party*), and its pages.

use aws_lc_rs::digest::{SHA256, digest};

use crate::auth::mfa::config::MfaConfig;

/// The site.
#[derive(Debug, Clone)]
pub(in crate::auth::mfa) struct RelyingParty {
    /// A host name, without scheme or port.
    pub(super) id: String,
    pub(super) id_hash: [u8; 32],
    origins: Vec<String>,
}

impl RelyingParty {
    /// That of the settings. There is none without a public address that has a host name: browsers want one.
    pub(in crate::auth::mfa) fn of(config: &MfaConfig, public_url: Option<&str>) -> Option<Self> {
        let url = public_url?;
        let id = config.passkey_rp_id.clone().or_else(|| host(url).map(str::to_owned)).filter(|id| is_domain(id))?;
        let mut id_hash = [0; 32];
        id_hash.copy_from_slice(digest(&SHA256, id.as_bytes()).as_ref());
        let origins = [url.to_owned()].into_iter().chain(config.passkey_origins.iter().cloned()).collect();
        Some(Self { id, id_hash, origins })
    }

    /// Whether it is a page of this site, to the letter.
    pub(super) fn is_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|own| own == origin)
    }
}

/// The host of an origin, without its port.
pub(in crate::auth::mfa) fn host(origin: &str) -> Option<&str> {
    let (_, rest) = origin.split_once("://")?;
    if rest.starts_with('[') {
        return None;
    }
    rest.split(':').next()
}

/// Whether it is a name and no address, in the form that browsers compare: lower case, ASCII.
pub(in crate::auth::mfa) fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        (1..=63).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
    };
    name.len() <= 253
        && name.split('.').all(is_label)
        && name.rsplit('.').next().is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a host is the name, or one below it.
pub(in crate::auth::mfa) fn is_within(host: &str, name: &str) -> bool {
    host == name || host.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
}
