//! The dispatcher against a Front that keeps state, limits and faults: commands on a log in memory, the
//! result as a person would see it.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod corrected;
mod crash;
mod damage;
mod dialogue;
mod directory;
mod doubt;
mod economy;
mod fallback_author;
mod first_way;
mod known_contacts;
mod lost;
mod people;
mod positions;
mod reference;
mod refusals;
mod refused_contacts;
mod schema_header;
mod stage;
mod unconfirmed;
