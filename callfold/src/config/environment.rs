//! The environment as a list of entries. The one place that reads it is [`captured`].

use super::file::Entry;
use super::key::variable_of;
use super::keys::KEYS;
use super::problem::{Problem, Source};
use super::value::Raw;

/// All variables whose names start with `CALLFOLD_`, sorted by name.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn captured() -> Vec<(String, String)> {
    let mut variables: Vec<_> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("CALLFOLD_"))
        .collect();
    variables.sort();
    variables
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
        let name = rest.to_lowercase().replace("__", ".");
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
