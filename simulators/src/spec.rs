//! A published OpenAPI 3.0 specification as a judge of requests and responses.
//!
//! The judge is stricter than the specification's own wording: a field that it does not name is a
//! violation, in what is sent and in what is answered. Where the file is known to be wrong, the
//! table in `spec/defects.rs` repairs it and says why. Violations name places, never values.

mod defects;
mod operation;
mod schema;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use operation::Operation;

/// A specification that requests and responses are checked against.
#[derive(Debug)]
pub struct Spec {
    operations: Vec<Operation>,
    error: jsonschema::Validator,
}

/// Why a specification cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// The file cannot be read.
    #[error("cannot read the specification {path}")]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not JSON.
    #[error("the specification {path} is not JSON")]
    Parse {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A known defect is no longer there, or a schema cannot be used.
    #[error("the specification has changed: {0}; look at the table of its defects")]
    Unexpected(String),
}

/// Something that the specification does not allow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Violation {
    /// Method and path template, or method and path when there is no such operation.
    pub operation: String,
    /// In what was sent, or in what was answered.
    pub side: Side,
    /// What is wrong, and where.
    pub problem: String,
}

/// Whose violation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The client's.
    Request,
    /// The server's.
    Response,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.operation, self.problem)
    }
}

impl Spec {
    /// Reads a specification and repairs what is known to be wrong in it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not JSON, or no longer has a defect that the table repairs.
    pub fn load(path: &Path) -> Result<Self, SpecError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SpecError::Read { path: path.to_owned(), source })?;
        let document = serde_json::from_str(&text)
            .map_err(|source| SpecError::Parse { path: path.to_owned(), source })?;
        Self::from_document(document)
    }

    /// Takes a specification that was read already.
    ///
    /// # Errors
    ///
    /// When it no longer has a defect that the table repairs, or a schema in it cannot be used.
    pub fn from_document(mut document: Value) -> Result<Self, SpecError> {
        defects::repair(&mut document).map_err(SpecError::Unexpected)?;
        let mut operations = Vec::new();
        let paths = document["paths"].as_object().cloned().unwrap_or_default();
        for (template, item) in &paths {
            for method in ["get", "post", "put", "patch", "delete"] {
                if let Some(operation) = item.get(method) {
                    let operation = Operation::new(method, template, operation, &document)
                        .map_err(SpecError::Unexpected)?;
                    operations.push(operation);
                }
            }
        }
        operations.sort_by_key(Operation::parameters_in_path);
        let error = schema::compile(&defects::error_body()).map_err(SpecError::Unexpected)?;
        Ok(Self { operations, error })
    }

    /// The operations as `GET /me`, with the scopes that they ask for.
    pub fn operations(&self) -> BTreeMap<String, Vec<String>> {
        let named = |operation: &Operation| (operation.name(), operation.scopes.clone());
        self.operations.iter().map(named).collect()
    }

    /// What is wrong with a request: operation, query, body.
    pub fn check_request(
        &self,
        method: &str,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Vec<Violation> {
        let Some(operation) = self.find(method, path) else {
            return vec![unknown_operation(method, path)];
        };
        let mut problems = operation.check_query(query);
        problems.extend(operation.check_body(body));
        violations(operation, Side::Request, problems)
    }

    /// What is wrong with a response. Statuses of errors that the specification does not list are
    /// checked against the shape that Front's errors have.
    pub fn check_response(
        &self,
        method: &str,
        path: &str,
        status: u16,
        body: Option<&Value>,
    ) -> Vec<Violation> {
        let Some(operation) = self.find(method, path) else {
            // An unknown endpoint has no response of its own; the request was reported.
            return Vec::new();
        };
        let problems = operation.check_response(status, body, &self.error);
        violations(operation, Side::Response, problems)
    }

    fn find(&self, method: &str, path: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.is_met_by(method, path))
    }
}

fn violations(operation: &Operation, side: Side, problems: Vec<String>) -> Vec<Violation> {
    let name = operation.name();
    let violation = |problem| Violation { operation: name.clone(), side, problem };
    problems.into_iter().map(violation).collect()
}

/// The path's parts that look like ids or aliases are left out: they may hold a number.
fn unknown_operation(method: &str, path: &str) -> Violation {
    let part = |part: &str| {
        let plain = part.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        if plain { part.to_owned() } else { "{}".to_owned() }
    };
    let shown: Vec<String> = path.split('/').map(part).collect();
    Violation {
        operation: format!("{method} {}", shown.join("/")),
        side: Side::Request,
        problem: "no such operation".to_owned(),
    }
}

/// Where the environment says that Front's specification lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// `CALLFOLD_FRONT_SPEC`.
    Given(PathBuf),
    /// It is not set.
    Absent {
        /// Whether `CI` is `true`: then its absence is an error.
        in_ci: bool,
    },
}

/// Reads `CALLFOLD_FRONT_SPEC` and `CI`: the specification is not part of the repository, and
/// the continuous integration knows where it is.
#[expect(
    clippy::disallowed_methods,
    reason = "only tests call it, to find a file that is not ours"
)]
pub fn path_from_environment() -> Location {
    match std::env::var("CALLFOLD_FRONT_SPEC") {
        Ok(path) if !path.is_empty() => Location::Given(PathBuf::from(path)),
        Ok(_) | Err(_) => {
            Location::Absent { in_ci: std::env::var("CI").is_ok_and(|value| value == "true") }
        }
    }
}

/// The specification for tests, read once per process. None where it is not: that is said once on
/// standard error, past the test runner's capture.
///
/// # Panics
///
/// When the file cannot be used, or is absent while `CI` is `true`.
pub fn for_tests() -> Option<Arc<Spec>> {
    static SPEC: OnceLock<Option<Arc<Spec>>> = OnceLock::new();
    let spec = SPEC.get_or_init(|| match path_from_environment() {
        Location::Given(path) => {
            Some(Arc::new(Spec::load(&path).expect("CALLFOLD_FRONT_SPEC names a usable file")))
        }
        Location::Absent { in_ci } => {
            let told = writeln!(
                std::io::stderr(),
                "SKIPPED: the Front specification is not here: set CALLFOLD_FRONT_SPEC to its path"
            );
            assert!(told.is_ok() && !in_ci, "CALLFOLD_FRONT_SPEC must be set where CI is true");
            None
        }
    });
    spec.clone()
}
