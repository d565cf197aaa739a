//! What the browser says about a ceremony (WebAuthn Level 3, 5.8.1): of what kind, for which challenge, on which page.

use serde::Deserialize;

use super::Refused;
use super::party::RelyingParty;

/// Which ceremony.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ceremony {
    /// A new credential.
    Create,
    /// A known one.
    Get,
}

/// The client data. Members may be added to it; none of these comes twice.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: Option<bool>,
    #[serde(default)]
    top_origin: Option<serde_json::Value>,
}

/// The challenge of client data that is of this ceremony and of a page of ours. Whether we gave it out is still to be seen.
pub(super) fn challenge(json: &[u8], ceremony: Ceremony, party: &RelyingParty) -> Result<String, Refused> {
    let data: ClientData = serde_json::from_slice(json).map_err(|_| Refused::Malformed)?;
    let expected = match ceremony {
        Ceremony::Create => "webauthn.create",
        Ceremony::Get => "webauthn.get",
    };
    if data.kind != expected {
        return Err(Refused::Type);
    }
    if !party.is_origin(&data.origin) {
        return Err(Refused::Origin);
    }
    if data.cross_origin == Some(true) || data.top_origin.is_some() {
        return Err(Refused::CrossOrigin);
    }
    Ok(data.challenge)
}
