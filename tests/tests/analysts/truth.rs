//! What truly happened, from the generated calls alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use simulators::aircall::centre::{Centre, Customer, Direction, GeneratedCall, Qualification};

const HOUR_S: i64 = 3_600;

/// Compares the rows that the page's three questions gave with what is true.
pub fn check(centre: &Centre, found: &Json) {
    let expected = [missed(centre), answers(centre), callbacks(centre)];
    for (expected, found) in expected.iter().zip(found.as_array().expect("three answers")) {
        let mut found = found.as_array().expect("rows").clone();
        let mut expected = expected.clone();
        assert!(expected.len() > 3, "too few rows to prove anything: {expected:?}");
        for rows in [&mut expected, &mut found] {
            rows.sort_by_key(ToString::to_string);
        }
        assert_eq!(found, expected);
    }
}

fn was_missed(call: &GeneratedCall) -> bool {
    match call.qualification() {
        Qualification::Missed | Qualification::Voicemail => true,
        Qualification::InboundAnswered
        | Qualification::OutboundAnswered
        | Qualification::OutboundUnanswered => false,
    }
}

fn missed(centre: &Centre) -> Vec<Json> {
    let mut rows: BTreeMap<(String, String), (u32, u32)> = BTreeMap::new();
    for call in centre.calls.iter().filter(|call| was_missed(call)) {
        let started = Timestamp::from_second(call.started_at).expect("a time of today");
        let there = started.in_tz(&call.line.time_zone).expect("a line has a time zone");
        let hour = there.strftime("%Y-%m-%d %H:00:00").to_string();
        let row = rows.entry((call.line.name.clone(), hour)).or_default();
        row.0 += 1;
        row.1 += u32::from(call.qualification() == Qualification::Voicemail);
    }
    rows.into_iter().map(|((line, hour), (all, left))| json!([line, hour, all, left])).collect()
}

fn answers(centre: &Centre) -> Vec<Json> {
    let mut waits: BTreeMap<i64, (String, Vec<i64>)> = BTreeMap::new();
    let answered =
        centre.calls.iter().filter(|call| call.qualification() == Qualification::InboundAnswered);
    for call in answered {
        // On a shared line nobody is named.
        if let Some(agent) = &call.first_agent {
            let of_agent = waits.entry(agent.id).or_insert((agent.name.clone(), Vec::new()));
            of_agent.1.push(call.wait_s());
        }
    }
    let row = |(name, mut waits): (String, Vec<i64>)| {
        waits.sort_unstable();
        let (count, middle) = (waits.len(), waits.len() / 2);
        let median = if count % 2 == 1 {
            waits[middle] as f64
        } else {
            (waits[middle - 1] + waits[middle]) as f64 / 2.0
        };
        let mean = waits.iter().sum::<i64>() as f64 / count as f64;
        json!([name, count, mean, median, waits[count - 1] as f64])
    };
    waits.into_values().map(row).collect()
}

fn callbacks(centre: &Centre) -> Vec<Json> {
    let mut rows: BTreeMap<String, (u32, u32, u32)> = BTreeMap::new();
    for missed in centre.calls.iter().filter(|call| was_missed(call)) {
        let Some(number) = number(missed) else { continue };
        let soon = missed.ended_at..=missed.ended_at + HOUR_S;
        let backs: Vec<&GeneratedCall> = centre
            .calls
            .iter()
            .filter(|it| it.direction == Direction::Outbound && self::number(it) == Some(number))
            .filter(|it| soon.contains(&it.started_at))
            .collect();
        let row = rows.entry(missed.line.name.clone()).or_default();
        row.0 += 1;
        row.1 += u32::from(!backs.is_empty());
        row.2 += u32::from(backs.iter().any(|it| it.answered_at.is_some()));
    }
    assert!(rows.values().map(|row| row.2).sum::<u32>() > 5, "somebody is called back: {rows:?}");
    rows.into_iter().map(|(line, (all, back, reached))| json!([line, all, back, reached])).collect()
}

fn number(call: &GeneratedCall) -> Option<&str> {
    match &call.customer {
        Customer::Contact(contact) => Some(&contact.number.e164),
        Customer::OwnLine(number) => Some(&number.e164),
        Customer::Anonymous => None,
    }
}
