//! What the model expects, as a person would read it in Front.

#[path = "model/calls.rs"]
mod calls;

use calls::{NOON, agent, answered, exact, messages, missed, thread, voicemail};
use simulators::aircall::centre::{CallComment, Direction, Transfer, TransferTo};
use simulators::model::{ExpectedThread, Layout, ModelConfig};

/// The activities as a person would read them.
fn page(thread: &ExpectedThread) -> String {
    let mut page = String::new();
    for message in messages(thread) {
        let by = match (message.inbound, &message.authors[0]) {
            (true, _) => "customer",
            (false, Some(author)) => author,
            (false, None) => "nobody",
        };
        let after = message.created_at - NOON;
        page.push_str(&format!("--- {} | {by} | +{after} s\n", message.subjects.join(" or ")));
        for line in &message.lines {
            page.push_str(&format!("{}\n", line.texts[0]));
        }
    }
    for comment in thread.calls.iter().flat_map(|call| &call.comments) {
        page.push_str(&format!("--- comment | {:?}\n{}\n", comment.authors, comment.body));
    }
    page
}

#[test]
fn b07_b08_b10_b11_the_separate_layout_reads_like_this() {
    let mut call = answered(7, 0);
    let (by, took) = (agent(1), agent(2));
    let to = TransferTo::Colleague { named: took.clone(), took: took.clone(), forgotten: true };
    call.transfer = Some(Transfer { at: NOON + 100, by, to });
    let comment = |id, text: &str, after| CallComment {
        id,
        text: text.to_owned(),
        by: Some(took.clone()),
        at: call.ended_at + after,
    };
    call.comments = vec![comment(30, "second, *late*", 121), comment(31, "first\nof <two>", 120)];
    let page = page(&thread(&[call], &[], &exact()));
    insta::assert_snapshot!(page, @r##"
    --- Inbound answered call - Support [FR] | agent.2@example.com | +217 s
    Inbound answered call - Support \[FR\]
    Line: Support \[FR\] (+33199000001)
    Customer: Amber Lake &amp; Co (+33199000100)
    Agent: Agent 2
    Transferred by: Agent 1
    Started: 2026-01-15 13:00:00 CET
    Aircall call 7
    --- Inbound answered call - Support [FR] | agent.2@example.com | +218 s
    Duration: 3 min 25 s (waited 12 s)
    Aircall call 7
    --- Inbound answered call - Support [FR] | agent.2@example.com | +219 s
    Recording: https://assets.aircall.io/calls/7/recording
    Aircall call 7
    --- comment | [Some("agent.2@example.com")]
    first
    of &lt;two&gt;
    [call 7 comment 31]
    --- comment | [Some("agent.2@example.com")]
    second, \*late\*
    Written 2026-01-15 13:05:38 CET
    [call 7 comment 30]
    "##);
}

#[test]
fn b07_the_compact_layout_reads_like_this() {
    let config = ModelConfig { layout: Layout::Compact, ..exact() };
    let calls = [answered(7, 0), voicemail(8, 400), missed(9, 500)];
    insta::assert_snapshot!(page(&thread(&calls, &[], &config)), @r##"
    --- Inbound answered call - Support [FR] | agent.1@example.com | +217 s
    Inbound answered call - Support \[FR\]
    Line: Support \[FR\] (+33199000001)
    Customer: Amber Lake &amp; Co (+33199000100)
    Agent: Agent 1
    Started: 2026-01-15 13:00:00 CET
    Duration: 3 min 25 s (waited 12 s)
    Recording: https://assets.aircall.io/calls/7/recording
    Aircall call 7
    --- Voicemail | customer | +420 s
    Voicemail - Support \[FR\]
    Line: Support \[FR\] (+33199000001)
    Customer: Amber Lake &amp; Co (+33199000100)
    Reason: agents_did_not_answer
    Started: 2026-01-15 13:06:40 CET
    Voicemail: https://assets.aircall.io/calls/8/voicemail
    Aircall call 8
    --- Inbound answered call - Support [FR] | customer | +520 s
    Missed call - Support \[FR\]
    Line: Support \[FR\] (+33199000001)
    Customer: Amber Lake &amp; Co (+33199000100)
    Reason: agents_did_not_answer
    Started: 2026-01-15 13:08:20 CET
    Aircall call 9
    "##);
}

#[test]
fn b07_b11_calls_that_nobody_took_read_like_this() {
    let mut out = missed(6, 0);
    out.direction = Direction::Outbound;
    out.first_agent = Some(agent(11));
    out.missed_reason = None;
    let calls = [out, voicemail(7, 100)];
    insta::assert_snapshot!(page(&thread(&calls, &[], &exact())), @r##"
    --- Outbound unanswered call - Support [FR] | nobody | +20 s
    Outbound unanswered call - Support \[FR\]
    Line: Support \[FR\] (+33199000001)
    Customer: Amber Lake &amp; Co (+33199000100)
    Agent: Agent 11
    Started: 2026-01-15 13:00:00 CET
    Aircall call 6
    --- Voicemail | customer | +120 s
    Voicemail - Support \[FR\]
    Line: Support \[FR\] (+33199000001)
    Customer: Amber Lake &amp; Co (+33199000100)
    Reason: agents_did_not_answer
    Started: 2026-01-15 13:01:40 CET
    Aircall call 7
    --- Voicemail | customer | +122 s
    Voicemail: https://assets.aircall.io/calls/7/voicemail
    Aircall call 7
    "##);
}
