//! The page for analysts does what it says: its own text is run, on a topic with repeats, late events and
//! corrections, and its answers are those of the calls that were generated.

mod topic;
mod truth;

use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use simulators::aircall::{Centre, GenerateConfig, generate};
use tests::analysts_page as page;
use tests::python::{skipped, with};

/// The program that the page calls.
const BINARY: &str = env!("CARGO_BIN_EXE_callfold-with-crash-points");
const SEED: u64 = 20_261_128;
const CHECKS: usize = 2;

/// Prints what the three questions have been answered.
const RESULTS: &str = "
import json as _json
_rows = [it.fetchall() for it in (missed, answers, callbacks)]
print('ROWS', _json.dumps(_rows, default=str))
";

fn centre() -> Centre {
    generate(&GenerateConfig { seed: SEED, calls: 600, contacts: 90, ..GenerateConfig::default() })
}

/// Runs the way to the events under `heading`, and everything that follows it.
fn answers(python: &Path, dir: &Path, heading: &str) -> Json {
    let script = page::shell(heading);
    run(Command::new("sh").args(["-e", "-c", &script]), dir);
    let mut code = page::python(heading);
    page::QUESTIONS.iter().for_each(|heading| code.push_str(&page::python(heading)));
    code.push_str(RESULTS);
    let said = run(Command::new(python).args(["-c", &code]), dir);
    let rows = said.lines().find_map(|line| line.strip_prefix("ROWS ")).expect("it tells rows");
    serde_json::from_str(rows).expect("rows are JSON")
}

#[allow(clippy::disallowed_methods, reason = "the page's commands are found on PATH")]
fn run(command: &mut Command, dir: &Path) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", dir.display()));
    command.env("CALLFOLD_CONFIG", dir.join("callfold.toml")).current_dir(dir);
    let output = command.output().expect("it can be started");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}\n{errors}", output.status);
    said
}

async fn compare(heading: &str) {
    let python = match with(&["duckdb"]) {
        Ok(python) => python,
        Err(why) => return skipped(CHECKS, &why),
    };
    let centre = centre();
    let dir = tempfile::tempdir().expect("a folder can be made");
    std::os::unix::fs::symlink(BINARY, dir.path().join("callfold")).expect("a link can be made");
    topic::make(dir.path(), &centre).await;
    let found = answers(&python, dir.path(), heading);
    truth::check(&centre, &found);
}

#[tokio::test]
async fn the_page_answers_from_a_parquet_file_what_truly_happened() {
    compare("From a Parquet file").await;
}

#[tokio::test]
async fn the_page_answers_from_lines_of_json_what_truly_happened() {
    compare("From lines of JSON").await;
}
