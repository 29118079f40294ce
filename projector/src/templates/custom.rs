//! The user's own texts, checked when the configuration is read: known keys, valid syntax, known
//! variables.

use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior};

use super::values::Values;
use super::{TemplateError, defaults};

/// The user's own texts.
pub(super) struct Custom {
    environment: Environment<'static>,
}

impl Custom {
    /// Checks and keeps `texts`.
    pub(super) fn parse(texts: &BTreeMap<String, String>) -> Result<Custom, Vec<TemplateError>> {
        let known = defaults::as_templates();
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        let mut errors = Vec::new();
        for (key, text) in texts {
            let error = |what| TemplateError { key: format!("templates.{key}"), what };
            if !known.contains_key(key) {
                let keys: Vec<_> = known.keys().map(String::as_str).collect();
                errors.push(error(format!("no such template; there are {}", keys.join(", "))));
                continue;
            }
            let added = environment.add_template_owned(key.clone(), text.clone());
            let checked = added.map_err(|refused| sentence(&refused));
            if let Err(what) = checked.and_then(|()| check(&environment, key)) {
                errors.push(error(what));
            }
        }
        if errors.is_empty() { Ok(Custom { environment }) } else { Err(errors) }
    }

    /// The text of `key`; none when the user has none, or when it cannot be written for these
    /// values, and the default is used.
    pub(super) fn render(&self, key: &str, values: impl FnOnce() -> Values) -> Option<String> {
        self.environment.get_template(key).ok()?.render(values()).ok()
    }
}

/// Whether a template of valid syntax can be written for every call.
fn check(environment: &Environment<'_>, key: &str) -> Result<(), String> {
    let template = environment.get_template(key).map_err(|error| sentence(&error))?;
    let known = Values::names(key.starts_with("subject."));
    let is_known = |name: &String| {
        known.contains(&name.as_str()) || environment.globals().any(|(global, _)| global == name)
    };
    let named = template.undeclared_variables(false);
    let mut unknown: Vec<_> = named.into_iter().filter(|name| !is_known(name)).collect();
    unknown.sort();
    if !unknown.is_empty() {
        return Err(format!(
            "there is no variable {}; there are {}",
            unknown.join(", "),
            known.join(", ")
        ));
    }
    let written = template.render(sample()).and_then(|_| template.render(Values::default()));
    written.map(drop).map_err(|error| sentence(&error))
}

fn sentence(error: &minijinja::Error) -> String {
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.line() {
        Some(line) => format!("line {line}: {what}"),
        None => what,
    }
}

fn sample() -> Values {
    let word = || "x".to_owned();
    Values {
        qualification: word(),
        line: word(),
        line_number: word(),
        customer: word(),
        customer_name: word(),
        agent: word(),
        transferred_by: word(),
        reason: word(),
        started: word(),
        duration: word(),
        waited: word(),
        url: word(),
        media: word(),
        call_id: word(),
    }
}
