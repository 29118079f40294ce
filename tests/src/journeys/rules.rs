//! The article's two rule recipes, run by the customer's own rules in Front.

use simulators::front::What;

use super::{AGENT_ONE, CALLER, agent_one, answered, missed};
use crate::journey::Journey;

pub(super) fn journeys(base: i64) -> Vec<Journey> {
    vec![
        a_comment_tags_the_conversation(base),
        archiving_takes_the_tag_off(base),
        a_voicemail_moves_the_conversation(base),
        archiving_moves_it_back(base),
    ]
}

fn tagged(base: i64, name: &'static str, id: i64) -> Journey {
    let call = answered(id, base).comment(31, "Test of the new headset", base + 230, &agent_one());
    Journey::new(name).with_company_rules().webhook(&call.event("call.ended", base + 247))
}

fn a_comment_tags_the_conversation(base: i64) -> Journey {
    tagged(base, "a_comment_tags_the_conversation", 301)
}

fn archiving_takes_the_tag_off(base: i64) -> Journey {
    tagged(base, "archiving_takes_the_tag_off", 302).person(AGENT_ONE, CALLER, What::Archive)
}

fn left_a_voicemail(base: i64, name: &'static str, id: i64) -> Journey {
    let call = missed(id, base).voicemail();
    Journey::new(name).with_company_rules().webhook(&call.event("call.voicemail_left", base + 50))
}

fn a_voicemail_moves_the_conversation(base: i64) -> Journey {
    left_a_voicemail(base, "a_voicemail_moves_the_conversation", 303)
}

fn archiving_moves_it_back(base: i64) -> Journey {
    left_a_voicemail(base, "archiving_moves_it_back", 304)
        .person(AGENT_ONE, CALLER, What::Archive)
        .settle()
        .webhook(&answered(305, base + 400).event("call.ended", base + 647))
}
