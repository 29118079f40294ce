//! Where Front's specification is known to be wrong, and what is believed instead.

use serde_json::{Value, json};

/// One defect: where it is, why it is one, and what repairs it.
struct Defect {
    /// JSON pointer into the document.
    at: &'static str,
    reason: &'static str,
    repair: Repair,
}

enum Repair {
    /// Takes a name out of a list of required fields.
    NotRequired(&'static str),
    /// Lets a value be null.
    Nullable,
    /// Adds an alternative to a `oneOf`.
    Or(fn() -> Value),
    /// Adds a property.
    Property(&'static str, fn() -> Value),
    /// Adds what every other list takes in its query: how much of it, and from where.
    Paged,
}

const DEFECTS: &[Defect] = &[
    Defect {
        at: "/components/schemas/TeammateResponse/required",
        reason: "a field is required that the schema does not define",
        repair: Repair::NotRequired("license_type"),
    },
    Defect {
        at: "/components/schemas/UpdateConversation/properties/assignee_id",
        reason: "its description lets null take the assignee away, its schema does not",
        repair: Repair::Nullable,
    },
    Defect {
        at: "/components/schemas/UpdateConversationAssignee/properties/assignee_id",
        reason: "its description lets null take the assignee away, its schema does not",
        repair: Repair::Nullable,
    },
    Defect {
        at: "/components/schemas/MessageResponse/properties/author",
        reason: "Front's own examples show messages without an author as null",
        repair: Repair::Nullable,
    },
    Defect {
        at: "/components/schemas/ContactResponse/properties/name",
        reason: "a contact that a message made has no name; a recipient's name is nullable",
        repair: Repair::Nullable,
    },
    Defect {
        at: "/components/schemas/EventResponse/properties/target/properties/data/oneOf",
        reason: "the target type `inboxes` is a plural, and a source of that type is a list",
        repair: Repair::Or(
            || json!({"type": "array", "items": {"$ref": "#/components/schemas/InboxResponse"}}),
        ),
    },
    Defect {
        at: "/components/schemas/EventResponse/properties/target/properties/data/oneOf",
        reason: "the target type `deleted_conversation_ids` is listed, its data is not",
        repair: Repair::Or(|| json!({"type": "array", "items": {"type": "string"}})),
    },
    Defect {
        at: "/components/responses/listOfTags/content/application~1json/schema/properties",
        reason: "the operation takes a page token, and its answer has no place for one",
        repair: Repair::Property("_pagination", pagination),
    },
    Defect {
        at: "/components/responses/listOfInboxes/content/application~1json/schema/properties",
        reason: "Front's page on pagination speaks of all lists, and this one has no place for it",
        repair: Repair::Property("_pagination", pagination),
    },
    Defect {
        at: "/components/responses/listOfTeammates/content/application~1json/schema/properties",
        reason: "Front's page on pagination speaks of all lists, and this one has no place for it",
        repair: Repair::Property("_pagination", pagination),
    },
    Defect {
        at: "/paths/~1inboxes/get",
        reason: "the link to a list's next page has the limit and a token, and it takes neither",
        repair: Repair::Paged,
    },
    Defect {
        at: "/paths/~1teammates/get",
        reason: "the link to a list's next page has the limit and a token, and it takes neither",
        repair: Repair::Paged,
    },
];

/// Where a list goes on.
fn pagination() -> Value {
    json!({"type": "object", "properties": {"next": {"type": "string", "nullable": true}}})
}

/// Repairs a document, or says which defect is not there any more.
pub(super) fn repair(document: &mut Value) -> Result<(), String> {
    for Defect { at, reason, repair } in DEFECTS {
        let gone = || format!("no longer at {at}: {reason}");
        let place = document.pointer_mut(at).ok_or_else(gone)?;
        match repair {
            Repair::NotRequired(name) => {
                let names = place.as_array_mut().ok_or_else(gone)?;
                let before = names.len();
                names.retain(|known| known != name);
                if names.len() == before {
                    return Err(gone());
                }
            }
            Repair::Nullable => {
                if place["nullable"] == true {
                    return Err(gone());
                }
                place["nullable"] = json!(true);
            }
            Repair::Or(schema) => place.as_array_mut().ok_or_else(gone)?.push(schema()),
            Repair::Property(name, schema) => {
                let properties = place.as_object_mut().ok_or_else(gone)?;
                if properties.insert((*name).to_owned(), schema()).is_some() {
                    return Err(gone());
                }
            }
            Repair::Paged => {
                let taken = place.as_object_mut().ok_or_else(gone)?.entry("parameters");
                let taken = taken.or_insert_with(|| json!([])).as_array_mut().ok_or_else(gone)?;
                for name in ["limit", "pageToken"] {
                    let parameter = json!({"$ref": format!("#/components/parameters/{name}")});
                    if taken.contains(&parameter) {
                        return Err(gone());
                    }
                    taken.push(parameter);
                }
            }
        }
    }
    Ok(())
}

/// The shape of an error's body. The specification lists no 401, 409, 429 or 5xx and gives the
/// errors that it lists no schema; this is the shape of recorded answers, whose fields may all be
/// absent (malformed JSON is answered with a message alone).
pub(super) fn error_body() -> Value {
    json!({
        "type": "object",
        "required": ["_error"],
        "additionalProperties": false,
        "properties": {
            "_error": {
                "type": "object",
                "required": ["message"],
                "additionalProperties": false,
                "properties": {
                    "status": {"type": "integer"},
                    "title": {"type": "string"},
                    "message": {"type": "string"},
                    "details": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    })
}
