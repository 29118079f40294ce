//! B20 and B21: order, repeats and splits do not matter, and nothing that is known is erased.

use std::collections::BTreeSet;

use projector::{Assign, Comments, Config, Context, Event, Layout, Rules, State, step};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use schemas::{
    CallEvent, CallState, CallStatus, Comment, CommentId, Conversation, Direction, EventId, Person,
    Tag, TagId, TimeMs,
};

use crate::events::{Call, agent, contact};
use crate::simulation::{config, s};

/// Any event of one call, also such that contradict each other: from small pools, so that ties are
/// common.
fn any_event() -> impl Strategy<Value = CallEvent> {
    let name = prop::sample::select(vec![
        "call.created",
        "call.ringing_on_agent",
        "call.answered",
        "call.transferred",
        "call.unsuccessful_transfer",
        "call.hungup",
        "call.ended",
        "call.tagged",
        "call.untagged",
        "call.voicemail_left",
        "call.from_the_future",
    ]);
    let times = (0..4i64, 0..9i64, prop::option::of(0..3i64), prop::option::of(0..3i64));
    let people = (prop::option::of(1..4i64), prop::option::of(1..4i64));
    let texts = (prop::option::of("[ab]"), prop::option::of("[ab]"));
    let flags = (any::<bool>(), any::<bool>(), 0..4u8, 0..3u8);
    let lists = (
        prop::collection::vec((1..4i64, "[xy]", prop::option::of(0..3i64)), 0..3),
        prop::collection::btree_set(1..4i64, 0..3),
    );
    let correction = (0..3i32, prop::option::weighted(0.2, 0..6u8), any::<bool>());
    (name, times, people, texts, flags, lists, correction, any::<u32>()).prop_map(
        |(name, times, people, texts, flags, lists, correction, id)| {
            let mut event = Call::inbound(7, s(0)).event(name, s(times.0));
            event.event_id = EventId::try_from(format!("e{id}")).unwrap();
            event.received_at = s(times.1);
            event.answered_at = times.2.map(s);
            event.ended_at = times.3.map(s);
            event.agent = people.0.map(agent);
            event.transferred_by = people.1.map(agent);
            event.line_name = texts.0.map(Into::into);
            event.asset_url = texts.1.map(Into::into);
            (event.has_recording, event.has_voicemail) = (flags.0, flags.1);
            event.status =
                [CallStatus::Unknown, CallStatus::Initial, CallStatus::Answered, CallStatus::Done]
                    [usize::from(flags.2)];
            event.direction =
                [Direction::Unknown, Direction::Inbound, Direction::Outbound][usize::from(flags.3)];
            let comment = |(id, content, posted): (i64, String, Option<i64>)| Comment {
                id: CommentId(id),
                content: content.into(),
                posted_at: posted.map(s),
                posted_by: posted.map(agent),
            };
            event.comments = lists.0.into_iter().map(comment).collect();
            event.comments.sort_by_key(|comment| comment.id);
            event.comments.dedup_by_key(|comment| comment.id);
            let tag = |id| Tag {
                id: TagId(id),
                name: Some(format!("t{}", times.0).into()),
                tagged_at: None,
            };
            event.tags = lists.1.into_iter().map(tag).collect();
            event.normaliser_revision = correction.0;
            event.replaces =
                correction.1.map(|of| EventId::try_from(format!("replaced{of}-{id}")).unwrap());
            if event.replaces.is_some() && correction.2 {
                event.clears = vec!["line_name".to_owned(), "agent".to_owned()];
            }
            event
        },
    )
}

/// A permutation of `count` things with some of them repeated.
fn shuffled(count: usize) -> impl Strategy<Value = Vec<usize>> {
    let all: Vec<usize> = (0..count).collect();
    (subsequence(all.clone(), 0..=count), Just(all))
        .prop_flat_map(|(again, all)| Just([all, again].concat()).prop_shuffle())
}

fn events_in_two_orders() -> impl Strategy<Value = (Vec<CallEvent>, Vec<usize>)> {
    prop::collection::vec(any_event(), 1..8)
        .prop_flat_map(|events| (shuffled(events.len()), Just(events)))
        .prop_map(|(order, events)| (events, order))
}

fn facts<'a>(events: impl Iterator<Item = &'a CallEvent>) -> CallState {
    let mut call = CallState::new(contact(), Call::inbound(7, s(0)).snapshot.call_id);
    for event in events {
        projector::facts::join(&mut call, event);
    }
    call
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

proptest! {
    #[test]
    fn b21_any_order_with_any_repeats_gives_the_same_facts(
        (events, order) in events_in_two_orders()
    ) {
        let forward = facts(events.iter());
        let shuffled = facts(order.iter().map(|at| &events[*at]));
        prop_assert_eq!(json(&forward), json(&shuffled));
    }

    #[test]
    fn b21_a_repeat_changes_nothing_and_says_so((events, _) in events_in_two_orders()) {
        let mut call = facts(events.iter());
        let before = call.clone();
        for event in &events {
            prop_assert!(!projector::facts::join(&mut call, event));
        }
        prop_assert_eq!(json(&before), json(&call));
    }

    #[test]
    fn b21_joining_says_whether_it_changed_anything((events, order) in events_in_two_orders()) {
        let mut call = CallState::new(contact(), events[0].call_id);
        for at in order {
            let before = json(&call);
            let changed = projector::facts::join(&mut call, &events[at]);
            prop_assert_eq!(changed, before != json(&call));
        }
    }

    #[test]
    fn b20_a_known_value_is_never_erased_by_an_absent_one((events, order) in events_in_two_orders()) {
        let mut call = CallState::new(contact(), events[0].call_id);
        let mut known = BTreeSet::new();
        for at in order {
            let event = &events[at];
            projector::facts::join(&mut call, event);
            for cleared in &event.clears {
                known.remove(cleared.as_str());
            }
            if events.iter().all(|event| event.clears.is_empty()) {
                let now = known_names(&call);
                prop_assert!(now.is_superset(&known), "{:?} lacks some of {:?}", now, known);
                known = now;
            }
        }
    }
}

fn known_names(call: &CallState) -> BTreeSet<&'static str> {
    let facts = &call.facts;
    let named = [
        ("line_name", facts.line_name.is_some()),
        ("agent", facts.agent.is_some()),
        ("answered_at", facts.answered_at.is_some()),
        ("ended_at", facts.ended_at.is_some()),
        ("asset_url", facts.asset_url.is_some()),
        ("transferred_by", facts.transferred_by.is_some()),
        ("has_recording", facts.has_recording),
        ("has_voicemail", facts.has_voicemail),
        ("direction", facts.direction != Direction::Unknown),
        ("comments", !facts.comments.is_empty()),
    ];
    named.into_iter().filter(|(_, known)| *known).map(|(name, _)| name).collect()
}

/// What Aircall tells of a real call: each event knows all that had happened by then, but may lack
/// what does not decide what the call was.
fn told_call() -> impl Strategy<Value = Vec<CallEvent>> {
    let kind = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let media = (any::<bool>(), any::<bool>());
    let comments = prop::collection::vec((20..400i64, any::<bool>()), 0..4);
    (kind, media, comments, prop::collection::vec(any::<(bool, bool)>(), 16)).prop_map(
        |((outbound, answered, with_agent, transferred), (media, page), comments, absent)| {
            let mut call = if outbound { Call::outbound(7, s(0)) } else { Call::inbound(7, s(0)) };
            let mut events = vec![call.event("call.created", s(0))];
            if answered {
                call = call.answered(s(10), with_agent.then(|| agent(1)));
                events.push(call.event("call.answered", s(10)));
            }
            if answered && transferred {
                call = call.change(|call| {
                    call.transferred_by = Some(agent(1));
                    call.transferred_to = Some(agent(2));
                    call.agent = Some(agent(2));
                });
                events.push(call.event("call.transferred", s(15)));
            }
            call = call.ended(s(30));
            events.push(call.event("call.hungup", s(30)));
            events.push(call.event("call.ended", s(60)));
            if media && (answered || !outbound) {
                call = if answered { call.recording() } else { call.voicemail() };
                if !page {
                    call = call.change(|call| call.asset_url = None);
                }
                let name =
                    if answered { "call.comm_assets_generated" } else { "call.voicemail_left" };
                events.push(call.event(name, s(63)));
            }
            for (id, (at, by)) in comments.into_iter().enumerate() {
                let by: Option<Person> = by.then(|| agent(1));
                call = call.comment(i64::try_from(id).unwrap() + 1, "same", s(at), by);
                events.push(call.event("call.commented", s(100 + i64::try_from(id).unwrap())));
            }
            for (event, (no_line, no_agent)) in events.iter_mut().zip(absent) {
                if no_line {
                    event.line_name = None;
                }
                if no_agent {
                    event.agent = None;
                }
            }
            events
        },
    )
}

/// The pieces that were settled when everything is, and the call's facts. Between events time
/// passes by `pauses`, and what is due is decided: however events are cut into batches.
fn settled(
    events: &[CallEvent],
    order: &[usize],
    pauses: &[i64],
    config: &Config,
) -> (BTreeSet<String>, CallState, Conversation, usize) {
    let rules = Rules::none();
    let call = CallState::new(contact(), events[0].call_id);
    let conversation = Box::new(Conversation::new(contact()));
    let mut state = State { conversation, call: Some(Box::new(call)) };
    let mut keys = BTreeSet::new();
    let mut commands = 0;
    let mut now = s(0);
    let mut fold = |state: State, event: Event<'_>, now: TimeMs| {
        let folded = step(state, event, Context { config, rules: &rules, now });
        commands += folded.commands.len();
        for command in folded.commands {
            keys.extend(command.settles.iter().map(|key| key.as_str().to_owned()));
        }
        folded.state
    };
    for (at, pause) in order.iter().zip(pauses.iter().cycle()) {
        state = fold(state, Event::Call(&events[*at]), now);
        now = now.plus_ms(pause * 1000);
        state = fold(state, Event::Reached(now), now);
    }
    let end = TimeMs(i64::MAX);
    state = fold(state, Event::Reached(end), end);
    (keys, *state.call.unwrap(), *state.conversation, commands)
}

fn any_config() -> impl Strategy<Value = Config> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(compact, all, put)| {
        let mut config = config();
        config.layout = if compact { Layout::Compact } else { Layout::Separate };
        config.comments = if all { Comments::All } else { Comments::Answered };
        config.assign = if put { Assign::Put } else { Assign::Import };
        config
    })
}

proptest! {
    #[test]
    fn b21_any_order_repeat_and_split_settles_the_same_effects(
        events in told_call(),
        config in any_config(),
        picks in prop::collection::vec(any::<Index>(), 0..30),
        pauses in prop::collection::vec(prop_oneof![Just(0), 0..100i64, Just(700)], 1..8),
    ) {
        let forward: Vec<usize> = (0..events.len()).collect();
        let mut order = forward.clone();
        for (at, pick) in picks.iter().enumerate() {
            let other = pick.index(order.len());
            if at % 3 == 0 {
                order.push(order[other]);
            } else {
                let place = at % order.len();
                order.swap(place, other);
            }
        }
        let (expected, call, conversation, _) = settled(&events, &forward, &[0], &config);
        let (keys, other_call, other_conversation, _) = settled(&events, &order, &pauses, &config);
        prop_assert_eq!(expected, keys);
        prop_assert_eq!(json(&call.facts), json(&other_call.facts));
        prop_assert_eq!(json(&conversation.totals), json(&other_conversation.totals));
        prop_assert_eq!(conversation.open_calls, other_conversation.open_calls);
        prop_assert_eq!(other_call.due_at, None, "nothing waits any more");
    }

    #[test]
    fn b21_no_effect_is_asked_for_twice(
        events in told_call(),
        config in any_config(),
        pauses in prop::collection::vec(0..700i64, 1..8),
    ) {
        let twice: Vec<usize> = (0..events.len()).chain(0..events.len()).collect();
        let (keys, call, _, commands) = settled(&events, &twice, &pauses, &config);
        // Each call has one agent here, who is assigned by main or by one request.
        let own = call.emitted.iter().filter(|piece| !piece.within_main).count();
        prop_assert!(commands == own || commands == own + 1, "{} for {}", commands, own);
        prop_assert!(commands == own || keys.contains("conversation:assignee"));
        let pieces: BTreeSet<_> =
            call.emitted.iter().map(|piece| (piece.piece, piece.comment_id)).collect();
        prop_assert_eq!(pieces.len(), call.emitted.len());
    }
}

#[test]
fn b21_tags_come_from_the_newest_snapshot() {
    let call = || Call::inbound(7, s(0));
    let on = |events: &[CallEvent]| {
        let known = facts(events.iter());
        let tags = known.facts.tags.iter().filter(|tag| projector::facts::tags::is_on(tag));
        tags.map(|tag| tag.id).collect::<Vec<_>>()
    };
    let tagged = call().tag(1).tag(2).event("call.tagged", s(10));
    let fewer = call().tag(2).event("call.untagged", s(20));
    let same_second = call().tag(2).event("call.untagged", s(10));
    let silent = call().event("call.hungup", s(10));
    for (events, expected) in [
        (vec![tagged.clone()], vec![1, 2]),
        (vec![tagged.clone(), fewer.clone()], vec![2]),
        (vec![fewer, tagged.clone()], vec![2]),
        // On equal times a tag is on, unless it was taken off by name.
        (vec![tagged.clone(), silent.clone()], vec![1, 2]),
        (vec![silent, tagged.clone()], vec![1, 2]),
        (vec![tagged.clone(), same_second.clone()], vec![2]),
        (vec![same_second, tagged], vec![2]),
    ] {
        assert_eq!(on(&events), expected.iter().copied().map(TagId).collect::<Vec<_>>());
    }
}
