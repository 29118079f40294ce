//! What a configuration key is: its name, what it holds, its default and what it means.

/// What a key holds, and so what a reader of its value insists on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text that is not empty.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number from `min` to `max`.
    Whole {
        /// The least that makes sense.
        min: i64,
        /// The most that makes sense.
        max: i64,
    },
    /// A number above 0 and up to 1.
    Share,
    /// `true` or `false`.
    Switch,
    /// An address to listen on: `IP:port`.
    Address,
    /// An `http://` or `https://` address without a path's end slash.
    Url,
    /// The same, with a name and a password in it or not, and a path or not; never shown.
    SecretUrl,
    /// `all`, or names and ids: a list, or one text with commas.
    AllOrList,
    /// A folder.
    Folder,
    /// A part of a URL's path: letters, digits, `-`, `_`, `.`, `~`; secret.
    PathSecret,
    /// A secret.
    Secret,
    /// One or several secrets, separated by commas.
    Secrets,
    /// Known, but of no use before a later version: the sentence says why.
    Later(&'static str),
}

impl Kind {
    /// Whether the value is never shown.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        matches!(self, Kind::Secret | Kind::Secrets | Kind::PathSecret | Kind::SecretUrl)
    }
}

/// One key of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Section and name with dots, as `front.token`.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Its default as it would be written in the environment; none: not set.
    pub default: Option<&'static str>,
    /// What it means, for a person who sets it for the first time.
    pub doc: &'static str,
    /// A value to write instead of a wrong one.
    pub example: &'static str,
}

impl Key {
    /// The environment variable that sets it: `CALLFOLD_FRONT__TOKEN` for `front.token`.
    #[must_use]
    pub fn variable(&self) -> String {
        variable_of(self.name)
    }
}

/// The environment variable of a key's name.
#[must_use]
pub fn variable_of(name: &str) -> String {
    format!("CALLFOLD_{}", name.replace('.', "__").to_uppercase())
}
