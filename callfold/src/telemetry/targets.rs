//! Which log lines and spans there are: ours as the filter says, and of the libraries below us
//! only warnings. At debug and trace level HTTP libraries write bodies, addresses and headers,
//! and those contain numbers and tokens: no filter can turn that on.

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::layer::Filter;

use crate::failure::Failure;

/// The crates whose lines follow the rules of what is never logged.
const OURS: [&str; 7] =
    ["callfold", "ingest", "projector", "dispatcher", "eventlog", "schemas", "simulators"];

/// The filter for log lines.
///
/// # Errors
/// A filter that cannot be read.
pub fn filter<S: Subscriber>(written: &str) -> Result<impl Filter<S> + use<S>, Failure> {
    let targets: Targets =
        written.parse().map_err(|error| Failure::because("reading telemetry.log", &error))?;
    Ok(targets.and(filter_fn(is_fit)))
}

/// The filter for spans that are exported: ours from the info level on.
pub fn own_spans<S: Subscriber>() -> impl Filter<S> {
    filter_fn(|metadata| is_ours(metadata.target()) && *metadata.level() <= Level::INFO)
}

fn is_fit(metadata: &Metadata<'_>) -> bool {
    is_ours(metadata.target()) || *metadata.level() <= Level::WARN
}

fn is_ours(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or(target);
    OURS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn libraries_are_not_ours() {
        for (target, want) in [
            ("ingest::http", true),
            ("callfold", true),
            ("hyper::proto", false),
            ("reqwest", false),
            ("ingestor", false),
            ("log", false),
        ] {
            assert_eq!(is_ours(target), want, "{target}");
        }
    }
}
