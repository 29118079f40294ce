//! One operation of a specification: what may be asked, what may be answered.

use std::collections::BTreeMap;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::schema::{compile, standalone};

/// One method of one path.
#[derive(Debug)]
pub(super) struct Operation {
    method: String,
    template: String,
    pub(super) scopes: Vec<String>,
    query: BTreeMap<String, (Value, Validator)>,
    body: Option<Validator>,
    /// By status; none where the answer has no body.
    responses: BTreeMap<u16, Option<Validator>>,
}

impl Operation {
    pub(super) fn new(
        method: &str,
        template: &str,
        operation: &Value,
        document: &Value,
    ) -> Result<Self, String> {
        let scopes = operation["x-required-scopes"].as_array().into_iter().flatten();
        let scopes = scopes.filter_map(Value::as_str).map(str::to_owned).collect();
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        let body = (!body.is_null()).then(|| compile(&standalone(body, document))).transpose()?;
        let mut query = BTreeMap::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = resolve(parameter, document);
            if parameter["in"] == "query" {
                let name = parameter["name"].as_str().unwrap_or_default().to_owned();
                let schema = standalone(&parameter["schema"], document);
                let validator = compile(&schema)?;
                query.insert(name, (parameter["schema"].clone(), validator));
            }
        }
        let mut responses = BTreeMap::new();
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            let status = status.parse().map_err(|_| format!("status {status} of {template}"))?;
            let schema = &resolve(response, document)["content"]["application/json"]["schema"];
            let schema = (!schema.is_null()).then(|| standalone(schema, document));
            responses.insert(status, schema.as_ref().map(compile).transpose()?);
        }
        let method = method.to_uppercase();
        Ok(Self { method, template: template.to_owned(), scopes, query, body, responses })
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// Fixed words win over parameters: fewer parameters are looked at first.
    pub(super) fn parameters_in_path(&self) -> usize {
        self.template.matches('{').count()
    }

    pub(super) fn is_met_by(&self, method: &str, path: &str) -> bool {
        let fits = |expected: &str, part: &str| {
            if expected.starts_with('{') { !part.is_empty() } else { expected == part }
        };
        self.method == method
            && self.template.split('/').count() == path.split('/').count()
            && self
                .template
                .split('/')
                .zip(path.split('/'))
                .all(|(expected, part)| fits(expected, part))
    }

    /// A query object is sent as `name[key]` or `name[key][]`: it is known by its name.
    pub(super) fn check_query(&self, query: &[(String, String)]) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, text) in query {
            let stem = name.split('[').next().unwrap_or(name);
            let Some((schema, validator)) = self.query.get(stem) else {
                problems.push(format!("query parameter {stem} is not known"));
                continue;
            };
            let value = match schema["type"].as_str() {
                Some("integer" | "number") => serde_json::from_str(text).unwrap_or(json!(text)),
                Some(_) | None => json!(text),
            };
            problems.extend(errors(validator, &value, &format!("query parameter {stem}")));
        }
        problems
    }

    pub(super) fn check_body(&self, body: Option<&Value>) -> Vec<String> {
        match (&self.body, body) {
            (None, None) => Vec::new(),
            (None, Some(_)) => vec!["a body is sent and none is known".to_owned()],
            (Some(_), None) => vec!["a body is expected and none is sent".to_owned()],
            (Some(validator), Some(body)) => errors(validator, body, "request body"),
        }
    }

    pub(super) fn check_response(
        &self,
        status: u16,
        body: Option<&Value>,
        error: &Validator,
    ) -> Vec<String> {
        let place = format!("{status} response body");
        let listed = self.responses.get(&status);
        match (listed, body) {
            (Some(Some(validator)), Some(body)) => errors(validator, body, &place),
            (Some(Some(_)), None) => vec![format!("{place}: missing")],
            (Some(None) | None, Some(body)) if status >= 400 => errors(error, body, &place),
            (Some(None) | None, None) if status >= 400 => vec![format!("{place}: missing")],
            (Some(None), None) => Vec::new(),
            (Some(None), Some(_)) => vec![format!("{place}: none is known")],
            (None, _) => vec![format!("status {status} is not known")],
        }
    }
}

fn errors(validator: &Validator, value: &Value, place: &str) -> Vec<String> {
    validator
        .iter_errors(value)
        .map(|error| format!("{place}{}: {}", error.instance_path(), error.masked()))
        .collect()
}

fn resolve<'a>(value: &'a Value, document: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap_or(value),
        None => value,
    }
}
