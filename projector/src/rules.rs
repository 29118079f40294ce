//! The customer's rules, an argument of the plan. There are none yet: this is the seam.

use schemas::Text;

/// A rule set. Replay under other rules is the same fold with another one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    version: Text,
}

impl Rules {
    /// No rules at all.
    #[must_use]
    pub fn none() -> Rules {
        Rules { version: Text::new_static("none") }
    }

    /// The version that commands name.
    #[must_use]
    pub fn version(&self) -> &Text {
        &self.version
    }
}
