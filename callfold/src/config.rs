//! The configuration: defaults, then the TOML file, then the environment. Every mistake is found
//! before anything starts, and all of them are told at once.

use std::io::Read;

pub mod key;
pub mod keys;
pub mod nearest;
pub mod pairs;
pub mod passed_on;
pub mod problem;
pub mod resolve;
pub mod role;
pub mod settings;
pub mod value;

pub mod environment;
pub mod file;
pub mod show;

pub use problem::{Problem, Problems, Source};
pub use resolve::{Resolved, SecretFile, Unread};
pub use role::Role;
pub use settings::Settings;

/// What the settings are for, and so which keys must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Looking at a log: no credentials.
    Look,
    /// Running all services: the webhook token and Front's.
    Run,
    /// Running one of them beside others: the Kafka log, and what the role itself needs.
    Role(Role),
    /// Working on Kafka's topics: the Kafka log.
    Kafka,
}

/// The file that is read when none is named, if it is there.
pub const FILE_BY_DEFAULT: &str = "callfold.toml";

/// The largest configuration file: a hundred times a long one.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The configuration of this process: the file that `named` or `CALLFOLD_CONFIG` (clap reads it)
/// names, and the environment.
///
/// # Errors
/// [`Problems`]: all that has to be corrected.
pub fn load(named: Option<&str>, needs: Needs) -> Result<(Resolved, Settings), Problems> {
    let mut unread = Unread::default();
    let file = read_file(named).unwrap_or_else(|problem| {
        unread.file(problem);
        None
    });
    let variables = environment::texts(environment::captured(), &mut unread);
    let file = file.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
    check_with(unread, file, &variables, &read_secret, needs)
}

/// The same from values that are in hand: what `load` does, without the process around it.
///
/// # Errors
/// [`Problems`]: all that has to be corrected.
pub fn check(
    file: Option<(&str, &str)>,
    variables: &[(String, String)],
    secret_file: SecretFile<'_>,
    needs: Needs,
) -> Result<(Resolved, Settings), Problems> {
    check_with(Unread::default(), file, variables, secret_file, needs)
}

/// The same beside what could not be read at all: that hides no other mistake, and makes none.
///
/// # Errors
/// [`Problems`]: all that has to be corrected.
pub fn check_with(
    unread: Unread,
    file: Option<(&str, &str)>,
    variables: &[(String, String)],
    secret_file: SecretFile<'_>,
    needs: Needs,
) -> Result<(Resolved, Settings), Problems> {
    let (resolved, mut problems) = resolve::resolve(unread, file, variables, secret_file);
    problems.extend(pairs::check(&resolved, needs));
    problems.sort();
    problems.dedup();
    if problems.is_empty() {
        let settings = settings::of(&resolved);
        Ok((resolved, settings))
    } else {
        Err(Problems(problems))
    }
}

fn read_file(named: Option<&str>) -> Result<Option<(String, String)>, Problem> {
    let name = match named {
        Some(name) => name,
        None if std::path::Path::new(FILE_BY_DEFAULT).is_file() => FILE_BY_DEFAULT,
        None => return Ok(None),
    };
    let problem = |what: String| Problem { source: Source::Option("--config"), what };
    match limited(name, FILE_BYTES_MAX + 1) {
        Ok(text) if text.len() as u64 > FILE_BYTES_MAX => {
            Err(problem(format!("{name} is larger than 1 MiB: is it the right file?")))
        }
        Ok(text) => Ok(Some((name.to_owned(), text))),
        Err(error) => Err(problem(format!("{name} cannot be read: {error}"))),
    }
}

/// At most as much as a key may hold, and a byte more, so that more is refused: a device has no end.
fn read_secret(path: &str) -> std::io::Result<String> {
    limited(path, value::TEXT_BYTES_MAX as u64 + 1)
}

fn limited(path: &str, bytes_max: u64) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(bytes_max).read_to_string(&mut text)?;
    Ok(text)
}
