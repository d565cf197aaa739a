//! What has to hold of a client that is registered, whoever registers it.

use super::client::{CODE, CREDENTIALS, DEVICE, EXCHANGE, GRANTS, Method, NewClient};
use super::{redirect, scope};
use crate::infra::trust;

const URIS_MAX: usize = 16;
const NAME_CHARS_MAX: usize = 64;

/// A rule that is broken: the field, as the command line names it, and what is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) field: &'static str,
    pub(super) why: String,
}

/// Whether a client may be registered.
pub(super) fn check(new: &NewClient) -> Result<(), Broken> {
    let broken = |field, why: String| Err(Broken { field, why });
    let count = new.name.chars().count();
    if new.name.trim().is_empty() || count > NAME_CHARS_MAX || new.name.chars().any(is_unseen) {
        return broken("name", format!("must have 1 to {NAME_CHARS_MAX} characters, none of them unseen or a control"));
    }
    addresses(new)?;
    if let Some(unknown) = new.grants.iter().find(|grant| !GRANTS.contains(&grant.as_str())) {
        return broken("grants", format!("`{unknown}` is none of {}", GRANTS.join(", ")));
    }
    let may = |grant: &str| new.grants.iter().any(|own| own == grant);
    if may(CODE) == new.redirect_uris.is_empty() {
        return broken("redirect", format!("is needed for {CODE}, and for nothing else"));
    }
    if let Some(grant) = [CREDENTIALS, EXCHANGE].iter().find(|grant| may(grant) && new.auth_method == Method::None) {
        return broken("grants", format!("a public client cannot have {grant}"));
    }
    if new.grants.is_empty() || !(may(CODE) || may(CREDENTIALS) || may(DEVICE) || may(EXCHANGE)) {
        return broken("grants", "name one that begins something".to_owned());
    }
    if let Some(unknown) = new.scopes.iter().find(|scope| !scope::is_known(scope)) {
        return broken("scopes", format!("there is no `{unknown}`"));
    }
    if new.scopes.is_empty() {
        return broken("scopes", "name at least one".to_owned());
    }
    if new.jwks.is_some() != (new.auth_method == Method::Key) {
        return broken("jwks", format!("is needed for {}, and for nothing else", Method::Key.name()));
    }
    match (&new.certificate_name, new.auth_method == Method::Certificate) {
        (Some(name), true) if !trust::is_dns_name(name) => {
            broken("certificate-name", format!("`{name}` is no DNS name in lower case"))
        }
        (Some(_), true) | (None, false) => Ok(()),
        _ => broken("certificate-name", format!("is needed for {}, and for nothing else", Method::Certificate.name())),
    }
}

/// Characters that change how a name looks without being seen: controls, zero widths, and changes of direction.
fn is_unseen(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn addresses(new: &NewClient) -> Result<(), Broken> {
    for (field, uris) in [("redirect", &new.redirect_uris), ("logout-redirect", &new.logout_uris)] {
        if uris.len() > URIS_MAX {
            return Err(Broken { field, why: format!("at most {URIS_MAX}") });
        }
        if let Some((uri, why)) = uris.iter().find_map(|uri| redirect::check(uri).err().map(|why| (uri, why))) {
            return Err(Broken { field, why: format!("`{uri}` {why}") });
        }
    }
    match new.backchannel_logout_uri.as_deref().map(|uri| (uri, redirect::check(uri))) {
        Some((uri, Err(why))) => Err(Broken { field: "backchannel-logout", why: format!("`{uri}` {why}") }),
        Some((uri, Ok(()))) if !uri.starts_with("https://") && !uri.starts_with("http://") => {
            Err(Broken { field: "backchannel-logout", why: format!("`{uri}` must be `https`, or `http` on loopback") })
        }
        _ => Ok(()),
    }
}
