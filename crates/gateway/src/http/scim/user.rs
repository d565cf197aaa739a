//! Users, as SCIM writes them.

use serde_json::{Map, Value, json};

use super::filter::Condition;
use super::patch::{Attribute, apply, boolean, member};
use super::problem::Problem;
use super::query::Query;
use super::resource::{Shown, listed, text};
use crate::app::App;
use crate::auth::scim::{Draft, Email, Name, Person, Profile, Provisioner, ScimError, Which};

/// The schema.
pub(super) const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// What may be written.
pub(super) const ATTRIBUTES: &[Attribute] = &[
    Attribute { name: "userName", parts: &[], is_many: false },
    Attribute { name: "externalId", parts: &[], is_many: false },
    Attribute { name: "displayName", parts: &[], is_many: false },
    Attribute { name: "name", parts: &["formatted", "familyName", "givenName"], is_many: false },
    Attribute { name: "active", parts: &[], is_many: false },
    Attribute { name: "emails", parts: &["value", "type", "primary"], is_many: true },
];

/// Somebody, as they are shown.
pub(super) fn shown(person: &Person) -> Shown {
    let mut resource = writable(person);
    resource.insert("schemas".into(), json!([SCHEMA]));
    resource.insert("id".into(), json!(person.user.id));
    Shown { kind: "User", path: "Users", resource, created_at: person.user.created_at, changed_at: person.changed_at }
}

fn writable(person: &Person) -> Map<String, Value> {
    let mut resource = json!(person.profile).as_object().cloned().unwrap_or_default();
    resource.insert("active".into(), person.is_active().into());
    resource
}

/// Those who fit a filter.
pub(super) async fn list(app: &App, by: &Provisioner, query: &Query) -> Result<Value, Problem> {
    let scim = app.scim();
    let filter = query.filter()?;
    let Some(named) = candidates(app, by, &filter).await? else {
        let which = which(&filter)?;
        let (ids, total) = match which {
            Some(which) => scim.people(by.tenant(), which, (query.offset(), query.count())).await?,
            None => (Vec::new(), 0),
        };
        let mut found = Vec::new();
        for id in ids {
            found.push(shown(&scim.person(by.tenant(), &id).await?));
        }
        return Ok(listed(found, total, query));
    };
    let mut found = Vec::new();
    for id in named {
        match scim.person(by.tenant(), &id).await {
            Err(ScimError::Missing) => {}
            other => found.push(other?),
        }
    }
    found.retain(|person| filter.iter().all(|condition| is_met(person, condition)));
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let from = usize::try_from(query.offset()).unwrap_or(usize::MAX);
    let count = usize::try_from(query.count()).unwrap_or_default();
    Ok(listed(found.iter().skip(from).take(count).map(shown).collect(), total, query))
}

/// Who can fit, when the filter names somebody; none when it does not.
async fn candidates(app: &App, by: &Provisioner, filter: &[Condition]) -> Result<Option<Vec<String>>, Problem> {
    let scim = app.scim();
    for Condition { attribute, value } in filter {
        let value = value.as_str().unwrap_or_default();
        return Ok(Some(match attribute.as_str() {
            "username" => scim.by_user_name(by.tenant(), value).await?.into_iter().collect(),
            "emails" | "emails.value" => scim.by_email(by.tenant(), value).await?.into_iter().collect(),
            "externalid" => scim.by_external(by.tenant(), value).await?,
            "id" => vec![value.to_owned()],
            "active" => continue,
            _ => return Err(unsupported()),
        }));
    }
    Ok(None)
}

/// Which people fit conditions about `active` alone; none when nobody can.
fn which(filter: &[Condition]) -> Result<Option<Which>, Problem> {
    let wanted = filter.iter().map(|condition| boolean(&condition.value).ok_or_else(unsupported));
    let wanted = wanted.collect::<Result<Vec<bool>, Problem>>()?;
    Ok(match (wanted.contains(&true), wanted.contains(&false)) {
        (false, false) => Some(Which::All),
        (true, false) => Some(Which::Active),
        (false, true) => Some(Which::Inactive),
        (true, true) => None,
    })
}

fn is_met(person: &Person, Condition { attribute, value }: &Condition) -> bool {
    let text = value.as_str().unwrap_or_default();
    let is_same = |own: &str| own.trim().to_lowercase() == text.trim().to_lowercase();
    match attribute.as_str() {
        "username" => is_same(&person.profile.user_name),
        "emails" | "emails.value" => person.user.email.as_deref().is_some_and(is_same),
        "externalid" => person.profile.external_id.as_deref() == Some(text),
        "id" => person.user.id.as_str() == text,
        "active" => boolean(value) == Some(person.is_active()),
        _ => false,
    }
}

fn unsupported() -> Problem {
    Problem::bad("invalidFilter", "filter: users are found by userName, externalId, emails, id and active")
}

/// Makes somebody.
pub(super) async fn create(app: &App, by: &Provisioner, body: &Value) -> Result<Shown, Problem> {
    let draft = draft(body)?;
    let _turn = app.scim().turn().await;
    Ok(shown(&app.scim().create(by, draft, &app.live().config.scim).await?))
}

/// Replaces what is known about somebody.
pub(super) async fn replace(app: &App, by: &Provisioner, person: Person, body: &Value) -> Result<Shown, Problem> {
    let draft = draft(body)?;
    Ok(shown(&app.scim().change(by, person, draft, &app.live().config.scim).await?))
}

/// Changes a part of it.
pub(super) async fn patch(app: &App, by: &Provisioner, person: Person, body: &Value) -> Result<Shown, Problem> {
    let mut resource = writable(&person);
    apply(ATTRIBUTES, &mut resource, body)?;
    replace(app, by, person, &Value::Object(resource)).await
}

/// Reads what may be written, and nothing else: roles, passwords, ids and tenants have no place in a draft.
fn draft(body: &Value) -> Result<Draft, Problem> {
    let name = match member(body, "name") {
        None | Some(Value::Null) => None,
        Some(name) if name.is_object() => Some(Name {
            formatted: text(name, "formatted")?,
            family_name: text(name, "familyName")?,
            given_name: text(name, "givenName")?,
        }),
        Some(_) => return Err(Problem::bad("invalidValue", "name: must be an object")),
    };
    let user_name = text(body, "userName")?;
    let user_name = user_name.ok_or_else(|| Problem::bad("invalidValue", "userName: is needed"))?;
    let is_active = match member(body, "active") {
        None | Some(Value::Null) => None,
        Some(active) => {
            let bad = || Problem::bad("invalidValue", "active: must be `true` or `false`");
            Some(boolean(active).ok_or_else(bad)?)
        }
    };
    let profile = Profile {
        user_name,
        external_id: text(body, "externalId")?,
        display_name: text(body, "displayName")?,
        name: name.filter(|name| *name != Name::default()),
        emails: emails(body)?,
    };
    Ok(Draft { profile, is_active })
}

fn emails(body: &Value) -> Result<Vec<Email>, Problem> {
    let items = match member(body, "emails") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Problem::bad("invalidValue", "emails: must be a list")),
    };
    let mut emails = Vec::new();
    for item in items {
        // An address that was taken out by a PATCH leaves its kind behind.
        let Some(value) = text(item, "value")? else { continue };
        let primary = member(item, "primary").and_then(boolean);
        emails.push(Email { value, kind: text(item, "type")?, primary });
    }
    Ok(emails)
}
