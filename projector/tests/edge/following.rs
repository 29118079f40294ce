//! What comes out of the log when events go in.

use schemas::{Action, TimeMs};

use crate::centre::{Centre, keys};
use crate::events::{Call, agent, contact};

fn at(centre: &Centre, ms: i64) -> TimeMs {
    centre.now().plus_ms(ms)
}

#[tokio::test(start_paused = true)]
async fn b07_an_answered_call_becomes_main_duration_and_recording() {
    let centre = Centre::new();
    let running = centre.start();
    let start = at(&centre, 0);
    let call = Call::inbound(7, start)
        .answered(start.plus_ms(12_000), Some(agent(1)))
        .ended(start.plus_ms(217_000))
        .recording();
    centre.call(&call.event("call.ended", start.plus_ms(247_000))).await;
    let commands = centre.commands(&contact(), 3).await;
    assert_eq!(keys(&commands), ["call:7:main", "call:7:duration", "call:7:recording"]);
    let Action::Activity(duration) = &commands[1].action else { panic!("not an activity") };
    assert_eq!(duration.body, "Duration: 3 min 25 s (waited 12 s)\nAircall call 7");
    running.stop().await;
}
