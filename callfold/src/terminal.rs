//! What goes to a person: standard output that may end early, and a little colour where a
//! terminal shows it.

use std::io::{self, IsTerminal, Write};

use crate::failure::Failure;

/// Writes text to standard output.
///
/// # Errors
/// [`Failure::ReaderGone`] when nobody reads any more, else the system's word.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Failure::ReaderGone
        } else {
            Failure::because("writing to standard output", &error)
        }
    })
}

/// Writes text and a line's end.
///
/// # Errors
/// As [`print()`].
pub fn print_line(text: &str) -> Result<(), Failure> {
    print(&format!("{text}\n"))
}

/// Writes one JSON document, indented.
///
/// # Errors
/// As [`print()`].
pub fn print_json(document: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::because("writing JSON", &error))?;
    print_line(&text)
}

/// Whether standard output may be coloured.
#[must_use]
pub fn is_coloured() -> bool {
    io::stdout().is_terminal() && !no_color()
}

/// Whether standard error may be coloured.
#[must_use]
pub fn is_error_coloured() -> bool {
    io::stderr().is_terminal() && !no_color()
}

/// <https://no-color.org>: set and not empty.
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// What a piece of text is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A heading.
    Heading,
    /// All is well.
    Good,
    /// Something is wrong.
    Bad,
    /// Something beside the point.
    Faint,
}

/// `text` in the colour of its tone, or as it is.
#[must_use]
pub fn toned(text: &str, tone: Tone, coloured: bool) -> String {
    if !coloured {
        return text.to_owned();
    }
    let code = match tone {
        Tone::Heading => "1",
        Tone::Good => "32",
        Tone::Bad => "31",
        Tone::Faint => "2",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}
