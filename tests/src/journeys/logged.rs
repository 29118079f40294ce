//! How one call is logged: by whom, with which activities, assigned to whom.

use simulators::aircall::bodies::ContactBody;

use super::{
    agent_one, agent_two, agent_without_seat, answered, inbound, missed, outbound, team_line,
    user_line,
};
use crate::journey::Journey;

pub(super) fn journeys(base: i64) -> Vec<Journey> {
    vec![
        answered_with_recording(base),
        answered_out_of_order(base),
        answered_by_an_agent_without_a_seat(base),
        answered_without_agent(base),
        outbound_answered(base),
        outbound_unanswered(base),
        missed_on_a_users_line(base),
        missed_on_a_teams_line(base),
        dropped_in_the_menu(base),
        voicemail(base),
        voicemail_after_it_was_logged_as_missed(base),
        comments(base),
        transferred(base),
        transfer_failed(base),
        known_in_aircall(base),
        anonymous(base),
        two_lines_of_anonymous_callers(base),
    ]
}

fn answered_with_recording(base: i64) -> Journey {
    let call = answered(101, base);
    Journey::new("answered_with_recording")
        .webhook(&inbound(101, base).event("call.created", base))
        .webhook(
            &inbound(101, base)
                .agent(&agent_one())
                .answered_at(base + 12)
                .event("call.answered", base + 12),
        )
        .webhook(&call.event("call.hungup", base + 217))
        .webhook(&call.clone().recording().event("call.ended", base + 247))
}

fn answered_out_of_order(base: i64) -> Journey {
    let call = answered(102, base).recording();
    Journey::new("answered_out_of_order")
        .webhook(&call.event("call.ended", base + 247))
        .webhook(&answered(102, base).event("call.hungup", base + 217))
        .webhook(&call.event("call.ended", base + 247))
        .webhook(
            &inbound(102, base)
                .agent(&agent_one())
                .answered_at(base + 12)
                .event("call.answered", base + 12),
        )
        .webhook(&inbound(102, base).event("call.created", base))
}

fn answered_by_an_agent_without_a_seat(base: i64) -> Journey {
    let call = answered(103, base).agent(&agent_without_seat());
    Journey::new("answered_by_an_agent_without_a_seat")
        .webhook(&call.event("call.ended", base + 247))
}

fn answered_without_agent(base: i64) -> Journey {
    let call = inbound(104, base).answered_at(base + 12).ended_at(base + 217);
    Journey::new("answered_without_agent").webhook(&call.event("call.ended", base + 247))
}

fn outbound_answered(base: i64) -> Journey {
    let call = outbound(105, base).agent(&agent_one()).answered_at(base + 5).ended_at(base + 20);
    Journey::new("outbound_answered").webhook(&call.event("call.ended", base + 51))
}

fn outbound_unanswered(base: i64) -> Journey {
    let call = outbound(106, base).agent(&agent_one()).ended_at(base + 30);
    Journey::new("outbound_unanswered").webhook(&call.event("call.ended", base + 60))
}

fn missed_on_a_users_line(base: i64) -> Journey {
    let call = missed(107, base).line(user_line());
    Journey::new("missed_on_a_users_line")
        .webhook(
            &inbound(107, base)
                .line(user_line())
                .agent(&agent_one())
                .event("call.ringing_on_agent", base),
        )
        .webhook(&call.event("call.hungup", base + 17))
        .webhook(&call.event("call.ended", base + 47))
}

fn missed_on_a_teams_line(base: i64) -> Journey {
    let call = missed(108, base).team(31, "Support team");
    Journey::new("missed_on_a_teams_line").webhook(&call.event("call.ended", base + 47))
}

fn dropped_in_the_menu(base: i64) -> Journey {
    let call = inbound(109, base)
        .line(team_line().ivr(true))
        .ended_at(base + 6)
        .missed_reason("abandoned_in_ivr");
    Journey::new("dropped_in_the_menu").webhook(&call.event("call.ended", base + 36))
}

fn voicemail(base: i64) -> Journey {
    let call = missed(110, base);
    Journey::new("voicemail")
        .webhook(&call.event("call.hungup", base + 17))
        .webhook(&call.event("call.ended", base + 47))
        .webhook(&call.clone().voicemail().event("call.voicemail_left", base + 50))
}

fn voicemail_after_it_was_logged_as_missed(base: i64) -> Journey {
    let call = missed(111, base);
    Journey::new("voicemail_after_it_was_logged_as_missed")
        .webhook(&call.event("call.ended", base + 47))
        .settle()
        .webhook(&call.clone().voicemail().event("call.voicemail_left", base + 90))
}

fn comments(base: i64) -> Journey {
    let call = answered(112, base);
    let first =
        call.clone().comment(11, "Wants <b>one</b> *call*\non Monday", base + 100, &agent_one());
    let both = first.clone().comment(12, "Done", base + 230, &agent_two());
    let same = both.clone().comment(13, "Done", base + 217 + 3 * 86_400, &agent_two());
    Journey::new("comments")
        .webhook(&both.event("call.ended", base + 247))
        .webhook(&first.event("call.commented", base + 100))
        .settle()
        .webhook(&same.event("call.commented", base + 217 + 3 * 86_400))
}

fn transferred(base: i64) -> Journey {
    let before = inbound(113, base).agent(&agent_one()).answered_at(base + 12);
    let moved = before.clone().agent(&agent_two()).transfer(&agent_one(), &agent_two());
    Journey::new("transferred")
        .webhook(&before.event("call.answered", base + 12))
        .webhook(&moved.event("call.transferred", base + 60))
        .webhook(&moved.clone().ended_at(base + 217).event("call.ended", base + 247))
}

fn transfer_failed(base: i64) -> Journey {
    let before = inbound(114, base).agent(&agent_one()).answered_at(base + 12);
    let tried = before.clone().transfer(&agent_one(), &agent_two());
    Journey::new("transfer_failed")
        .webhook(&before.event("call.answered", base + 12))
        .webhook(&tried.event("call.unsuccessful_transfer", base + 60))
        .webhook(&tried.clone().ended_at(base + 217).event("call.ended", base + 247))
}

fn known_in_aircall(base: i64) -> Journey {
    let call = answered(115, base)
        .contact(ContactBody::new(41, "Amber", "Harbour_Ltd").company("North Works"));
    Journey::new("known_in_aircall").webhook(&call.event("call.ended", base + 247))
}

fn anonymous(base: i64) -> Journey {
    let call = missed(116, base).anonymous();
    Journey::new("anonymous").webhook(&call.event("call.ended", base + 47))
}

fn two_lines_of_anonymous_callers(base: i64) -> Journey {
    let here = answered(117, base).anonymous();
    let there = answered(118, base + 600).line(user_line()).anonymous();
    let again = answered(119, base + 900).anonymous();
    Journey::new("two_lines_of_anonymous_callers")
        .webhook(&here.event("call.ended", base + 247))
        .settle()
        .webhook(&there.event("call.ended", base + 847))
        .settle()
        .webhook(&again.event("call.ended", base + 1147))
}
