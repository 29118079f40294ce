//! How each role of this process is, as `status` and `/readyz` tell it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::view::status::{self, ProcessView, RoleView};

/// The states of all roles, shared by whoever changes and whoever tells them.
#[derive(Debug, Clone, Default)]
pub struct Roles(Arc<Mutex<BTreeMap<String, RoleView>>>);

impl Roles {
    /// Notes how a role is.
    pub fn set(&self, role: &str, state: &str, reason: Option<String>) {
        let mut roles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        roles.insert(role.to_owned(), RoleView { state: state.to_owned(), reason });
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, RoleView> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What only the running process knows.
#[derive(Clone)]
pub struct Live {
    process: ProcessView,
    roles: Roles,
    dispatcher: Option<dispatcher::Handle>,
}

impl Live {
    /// Of this process.
    #[must_use]
    pub fn new(process: ProcessView, roles: Roles, dispatcher: Option<dispatcher::Handle>) -> Live {
        Live { process, roles, dispatcher }
    }

    /// The process.
    #[must_use]
    pub fn process(&self) -> ProcessView {
        self.process.clone()
    }

    /// How the dispatcher is, in its own word; none when it is not of this process.
    #[must_use]
    pub fn dispatcher_state(&self) -> Option<String> {
        self.dispatcher.as_ref().map(|dispatcher| dispatcher.status().state)
    }

    /// Everything, now.
    #[must_use]
    pub fn now(&self) -> status::Live {
        let dispatcher = self.dispatcher.as_ref().map(dispatcher::Handle::status);
        let mut roles = self.roles.all();
        let role = roles.get_mut("dispatcher").filter(|role| role.state == "running");
        if let (Some(role), Some(dispatcher)) = (role, &dispatcher) {
            if dispatcher.state != "active" {
                role.state.clone_from(&dispatcher.state);
            }
            role.reason.clone_from(&dispatcher.reason);
        }
        let mut process = self.process();
        process.not_ready = not_ready(&roles);
        status::Live {
            process,
            roles,
            dispatcher,
            outage: self.dispatcher.as_ref().and_then(dispatcher::Handle::outage),
            calls_logged: self.dispatcher.as_ref().map_or(0, dispatcher::Handle::calls_logged),
        }
    }
}

/// Why webhooks cannot durably become commands; a dispatcher that is held is no such reason:
/// everything waits for it on the log.
fn not_ready(roles: &BTreeMap<String, RoleView>) -> Vec<String> {
    roles
        .iter()
        .filter(|(_, role)| {
            !["running", "standing_by", "held", "dry_run"].contains(&role.state.as_str())
        })
        .map(|(name, role)| match &role.reason {
            Some(reason) => format!("{name} is {}: {reason}", role.state),
            None => format!("{name} is {}", role.state),
        })
        .collect()
}
