//! The Front simulator, asked over HTTP as a program with its token asks Front.

#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

#[path = "front/caller.rs"]
mod caller;
#[path = "front/contacts.rs"]
mod contacts;
#[path = "front/conversations.rs"]
mod conversations;
#[path = "front/events.rs"]
mod events;
#[path = "front/faults.rs"]
mod faults;
#[path = "front/gate.rs"]
mod gate;
#[path = "front/imports.rs"]
mod imports;
#[path = "front/page.rs"]
mod page;
#[path = "front/specification.rs"]
mod specification;
#[path = "front/standing_clock.rs"]
mod standing_clock;
#[path = "front/switches.rs"]
mod switches;
#[path = "front/webhooks.rs"]
mod webhooks;
