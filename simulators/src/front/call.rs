//! One request as an endpoint sees it: parameters, query, body, time.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reply::Refusal;
use super::switches::UnknownFields;
use super::world::World;

/// A request that was met by an endpoint and passed the gate.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// The path as sent, without the query.
    pub(super) path: &'a str,
    /// Decoded parameters of the path.
    pub(super) parameters: &'a [String],
    /// Decoded query in order.
    pub(super) query: &'a [(String, String)],
    pub(super) body: &'a [u8],
    pub(super) now_ms: i64,
}

impl Call<'_> {
    /// The first parameter of the path: every template that a handler of ids serves has one.
    pub(super) fn id(&self) -> &str {
        self.parameters.first().map_or("", String::as_str)
    }

    /// The first value of a query parameter.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter that may be repeated.
    pub(super) fn query_all(&self, name: &str) -> Vec<&str> {
        let matching = self.query.iter().filter(|(key, _)| key == name);
        matching.map(|(_, value)| value.as_str()).collect()
    }

    /// The body as the endpoint's type, without fields that Front does not have.
    pub(super) fn body<T: DeserializeOwned>(
        &self,
        world: &World,
        fields: &[&str],
    ) -> Result<T, Refusal> {
        let value: Value = serde_json::from_slice(self.body)
            .map_err(|error| Refusal::Malformed(error.to_string()))?;
        if world.config.switches.unknown_fields == UnknownFields::Refused {
            let object = value.as_object();
            let unknown = object.into_iter().flatten().map(|(name, _)| name.as_str());
            let details: Vec<String> = unknown
                .filter(|name| !fields.contains(name))
                .map(|name| format!("body.{name}: unknown field"))
                .collect();
            if !details.is_empty() {
                return Err(Refusal::Invalid(details));
            }
        }
        serde_json::from_value(value).map_err(|error| Refusal::invalid(format!("body: {error}")))
    }
}
