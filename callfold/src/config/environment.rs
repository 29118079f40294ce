//! The environment as a list of entries. The one place that reads it is [`captured`].

use std::ffi::OsString;

use super::file::Entry;
use super::key::variable_of;
use super::keys::KEYS;
use super::problem::{Problem, Source};
use super::resolve::Unread;
use super::value::Raw;

/// All variables whose names start with `CALLFOLD_`, sorted by name.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn captured() -> Vec<(String, OsString)> {
    let mut variables: Vec<_> = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
        .filter(|(name, _)| name.starts_with("CALLFOLD_"))
        .collect();
    variables.sort();
    variables
}

/// The variables whose values are text; the others go to `unread`.
#[must_use]
pub fn texts(variables: Vec<(String, OsString)>, unread: &mut Unread) -> Vec<(String, String)> {
    let mut texts = Vec::with_capacity(variables.len());
    for (variable, value) in variables {
        match value.into_string() {
            Ok(value) => texts.push((variable, value)),
            Err(_) => unread.variable(&variable, name_of(&variable)),
        }
    }
    texts
}

/// The key that a variable sets; none when it is somebody else's.
fn name_of(variable: &str) -> Option<String> {
    let rest = variable.strip_prefix("CALLFOLD_")?;
    rest.contains("__").then(|| rest.to_lowercase().replace("__", "."))
}

/// The entries among `variables`: `CALLFOLD_<SECTION>__<KEY>`.
///
/// A variable without `__` is somebody else's (Kubernetes makes `CALLFOLD_SERVICE_HOST` for a
/// service of that name) unless it is a key with an underscore forgotten. An empty one counts as
/// not set: that is how compose files write "none".
#[must_use]
pub fn entries(variables: &[(String, String)]) -> (Vec<Entry>, Vec<Problem>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for (variable, value) in variables {
        let Some(rest) = variable.strip_prefix("CALLFOLD_") else { continue };
        let source = Source::Variable(variable.clone());
        if !rest.contains("__") {
            if let Some(meant) = with_underscore_forgotten(variable) {
                let what = format!("sections end with two underscores: write {meant}");
                problems.push(Problem { source, what });
            }
            continue;
        }
        if value.trim().is_empty() {
            continue;
        }
        let Some(name) = name_of(variable) else { continue };
        found.push(Entry { name, raw: Raw::Text(value.clone()), source });
    }
    (found, problems)
}

fn with_underscore_forgotten(variable: &str) -> Option<String> {
    let names = KEYS.iter().flat_map(|key| {
        let file = key.kind.is_secret().then(|| format!("{}_file", key.name));
        std::iter::once(key.name.to_owned()).chain(file)
    });
    names.map(|name| variable_of(&name)).find(|meant| meant.replace("__", "_") == variable)
}
