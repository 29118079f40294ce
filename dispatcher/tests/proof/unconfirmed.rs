//! Whatever Front answers where its documentation is silent, a person sees the same in the end.

use simulators::front::Switches;

use crate::stage::{Call, Stage, bodies, contact, quick_front};

#[tokio::test]
async fn b30_every_other_answer_that_front_might_give_leads_to_the_same_threads() {
    for (name, switches) in Switches::alternatives() {
        let mut config = quick_front();
        config.switches = switches;
        let mut stage = Stage::running(config).await;
        let who = contact(1);
        let first = Call::answered(&who, 1);
        let second = Call::missed(&who, 2);
        for command in [first.main(), first.duration(), first.comment(9, "Hello"), second.main()] {
            stage.send(command).await;
        }
        stage
            .all_done(&who, &["call:1:main", "call:1:duration", "call:1:comment:9", "call:2:main"])
            .await;
        let conversations = stage.conversations();
        assert_eq!(conversations.len(), 1, "{name}");
        assert_eq!(bodies(&conversations[0]).len(), 4, "{name}");
        assert_eq!(stage.front.snapshot().contacts.len(), 1, "{name}");
        stage.curtain().await;
    }
}
