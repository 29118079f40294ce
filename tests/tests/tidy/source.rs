//! The project's files, and Rust text without its comments and texts.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// A file of Rust.
pub struct Source {
    /// From the project's root, with `/`.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// With comments and the insides of texts blanked, line for line.
    pub code: String,
}

impl Source {
    /// From a path and its text.
    pub fn new(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned(), code: blank(text) }
    }

    /// Whether all of it is test code.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs")
            || self.path.starts_with("tests/")
    }

    /// Lines of code with their numbers from 1, without what stands in `#[cfg(test)] mod`.
    pub fn lines_outside_tests(&self) -> Vec<(usize, &str)> {
        let start = self.unit_tests_start();
        (1..).zip(self.code.lines()).take_while(|(line, _)| Some(*line) != start).collect()
    }

    /// Lines of test code with their numbers from 1: all of a test file, else its test module.
    pub fn lines_in_tests(&self) -> Vec<(usize, &str)> {
        let start = if self.is_test() { Some(1) } else { self.unit_tests_start() };
        let numbered = (1..).zip(self.code.lines());
        numbered.filter(|(line, _)| start.is_some_and(|start| *line >= start)).collect()
    }

    /// The line of a test module with its body in this file. It stands last, by convention.
    fn unit_tests_start(&self) -> Option<usize> {
        let lines: Vec<&str> = self.code.lines().map(str::trim).collect();
        let module = |at: usize| {
            lines[at..].iter().take(3).any(|line| line.starts_with("mod ") && line.ends_with('{'))
        };
        (0..lines.len()).find(|&at| lines[at] == "#[cfg(test)]" && module(at)).map(|at| at + 1)
    }
}

/// Every file of Rust in the project.
pub fn all() -> &'static [Source] {
    static ALL: LazyLock<Vec<Source>> = LazyLock::new(|| {
        let sources: Vec<Source> =
            texts(&["rs"]).iter().map(|(path, text)| Source::new(path, text)).collect();
        assert!(sources.len() > 50, "only {} files found: is this the project?", sources.len());
        sources
    });
    &ALL
}

/// Every file with one of these endings (or any, when there are none given), path and text.
pub fn texts(endings: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    walk(&root, "", endings, &mut found);
    found.sort();
    found
}

/// Files and folders that are not the project's own text.
const NOT_OURS: [&str; 4] = ["target", ".git", "callfold-data", "corpus"];

fn walk(folder: &Path, prefix: &str, endings: &[&str], found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the project can be read") {
        let entry = entry.expect("the project can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{path}/"), endings, found);
            continue;
        }
        let wanted =
            endings.is_empty() || endings.iter().any(|it| name.ends_with(&format!(".{it}")));
        if wanted && let Ok(text) = fs::read_to_string(entry.path()) {
            found.push((path, text));
        }
    }
}

/// Rust text in which comments and the insides of texts are spaces.
fn blank(text: &str) -> String {
    let mut scanner = Scanner { rest: text, out: String::with_capacity(text.len()) };
    while !scanner.rest.is_empty() {
        scanner.step();
    }
    scanner.out
}

struct Scanner<'a> {
    rest: &'a str,
    out: String,
}

impl Scanner<'_> {
    fn step(&mut self) {
        if self.rest.starts_with("//") {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.hide(end);
        } else if self.rest.starts_with("/*") {
            let end = block_comment_end(self.rest);
            self.hide(end);
        } else if let Some(end) = raw_text_end(self.rest, self.out.chars().last()) {
            self.hide(end);
        } else if self.rest.starts_with('"') {
            let end = quoted_end(self.rest, '"');
            self.keep(1);
            self.hide(end - 2);
            self.keep(1);
        } else if let Some(end) = character_end(self.rest) {
            self.hide(end);
        } else {
            let next = self.rest.chars().next().map_or(1, char::len_utf8);
            self.keep(next);
        }
    }

    fn keep(&mut self, bytes: usize) {
        let (kept, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        self.out.push_str(kept);
        self.rest = rest;
    }

    fn hide(&mut self, bytes: usize) {
        let (hidden, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        self.out.extend(hidden.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        self.rest = rest;
    }
}

fn block_comment_end(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The end of `r"..."`, `r#"..."#`, `br#"..."#`, when one starts here and not inside a name.
fn raw_text_end(text: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let after = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].strip_prefix('"')?;
    let start = text.len() - after.len() + hashes + 1;
    let close = format!("\"{}", "#".repeat(hashes));
    Some(text[start..].find(&close).map_or(text.len(), |at| start + at + close.len()))
}

/// The end of a text that opens and closes with `quote`, escapes skipped.
fn quoted_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The end of `'x'` or `'\n'`, when one starts here; a lifetime has no closing quote.
fn character_end(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    if inside.starts_with('\\') {
        return Some(quoted_end(text, '\''));
    }
    let first = inside.chars().next()?;
    inside[first.len_utf8()..].starts_with('\'').then_some(first.len_utf8() + 2)
}

/// Whether `word` stands in `code` by itself, not as part of a longer name.
pub fn names(code: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let open = word.ends_with(':') || word.ends_with('(') || word.ends_with('.');
        !before.is_some_and(part_of_name) && (open || !after.is_some_and(part_of_name))
    })
}

#[test]
fn comments_and_texts_are_blanked_and_lifetimes_are_not() {
    let table = [
        ("a // b \"c", "a"),
        ("a /* b /* c */ d */ e", "a e"),
        ("f(\"b \\\" // c\") d", "f(\" \") d"),
        ("r#\"b \" c\"# d", "d"),
        ("br\"b\" d", "d"),
        ("for x in 'a'..'\\'' {}", "for x in .. {}"),
        ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
        ("var\"b\"", "var\" \""),
    ];
    for (text, expected) in table {
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(squeezed(&blank(text)), squeezed(expected), "{text}");
        assert_eq!(blank(text).lines().count(), text.lines().count());
    }
}
