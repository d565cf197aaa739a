//! Groups, as SCIM writes them.

use serde_json::{Map, Value, json};

use super::filter::Condition;
use super::patch::{Attribute, apply, member};
use super::problem::Problem;
use super::query::Query;
use super::resource::{Shown, listed, text};
use crate::app::App;
use crate::auth::scim::{Group, GroupDraft, Provisioner};

/// The schema.
pub(super) const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// Members that one request may name.
const MEMBERS_MAX: usize = 1_000;

/// What may be written.
pub(super) const ATTRIBUTES: &[Attribute] = &[
    Attribute { name: "displayName", parts: &[], is_many: false },
    Attribute { name: "externalId", parts: &[], is_many: false },
    Attribute { name: "members", parts: &["value", "type", "display"], is_many: true },
];

/// A group, as it is shown.
pub(super) fn shown(group: &Group, base: &str) -> Shown {
    let mut resource = writable(group);
    let member = |id: &String| json!({ "value": id, "type": "User", "$ref": format!("{base}/Users/{id}") });
    resource.insert("members".into(), group.members.iter().map(member).collect());
    resource.insert("schemas".into(), json!([SCHEMA]));
    resource.insert("id".into(), json!(group.team.id));
    let (created_at, changed_at) = (group.team.created_at, group.changed_at);
    Shown { kind: "Group", path: "Groups", resource, created_at, changed_at }
}

fn writable(group: &Group) -> Map<String, Value> {
    let mut resource = Map::new();
    resource.insert("displayName".into(), json!(group.team.name));
    if let Some(external) = &group.external_id {
        resource.insert("externalId".into(), json!(external));
    }
    resource.insert("members".into(), group.members.iter().map(|id| json!({ "value": id })).collect());
    resource
}

/// Those that fit a filter.
pub(super) async fn list(app: &App, by: &Provisioner, query: &Query) -> Result<Value, Problem> {
    let filter = query.filter()?;
    let known = ["displayname", "externalid", "id", "members", "members.value"];
    if filter.iter().any(|condition| !known.contains(&condition.attribute.as_str())) {
        let detail = "filter: groups are found by displayName, externalId, id and members";
        return Err(Problem::bad("invalidFilter", detail));
    }
    let scim = app.scim();
    let teams = scim.teams(by.tenant()).await?;
    let (from, count) = (usize::try_from(query.offset()).unwrap_or(usize::MAX), query.count());
    let count = usize::try_from(count).unwrap_or_default();
    let mut found = Vec::new();
    if filter.is_empty() {
        let total = i64::try_from(teams.len()).unwrap_or(i64::MAX);
        for team in teams.into_iter().skip(from).take(count) {
            found.push(shown(&scim.with_members(team).await?, &query.base));
        }
        return Ok(listed(found, total, query));
    }
    let mut total = 0;
    for team in teams {
        // What the team itself says, before its members are read.
        let by_itself = filter.iter().all(|Condition { attribute, value }| match attribute.as_str() {
            "displayname" => value.as_str().is_some_and(|text| text.to_lowercase() == team.name.to_lowercase()),
            "id" => value.as_str() == Some(team.id.as_str()),
            _ => true,
        });
        if !by_itself {
            continue;
        }
        let group = scim.with_members(team).await?;
        let fits = filter.iter().all(|Condition { attribute, value }| match attribute.as_str() {
            "externalid" => group.external_id.as_deref() == value.as_str(),
            "members" | "members.value" => group.members.iter().any(|id| Some(id.as_str()) == value.as_str()),
            _ => true,
        });
        if fits {
            total += 1;
            if total > from && found.len() < count {
                found.push(shown(&group, &query.base));
            }
        }
    }
    Ok(listed(found, i64::try_from(total).unwrap_or(i64::MAX), query))
}

/// Makes a group.
pub(super) async fn create(app: &App, by: &Provisioner, base: &str, body: &Value) -> Result<Shown, Problem> {
    limit(body)?;
    let draft = draft(body)?;
    let _turn = app.scim().turn().await;
    Ok(shown(&app.scim().create_group(by, draft, &app.live().config.scim).await?, base))
}

/// Replaces what is known about a group.
pub(super) async fn replace(
    app: &App,
    by: &Provisioner,
    base: &str,
    group: Group,
    body: &Value,
) -> Result<Shown, Problem> {
    limit(body)?;
    let draft = draft(body)?;
    Ok(shown(&app.scim().change_group(by, group, draft, &app.live().config.scim).await?, base))
}

/// Changes a part of it.
pub(super) async fn patch(
    app: &App,
    by: &Provisioner,
    base: &str,
    group: Group,
    body: &Value,
) -> Result<Shown, Problem> {
    for operation in member(body, "operations").and_then(Value::as_array).into_iter().flatten() {
        let value = member(operation, "value").unwrap_or(&Value::Null);
        limit(value)?;
        if value.as_array().is_some_and(|members| members.len() > MEMBERS_MAX) {
            return Err(too_many());
        }
    }
    let mut resource = writable(&group);
    apply(ATTRIBUTES, &mut resource, body)?;
    let draft = draft(&Value::Object(resource))?;
    Ok(shown(&app.scim().change_group(by, group, draft, &app.live().config.scim).await?, base))
}

fn limit(body: &Value) -> Result<(), Problem> {
    let members = member(body, "members").and_then(Value::as_array);
    if members.is_some_and(|members| members.len() > MEMBERS_MAX) { Err(too_many()) } else { Ok(()) }
}

fn too_many() -> Problem {
    let detail = format!("members: a request may name at most {MEMBERS_MAX}");
    Problem::new(http::StatusCode::PAYLOAD_TOO_LARGE, detail)
}

fn draft(body: &Value) -> Result<GroupDraft, Problem> {
    let name = text(body, "displayName")?;
    let name = name.ok_or_else(|| Problem::bad("invalidValue", "displayName: is needed"))?;
    let mut members = Vec::new();
    match member(body, "members") {
        None | Some(Value::Null) => {}
        Some(Value::Array(items)) => {
            for item in items {
                let id = text(item, "value")?;
                members.push(id.ok_or_else(|| Problem::bad("invalidValue", "members.value: is needed"))?);
            }
        }
        Some(_) => return Err(Problem::bad("invalidValue", "members: must be a list")),
    }
    Ok(GroupDraft { name, external_id: text(body, "externalId")?, members })
}
