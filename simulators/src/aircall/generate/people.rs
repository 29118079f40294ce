//! The company: agents, teams, lines, and the people outside.

use std::sync::Arc;

use rand::Rng;
use rand_chacha::ChaCha12Rng;

use crate::aircall::centre::{Agent, Card, Contact, Line, Team};
use crate::aircall::numbers::{contact_number, line_number};
use crate::aircall::words;

/// Every sixth agent has no seat in Front, every fifth an e-mail with capitals in Aircall.
pub(super) fn agents(rng: &mut ChaCha12Rng, count: usize) -> Vec<Arc<Agent>> {
    let first_id = i64::from(rng.random_range(700_000..800_000));
    (0..count)
        .zip(first_id..)
        .map(|(index, id)| {
            let number = index + 1;
            let email = if index % 5 == 4 {
                format!("Agent.{number:02}@Example.com")
            } else {
                format!("agent.{number:02}@example.com")
            };
            let name = if index % 7 == 3 {
                format!("Agent_{number:02} <night>")
            } else {
                format!("Agent {number:02}")
            };
            Arc::new(Agent { id, name, email, in_front: index % 6 != 5 })
        })
        .collect()
}

/// Agents are dealt out to at most four teams.
pub(super) fn teams(agents: &[Arc<Agent>]) -> Vec<Arc<Team>> {
    let count = words::TEAM.len().min(agents.len() / 2).max(1);
    (0..count)
        .map(|index| {
            let members = agents.iter().enumerate().filter(|(place, _)| place % count == index);
            Arc::new(Team {
                id: 9_000 + i64::try_from(index).unwrap_or(0),
                name: words::TEAM[index].to_owned(),
                agents: members.map(|(_, agent)| agent.id).collect(),
            })
        })
        .collect()
}

/// Even lines belong to a team, odd ones to one user; every third has a menu.
pub(super) fn lines(
    rng: &mut ChaCha12Rng,
    count: usize,
    agents: &[Arc<Agent>],
    teams: &[Arc<Team>],
) -> Vec<Arc<Line>> {
    let first_id = i64::from(rng.random_range(400_000..500_000));
    (0..count)
        .zip(first_id..)
        .map(|(index, id)| {
            let (word, country, zone) = words::LINE[index % words::LINE.len()];
            let round = index / words::LINE.len();
            let name = if round == 0 { word.to_owned() } else { format!("{word} {}", round + 1) };
            let team = (index % 2 == 0).then(|| teams[index / 2 % teams.len()].clone());
            let own = agents[index % agents.len()].id;
            Arc::new(Line {
                id,
                name,
                number: line_number(country, index),
                time_zone: zone.to_owned(),
                agents: team.as_ref().map_or_else(|| vec![own], |team| team.agents.clone()),
                team,
                is_ivr: index % 3 == 0,
            })
        })
        .collect()
}

/// Half of them are in Aircall's address book, some of those with one name only.
pub(super) fn contacts(rng: &mut ChaCha12Rng, count: usize) -> Vec<Arc<Contact>> {
    let offset = rng.random_range(0..10_000);
    (0..count)
        .map(|index| {
            let card = rng.random_bool(0.5).then(|| card(rng, index));
            Arc::new(Contact { number: contact_number(offset + index), card })
        })
        .collect()
}

fn card(rng: &mut ChaCha12Rng, index: usize) -> Card {
    let mut pick = |words: &[&str]| words[rng.random_range(0..words.len())].to_owned();
    let (first_name, last_name) = (pick(&words::FIRST), pick(&words::LAST));
    let company = pick(&words::COMPANY);
    Card {
        id: 5_000_000 + i64::try_from(index).unwrap_or(0),
        first_name,
        last_name: if index % 9 == 8 { String::new() } else { last_name },
        company: index.is_multiple_of(3).then_some(company),
    }
}
