//! What an identity provider says about a person.

use serde::{Deserialize, Serialize};

use super::ScimError;
use crate::auth::user::UserInfo;

const TEXT_CHARS_MAX: usize = 128;
const NAME_BYTES_MAX: usize = 254;
const EMAILS_MAX: usize = 10;

/// What an identity provider says about a person. Kept sealed.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// What they are known by there: unique in the tenant, whatever its case.
    pub user_name: String,
    /// Their id there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// How they are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The parts of their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Their addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Email>,
}

/// The parts of a name.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Name {
    /// The whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// The last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// The first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
}

/// An address.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Email {
    /// The address.
    pub value: String,
    /// `work`, `home`, …
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether it is the one that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
}

// Names and addresses do not get into a log by accident.
impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Profile")
    }
}

impl Profile {
    /// Of somebody whom no identity provider described yet.
    pub(super) fn of(user: &UserInfo) -> Self {
        let email = user.email.clone().unwrap_or_default();
        Self {
            user_name: email.clone(),
            external_id: None,
            display_name: Some(user.name.clone()),
            name: None,
            emails: vec![Email { value: email, kind: Some("work".to_owned()), primary: Some(true) }],
        }
    }

    /// The address that counts: the primary one, the first one, or the user name when it is one.
    pub(super) fn email(&self) -> &str {
        let primary = self.emails.iter().find(|email| email.primary == Some(true)).or(self.emails.first());
        primary.map_or(&self.user_name, |email| &email.value)
    }

    /// The name to show.
    pub(super) fn shown(&self) -> String {
        let name = self.name.as_ref();
        let parts = name.map(|name| {
            [name.given_name.as_deref(), name.family_name.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ")
        });
        let whole = [self.display_name.clone(), name.and_then(|name| name.formatted.clone()), parts];
        let shown = whole.into_iter().flatten().find(|text| !text.trim().is_empty());
        shown.unwrap_or_else(|| self.user_name.chars().take(TEXT_CHARS_MAX).collect())
    }

    /// Refuses what breaks a rule.
    ///
    /// # Errors
    /// Names the field and the rule.
    pub fn check(&self) -> Result<(), ScimError> {
        let is_text = |text: &str, max: usize| !text.trim().is_empty() && text.len() <= max && !has_control(text);
        if !is_text(&self.user_name, NAME_BYTES_MAX) {
            return Err(invalid("userName: must have 1 to 254 bytes, none of them a control"));
        }
        let name = self.name.as_ref();
        let texts = [
            ("externalId", self.external_id.as_deref()),
            ("displayName", self.display_name.as_deref()),
            ("name.formatted", name.and_then(|name| name.formatted.as_deref())),
            ("name.familyName", name.and_then(|name| name.family_name.as_deref())),
            ("name.givenName", name.and_then(|name| name.given_name.as_deref())),
        ];
        for (field, text) in texts {
            if text.is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX || has_control(text)) {
                return Err(ScimError::Invalid(format!("{field}: must have at most 128 characters, none a control")));
            }
        }
        if self.emails.len() > EMAILS_MAX || self.emails.iter().filter(|email| email.primary == Some(true)).count() > 1
        {
            return Err(invalid("emails: must be at most 10, one of them primary"));
        }
        for email in &self.emails {
            let kind = email.kind.as_deref().unwrap_or("work");
            if !is_text(&email.value, NAME_BYTES_MAX) || !is_text(kind, TEXT_CHARS_MAX) {
                return Err(invalid("emails: an address must have 1 to 254 bytes, none of them a control"));
            }
        }
        Ok(())
    }
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

fn invalid(text: &str) -> ScimError {
    ScimError::Invalid(text.to_owned())
}
