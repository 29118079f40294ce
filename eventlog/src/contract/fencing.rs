//! A writer's name has one owner: the one who opened it last.

use super::World;
use super::world::{record, soon};
use crate::{CommitError, WriterName};

fn name() -> WriterName {
    WriterName("projector/3".to_owned())
}

/// Opening a name makes the old owner's commits fail for ever, and leaves nothing of them.
pub async fn a_new_owner_fences_the_old_one(world: &mut World) {
    let log = world.subject.log();
    let mut old = log.writer(&name()).await.expect("opens");
    old.commit(vec![record(&world.all, 0, "k", "old")]).await.expect("owns the name");
    let mut new = log.writer(&name()).await.expect("opens");
    for _ in 0..2 {
        let fenced = old.commit(vec![record(&world.all, 0, "k", "zombie")]).await;
        assert!(
            matches!(&fenced, Err(CommitError::Fenced(fenced)) if *fenced == name()),
            "{fenced:?}"
        );
    }
    new.commit(vec![record(&world.all, 0, "k", "new")]).await.expect("owns the name");
    assert_eq!(world.values(&world.all, 0).await, ["old", "new"]);
}

/// An owner who has nothing to write learns of the fence as well.
pub async fn an_empty_commit_is_fenced_too(world: &mut World) {
    let log = world.subject.log();
    let mut old = log.writer(&name()).await.expect("opens");
    old.commit(Vec::new()).await.expect("owns the name");
    let _new = log.writer(&name()).await.expect("opens");
    let fenced = old.commit(Vec::new()).await;
    assert!(matches!(fenced, Err(CommitError::Fenced(_))), "{fenced:?}");
}

/// Another name and the appender are not touched.
pub async fn names_do_not_fence_each_other(world: &mut World) {
    let log = world.subject.log();
    let mut one = log.writer(&WriterName("projector/1".to_owned())).await.expect("opens");
    let _other = log.writer(&WriterName("projector/11".to_owned())).await.expect("opens");
    one.commit(vec![record(&world.all, 0, "k", "one")]).await.expect("owns its name");
    world.append(vec![record(&world.all, 0, "k", "append")]).await;
    assert_eq!(world.values(&world.all, 0).await, ["one", "append"]);
}

/// The name changes its owner while the old one commits as fast as it can, at 40 different moments:
/// each time, what of the old one is not visible when the new one has opened never will be.
pub async fn nothing_of_the_old_owner_appears_after_the_fence(world: &mut World) {
    let log = world.subject.log();
    for moment in 0..40 {
        let mut old = log.writer(&name()).await.expect("opens");
        let topic = world.all.clone();
        let (began, begun) = tokio::sync::oneshot::channel();
        let zombie = tokio::spawn(async move {
            let mut began = Some(began);
            let mut committed = 0;
            loop {
                if let (true, Some(began)) = (committed == moment % 4, began.take()) {
                    let _ = began.send(());
                } else if let Some(began) = began.take_if(|_| committed > 3) {
                    let _ = began.send(());
                }
                let records = (0..3).map(|p| record(&topic, p, "k", "old")).collect();
                match old.commit(records).await {
                    Ok(_) => committed += 1,
                    Err(error) => return (committed, error),
                }
            }
        });
        // The old owner may be before, in or after a commit when its name is taken.
        let _ = begun.await;
        for _ in 0..moment {
            tokio::task::yield_now().await;
        }
        let mut new = log.writer(&name()).await.expect("opens");
        let visible = everywhere(world).await;
        let commits = visible[0].len();
        assert!(
            visible.iter().all(|v| v.len() == commits),
            "a commit is half visible: {visible:?}"
        );
        let (_, error) = soon("the old owner is fenced", zombie).await.expect("the zombie ends");
        assert!(matches!(error, CommitError::Fenced(_)), "{error}");
        new.commit(vec![record(&world.all, 0, "k", "new")]).await.expect("commits");
        let rest = (1..3).map(|p| record(&world.all, p, "k", "new")).collect();
        new.commit(rest).await.expect("commits");
        for (values, before) in everywhere(world).await.into_iter().zip(visible) {
            let (last, others) = values.split_last().expect("the new owner's record");
            assert_eq!((last.as_str(), others), ("new", &before[..]), "the old owner wrote again");
        }
    }
}

/// The values of each partition.
async fn everywhere(world: &World) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for partition in 0..3 {
        all.push(world.values(&world.all, partition).await);
    }
    all
}

/// Who owned a name before the log was opened again cannot commit, and the name can be opened.
pub async fn a_reopened_log_has_no_old_owners(world: &mut World) {
    let mut old = world.subject.log().writer(&name()).await.expect("opens");
    old.commit(vec![record(&world.all, 0, "k", "old")]).await.expect("owns the name");
    world.subject.reopen().await;
    assert!(old.commit(vec![record(&world.all, 0, "k", "zombie")]).await.is_err());
    let mut new = world.subject.log().writer(&name()).await.expect("opens");
    new.commit(vec![record(&world.all, 0, "k", "new")]).await.expect("owns the name");
    assert_eq!(world.values(&world.all, 0).await, ["old", "new"]);
}
