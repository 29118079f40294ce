//! The report at the end: each figure with a few words that say what it means.

use std::fmt::Write as _;

use simulators::front::Limits;
use simulators::model::Class;

use super::figures::{Figures, Quantiles};
use super::world::{self, World};
use super::{Choices, thread};
use crate::terminal::{Tone, toned};

/// Differences that are printed; the rest is counted.
const DIFFERENCES_SHOWN_MAX: usize = 10;

/// The whole report.
#[must_use]
pub fn text(figures: &Figures, world: &World, choices: &Choices, coloured: bool) -> String {
    let heading = |text: &str| toned(text, Tone::Heading, coloured);
    let mut text = format!("\n{}\n", heading("What came in"));
    calls(figures, &mut text);
    let _ = writeln!(text, "\n{}", heading("What Front shows, compared with an independent model"));
    verdict(figures, coloured, &mut text);
    let _ = writeln!(text, "\n{}", heading("What it cost, as the simulated Front counted"));
    cost(figures, choices, &mut text);
    let _ = writeln!(text, "\n{}", heading("How long it took"));
    times(figures, &mut text);
    let snapshot = world.front.snapshot();
    for (number, shown) in thread::two_of(&snapshot).into_iter().enumerate() {
        let _ =
            writeln!(text, "\n{}", heading(&format!("Thread {} as Front shows it", number + 1)));
        text.push_str(&thread::text(shown, coloured));
    }
    let _ = writeln!(text, "\n{}", heading("What was changed for the show"));
    changed(choices, &mut text);
    text
}

fn row(text: &mut String, figure: impl std::fmt::Display, meaning: &str) {
    let _ = writeln!(text, "  {figure:>8}  {meaning}");
}

fn calls(figures: &Figures, text: &mut String) {
    row(text, figures.calls, "calls, made from the seed:");
    for (word, count) in &figures.qualifications {
        row(text, count, word);
    }
    row(
        text,
        figures.webhooks,
        "webhooks about them: out of order, repeated, late, some built anew, as Aircall's are",
    );
    row(
        text,
        figures.acts,
        "acts of teammates in Front: archived, moved, assigned, reopened before a contact's last call",
    );
    row(text, figures.kills, "SIGKILL of callfold under way, and a new start on the same log");
}

fn verdict(figures: &Figures, coloured: bool, text: &mut String) {
    row(text, figures.conversations, "conversations, one per contact");
    row(
        text,
        figures.of_class(Class::Lost),
        "lost: activities and comments that should be there and are not",
    );
    row(text, figures.of_class(Class::Duplicated), "duplicated: there more than once");
    row(
        text,
        figures.of_class(Class::Order),
        "out of order within a conversation, as Front shows it or as it was sent",
    );
    row(text, figures.wrong(), "wrong otherwise: author, assignee, subject, inbox, text, ...");
    row(
        text,
        figures.counts.repeats_recognised,
        "repeats: sent again because a crash or a timeout left them in doubt, recognised by Front",
    );
    for difference in figures.differences.iter().take(DIFFERENCES_SHOWN_MAX) {
        let _ =
            writeln!(text, "            {}", toned(&difference.to_string(), Tone::Bad, coloured));
    }
    let more = figures.differences.len().saturating_sub(DIFFERENCES_SHOWN_MAX);
    if more > 0 {
        let _ = writeln!(text, "            and {more} more");
    }
    let line = if figures.is_right() {
        toned("Front shows exactly what it must.", Tone::Good, coloured)
    } else {
        toned("Front does NOT show what it must.", Tone::Bad, coloured)
    };
    let _ = writeln!(text, "            {line}");
}

fn cost(figures: &Figures, choices: &Choices, text: &mut String) {
    row(
        text,
        format!("{:.2}", figures.writes_per_call()),
        "writes per call: 3 for an answered one, more for comments and new contacts",
    );
    row(
        text,
        format!("{:.2}", figures.requests_per_call()),
        "requests per call, with the reads that look contacts up and confirm what was accepted",
    );
    row(text, figures.counts.requests, "requests in all");
    row(
        text,
        format!("{:.1} %", figures.budget_used_percent(choices.front_rpm)),
        "of what Front's limit allows was used while there was work",
    );
    row(text, figures.counts.rejected_429(), "answers 429: requests beyond a limit");
}

fn times(figures: &Figures, text: &mut String) {
    let both = |it: Option<Quantiles>| {
        it.map_or_else(
            || "none".to_owned(),
            |it| format!("half within {:.1} ms, 99 % within {:.1} ms", it.p50, it.p99),
        )
    };
    let _ = writeln!(
        text,
        "  a webhook's answer, given when it is durable on disk:      {}\n  \
           from the webhook that ends a call to its request at Front: {}\n    \
             (of calls that need not wait for a voicemail; the kill and the restart are in both)\n  \
           the whole demo: {:.1} s",
        both(figures.ack_ms),
        both(figures.call_to_front_ms),
        figures.took.as_secs_f64()
    );
}

fn changed(choices: &Choices, text: &mut String) {
    let sending = world::sending();
    let (limits, plan) = (world::limits(choices), Limits::default());
    let off = match sending.disable_after {
        0 => "stays on however many fail (Aircall turns it off after 50)".to_owned(),
        many => format!("is turned off after {many} failures"),
    };
    let _ = writeln!(
        text,
        "  Aircall   two hours of calls, and comments of three days, are sent within {window} s; a \
           refused webhook comes again after {again} s, and the webhook {off}\n  \
           callfold  waits {settle} s for a voicemail instead of 45 s, and {timeout} s instead of \
           30 s for Front's answer; sends up to {resource} requests per second to one resource \
           instead of 5\n  \
           Front     allows {rpm} requests per minute (real plans: 50 to 200) and {burst} above \
           them in ten minutes (25 to 100), {resource} per second to one resource ({own}); shows an \
           import after {min} to {max} s (up to 15); holds its answers to imports back for the \
           moment of the kill",
        window = sending.window_ms / 1_000,
        again = sending.retry_after_ms as f64 / 1_000.0,
        settle = world::SETTLE_S,
        timeout = world::TIMEOUT_S,
        resource = limits.per_resource_per_s,
        own = plan.per_resource_per_s,
        rpm = limits.requests_per_minute,
        burst = limits.burst,
        min = world::VISIBLE_MS.min / 1_000,
        max = world::VISIBLE_MS.max / 1_000,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_tells_the_values_that_are_used() {
        let choices = Choices { front_rpm: 1_234, ..Choices::default() };
        let mut text = String::new();
        changed(&choices, &mut text);
        let sending = world::sending();
        let again = format!("comes again after {} s", sending.retry_after_ms as f64 / 1_000.0);
        for told in [again.as_str(), "stays on", "allows 1234 requests", "617 above them"] {
            assert!(text.contains(told), "{told}: {text}");
        }
    }
}
