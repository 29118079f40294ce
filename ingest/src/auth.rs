//! Who may speak to us: tokens and the path's secret, compared in constant time.

use secrecy::{ExposeSecret, SecretString};
use subtle::{Choice, ConstantTimeEq};

/// The secrets of Aircall's webhooks.
pub struct Credentials {
    tokens: Vec<SecretString>,
    path_secret: Option<SecretString>,
}

impl Credentials {
    /// Empty secrets open nothing and are left out.
    #[must_use]
    pub fn new(tokens: &[SecretString], path_secret: Option<&SecretString>) -> Credentials {
        let not_empty = |secret: &&SecretString| !secret.expose_secret().is_empty();
        Credentials {
            tokens: tokens.iter().filter(not_empty).cloned().collect(),
            path_secret: path_secret.filter(not_empty).cloned(),
        }
    }

    /// Whether a webhook needs a secret in its path.
    #[must_use]
    pub fn has_path_secret(&self) -> bool {
        self.path_secret.is_some()
    }

    /// Whether this is the path's secret; false when there is none.
    #[must_use]
    pub fn is_path_secret(&self, given: &str) -> bool {
        self.path_secret.as_ref().is_some_and(|secret| bool::from(equal(secret, given)))
    }

    /// Whether this is one of the tokens. Looks at all of them, whichever fits.
    #[must_use]
    pub fn is_token(&self, given: &str) -> bool {
        let fits = |so_far: Choice, token: &SecretString| so_far | equal(token, given);
        self.tokens.iter().fold(Choice::from(0), fits).into()
    }
}

fn equal(secret: &SecretString, given: &str) -> Choice {
    secret.expose_secret().as_bytes().ct_eq(given.as_bytes())
}
