//! Several calls in one conversation: what sticks, what changes, and what people decided.

use simulators::front::What;

use super::{AGENT_ONE, AGENT_TWO, CALLER, agent_one, answered, missed};
use crate::journey::Journey;

pub(super) fn journeys(base: i64) -> Vec<Journey> {
    vec![
        second_call_while_open(base),
        call_after_an_archive(base),
        moved_by_an_agent(base),
        late_recording_after_an_archive(base),
        call_after_a_voicemail(base),
        assigned_by_a_person(base),
    ]
}

fn second_call_while_open(base: i64) -> Journey {
    Journey::new("second_call_while_open")
        .webhook(&answered(201, base).event("call.ended", base + 247))
        .settle()
        .webhook(&missed(202, base + 400).event("call.ended", base + 447))
}

fn call_after_an_archive(base: i64) -> Journey {
    Journey::new("call_after_an_archive")
        .webhook(&answered(203, base).event("call.ended", base + 247))
        .person(AGENT_ONE, CALLER, What::Archive)
        .settle()
        .webhook(&missed(204, base + 400).event("call.ended", base + 447))
}

fn moved_by_an_agent(base: i64) -> Journey {
    Journey::new("moved_by_an_agent")
        .webhook(&answered(205, base).event("call.ended", base + 247))
        .person(AGENT_ONE, CALLER, What::Move("Support".to_owned()))
        .settle()
        .webhook(&answered(206, base + 400).event("call.ended", base + 647))
}

fn late_recording_after_an_archive(base: i64) -> Journey {
    let call = answered(207, base);
    Journey::new("late_recording_after_an_archive")
        .webhook(&call.event("call.ended", base + 247))
        .person(AGENT_TWO, CALLER, What::Archive)
        .settle()
        .webhook(&call.clone().recording().event("call.comm_assets_generated", base + 300))
}

fn call_after_a_voicemail(base: i64) -> Journey {
    Journey::new("call_after_a_voicemail")
        .webhook(&missed(208, base).voicemail().event("call.voicemail_left", base + 50))
        .settle()
        .webhook(&answered(209, base + 400).event("call.ended", base + 647))
}

fn assigned_by_a_person(base: i64) -> Journey {
    let call = answered(210, base);
    let commented = call.clone().comment(21, "Call back", base + 230, &agent_one());
    Journey::new("assigned_by_a_person")
        .webhook(&call.event("call.ended", base + 247))
        .person(AGENT_ONE, CALLER, What::Assign(Some(AGENT_TWO.to_owned())))
        .settle()
        .webhook(&commented.event("call.commented", base + 300))
}
