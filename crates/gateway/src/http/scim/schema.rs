//! What is told about itself: configuration, resource types, schemas (RFC 7643, 5 to 7). Only what is kept is named.

use serde_json::{Value, json};

use super::query::COUNT_MAX;
use super::{group, user};

const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
const TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

/// What is supported.
pub(super) fn config(base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": COUNT_MAX },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token made by `portcullis scim token create`.",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })
}

/// The types of resources.
pub(super) fn types(base: &str) -> Vec<Value> {
    let of = |name: &str, path: &str, schema: &str| {
        json!({
            "schemas": [TYPE], "id": name, "name": name, "endpoint": path, "schema": schema, "schemaExtensions": [],
            "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{name}") },
        })
    };
    vec![of("User", "/Users", user::SCHEMA), of("Group", "/Groups", group::SCHEMA)]
}

/// The schemas.
pub(super) fn schemas(base: &str) -> Vec<Value> {
    let of = |id: &str, name: &str, description: &str, attributes: Value| {
        json!({
            "schemas": [SCHEMA], "id": id, "name": name, "description": description, "attributes": attributes,
            "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{id}") },
        })
    };
    let user = json!([
        Simple { is_required: true, uniqueness: "server", ..of_text("userName", "What the person is known by.") }
            .json(),
        of_text("displayName", "How the person is shown.").json(),
        complex(
            "name",
            "The parts of the name.",
            false,
            false,
            json!([
                of_text("formatted", "The whole.").json(),
                of_text("familyName", "The last.").json(),
                of_text("givenName", "The first.").json(),
            ])
        ),
        Simple { kind: "boolean", is_required: true, ..of_text("active", "Whether the person may log in.") }.json(),
        complex(
            "emails",
            "Addresses; the primary one counts.",
            true,
            true,
            json!([
                Simple { is_required: true, ..of_text("value", "The address.") }.json(),
                of_text("type", "Which one.").json(),
                Simple { kind: "boolean", ..of_text("primary", "Whether it counts.") }.json(),
            ])
        ),
    ]);
    let mut reference = Simple { kind: "reference", mutability: "immutable", ..of_text("$ref", "Where.") }.json();
    reference["referenceTypes"] = json!(["User"]);
    let mut kind = Simple { mutability: "immutable", ..of_text("type", "User.") }.json();
    kind["canonicalValues"] = json!(["User"]);
    let group = json!([
        Simple { is_required: true, uniqueness: "server", is_exact: true, ..of_text("displayName", "Its name.") }
            .json(),
        complex(
            "members",
            "Who is in it.",
            true,
            false,
            json!([
                Simple { mutability: "immutable", is_exact: true, ..of_text("value", "The id of a user.") }.json(),
                reference,
                kind,
            ])
        ),
    ]);
    vec![of(user::SCHEMA, "User", "A person", user), of(group::SCHEMA, "Group", "A team", group)]
}

struct Simple {
    name: &'static str,
    what: &'static str,
    kind: &'static str,
    mutability: &'static str,
    uniqueness: &'static str,
    is_required: bool,
    is_exact: bool,
}

fn of_text(name: &'static str, what: &'static str) -> Simple {
    Simple {
        name,
        what,
        kind: "string",
        mutability: "readWrite",
        uniqueness: "none",
        is_required: false,
        is_exact: false,
    }
}

impl Simple {
    fn json(&self) -> Value {
        json!({
            "name": self.name, "type": self.kind, "multiValued": false, "description": self.what,
            "required": self.is_required, "caseExact": self.is_exact, "mutability": self.mutability,
            "returned": "default", "uniqueness": self.uniqueness,
        })
    }
}

fn complex(name: &str, what: &str, is_many: bool, is_required: bool, parts: Value) -> Value {
    json!({
        "name": name, "type": "complex", "multiValued": is_many, "description": what, "required": is_required,
        "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none",
        "subAttributes": parts,
    })
}
