//! Answers that do not come, and answers that lie: whatever is in doubt is settled by looking.

use simulators::front::{DuplicateImport, Faults, OutageForm, Switches};

use crate::stage::{Call, IMPATIENT, Stage, bodies, contact, quick_front};

/// Sends calls of several contacts through a troubled Front and checks that each effect is there once.
async fn exactly_once(faults: Faults, duplicate_import: DuplicateImport) {
    let mut config = quick_front();
    config.switches = Switches { duplicate_import, ..Switches::default() };
    let mut stage = Stage::set(config).await;
    stage.config.timeout = IMPATIENT;
    stage.start();
    stage.status(|status| status.requests >= 3).await;
    stage.front.set_faults(faults);
    for number in 0..6 {
        let who = contact(number);
        let call = Call::answered(&who, i64::from(number) + 1);
        let commands =
            [call.main(), call.duration(), call.comment(8, "Same"), call.comment(9, "Same")];
        for command in commands {
            stage.send(command).await;
        }
    }
    for number in 0..6 {
        let who = contact(number);
        let id = number + 1;
        for piece in ["main", "duration", "comment:8", "comment:9"] {
            stage.done(&who, &format!("call:{id}:{piece}")).await;
        }
    }
    let shown = stage.front.snapshot();
    assert_eq!((shown.contacts.len(), shown.conversations.len()), (6, 6));
    for conversation in &shown.conversations {
        let bodies = bodies(conversation);
        assert_eq!(bodies.len(), 4, "{bodies:?}");
        assert!(bodies[0].starts_with("Main") && bodies[1].starts_with("Duration"));
        assert!(bodies[2].ends_with("comment 8]") && bodies[3].ends_with("comment 9]"));
    }
    stage.curtain().await;
}

#[tokio::test]
async fn b30_b31_errors_and_cuts_before_and_after_the_effect_leave_each_effect_once() {
    for (seed, duplicate) in [(1, DuplicateImport::SameUid), (2, DuplicateImport::Refused400)] {
        let faults = Faults {
            seed,
            error_before: 0.1,
            error_after: 0.1,
            cut_before: 0.05,
            cut_after: 0.1,
            ..Faults::default()
        };
        exactly_once(faults, duplicate).await;
    }
}

#[tokio::test]
async fn b31_an_import_whose_answer_was_lost_is_known_under_every_answer_to_its_repeat() {
    for duplicate in [
        DuplicateImport::SameUid,
        DuplicateImport::NewUidResolves,
        DuplicateImport::NewUidNeverResolves,
        DuplicateImport::Refused400,
        DuplicateImport::Refused409,
    ] {
        let mut config = quick_front();
        config.switches = Switches { duplicate_import: duplicate, ..Switches::default() };
        let mut stage = Stage::set(config).await;
        let who = contact(1);
        // An effect that parks has the contact made; then Front accepts an import and answers 5xx.
        stage.start();
        let nowhere =
            Call::missed(&who, 2).main_with(|activity| activity.inbox_id = Some("inb_999".into()));
        stage.send(nowhere).await;
        stage.status(|status| status.parked == 1).await;
        stage.front.set_faults(Faults { error_after: 1.0, ..Faults::default() });
        stage.send(Call::missed(&who, 1).main()).await;
        stage.status(|status| status.in_doubt == 1).await;
        stage.front.set_faults(Faults::default());
        stage.done(&who, "call:1:main").await;
        assert_eq!(stage.conversations().len(), 1, "{duplicate:?}");
        assert_eq!(stage.conversations()[0].entries.len(), 1, "{duplicate:?}");
        stage.curtain().await;
    }
}

#[tokio::test]
async fn b31_a_request_that_is_never_answered_is_repeated_as_it_was() {
    let mut stage = Stage::set(quick_front()).await;
    stage.config.timeout = IMPATIENT;
    stage.start();
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    stage.done(&who, "call:1:main").await;
    stage.front.set_faults(Faults { hang_after: 1.0, ..Faults::default() });
    stage.send(Call::missed(&who, 2).main()).await;
    stage.status(|status| status.in_doubt == 1).await;
    stage.front.set_faults(Faults::default());
    stage.done(&who, "call:2:main").await;
    let imports: Vec<_> = stage
        .writes()
        .into_iter()
        .filter(|it| it.external_id.as_ref().is_some_and(|id| id.ends_with(":call:2:main")))
        .map(|it| it.body)
        .collect();
    assert!(imports.len() >= 2);
    assert!(imports.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(stage.conversations()[0].entries.len(), 2);
    stage.curtain().await;
}

#[tokio::test]
async fn b31_in_an_outage_there_is_one_probe_at_a_time_and_nothing_is_lost() {
    for outage_form in [OutageForm::Unavailable, OutageForm::Cut] {
        let mut config = quick_front();
        config.faults.outage_form = outage_form;
        let mut stage = Stage::running(config).await;
        stage.status(|status| status.requests >= 3).await;
        stage.front.outage(true);
        for number in 0..20 {
            stage.send(Call::missed(&contact(number), i64::from(number) + 1).main()).await;
        }
        let held = stage.status(|status| status.state == "held").await;
        assert!(held.reason.unwrap().contains("does not answer"));
        let so_far = stage.front.counts().requests;
        stage.front.until_counts(|counts| counts.requests >= so_far + 3).await;
        // What is no probe was under way already when Front counted as away.
        let others = stage.routes().len();
        assert!(others < 20 + 5, "{others} requests");
        let requests = stage.requests();
        let probes = requests.iter().filter(|it| it.route.as_deref() == Some("GET /me"));
        let probes: Vec<i64> = probes.map(|it| it.at_ms).collect();
        assert!(probes.len() >= 3, "one at the start, and others");
        // Each comes half a second or more after the answer to the one before.
        assert!(probes[1..].windows(2).all(|pair| pair[1] - pair[0] >= 499), "{probes:?}");
        stage.front.outage(false);
        for number in 0..20 {
            stage.done(&contact(number), &format!("call:{}:main", number + 1)).await;
        }
        assert_eq!(stage.conversations().len(), 20);
        stage.curtain().await;
    }
}
