//! What goes to a person: standard output that may end early, and a little colour where a
//! terminal shows it.

use std::fmt;
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
    print_line(&harmless(&text))
}

/// Writes a line to standard error. Nobody can be told that this failed, and it must not end what is
/// being told about.
pub fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// JSON of one line or of many, with what a terminal would obey escaped: the control characters that
/// JSON lets pass, and those that turn the direction of text.
#[must_use]
pub fn harmless(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if is_obeyed(character) && character != '\n' {
            // All of them are within one unit of UTF-16, and stand in JSON's strings only.
            let _ = fmt::Write::write_fmt(&mut text, format_args!("\\u{:04x}", character as u32));
        } else {
            text.push(character);
        }
    }
    text
}

/// Text of somebody else, for a terminal: without what it would obey.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().filter(|it| *it == '\n' || !is_obeyed(*it)).collect()
}

fn is_obeyed(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_in_json_and_left_out_of_text() {
        let told = "name \u{1b}[31m \u{9b}32m \u{7f} \u{202e} é\n";
        assert_eq!(plain(told), "name [31m 32m   é\n");
        let json = serde_json::to_string(told).unwrap();
        let shown = harmless(&json);
        assert!(shown.chars().all(|it| !is_obeyed(it)), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), told);
    }
}
