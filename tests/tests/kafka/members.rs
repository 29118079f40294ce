//! Members of a role share its slots, and let go of them before others get them.

use std::collections::BTreeSet;
use std::time::Duration;

use eventlog::{Log, Membership, MembershipChange};
use futures::FutureExt;

use crate::place::{Place, soon};
use crate::shared_cluster;

pub const CHECKS: usize = 5;

/// The slots of a member, after taking changes until it has `wanted`; what is revoked is released.
async fn until(member: &mut dyn Membership, owned: &mut BTreeSet<u32>, wanted: usize) {
    while owned.len() != wanted {
        match soon("a change", member.change()).await.expect("a change") {
            MembershipChange::Granted(slots) => owned.extend(slots),
            MembershipChange::Revoked(slots) => {
                owned.retain(|slot| !slots.contains(slot));
                member.released(&slots).await.expect("releases");
            }
            MembershipChange::Lost(slots) => owned.retain(|slot| !slots.contains(slot)),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_share_the_slots_and_take_over_from_who_leaves() {
    let Some(cluster) = shared_cluster().await else { return };
    let place = Place::new(cluster);
    place.create().await;
    let (here, there) = (place.open().await, place.open().await);
    let mut first = here.join("projector", 3).await.expect("joins");
    let (mut of_first, mut of_second) = (BTreeSet::new(), BTreeSet::new());
    until(&mut *first, &mut of_first, 3).await;
    let mut second = there.join("projector", 3).await.expect("joins");
    tokio::join!(
        async {
            while of_first.len() == 3 {
                until(&mut *first, &mut of_first, 2).await;
            }
        },
        async {
            while of_second.is_empty() {
                until(&mut *second, &mut of_second, 1).await;
            }
        },
    );
    let all: BTreeSet<u32> = of_first.union(&of_second).copied().collect();
    assert_eq!(all, (0..3).collect());
    assert!(of_first.is_disjoint(&of_second));
    first.leave().await.expect("leaves");
    until(&mut *second, &mut of_second, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_goes_on_only_when_it_is_released() {
    let Some(cluster) = shared_cluster().await else { return };
    let place = Place::new(cluster);
    place.create().await;
    let (here, there) = (place.open().await, place.open().await);
    let mut first = here.join("projector", 3).await.expect("joins");
    until(&mut *first, &mut BTreeSet::new(), 3).await;
    let mut second = there.join("projector", 3).await.expect("joins");
    let change = soon("a revocation", first.change()).await.expect("a change");
    let MembershipChange::Revoked(slots) = change else { panic!("{change:?}") };
    assert!(second.change().now_or_never().is_none(), "nothing is released yet");
    first.released(&slots).await.expect("releases");
    let change = soon("a grant", second.change()).await.expect("a change");
    assert_eq!(change, MembershipChange::Granted(slots));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_that_are_not_released_in_time_are_lost() {
    let Some(cluster) = shared_cluster().await else { return };
    let mut place = Place::new(cluster);
    place.options.release_timeout = Duration::from_secs(1);
    place.create().await;
    let (here, there) = (place.open().await, place.open().await);
    let mut first = here.join("projector", 3).await.expect("joins");
    until(&mut *first, &mut BTreeSet::new(), 3).await;
    let mut second = there.join("projector", 3).await.expect("joins");
    let change = soon("a revocation", first.change()).await.expect("a change");
    let MembershipChange::Revoked(slots) = change else { panic!("{change:?}") };
    let change = soon("the loss", first.change()).await.expect("a change");
    assert_eq!(change, MembershipChange::Lost(slots.clone()));
    let change = soon("a grant", second.change()).await.expect("a change");
    assert_eq!(change, MembershipChange::Granted(slots));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_several_members_has_the_only_slot() {
    let Some(cluster) = shared_cluster().await else { return };
    let place = Place::new(cluster);
    place.create().await;
    let (here, there) = (place.open().await, place.open().await);
    let mut active = here.join("dispatcher", 1).await.expect("joins");
    let mut owned = BTreeSet::new();
    until(&mut *active, &mut owned, 1).await;
    let mut ready = there.join("dispatcher", 1).await.expect("joins");
    active.leave().await.expect("leaves");
    let mut next = BTreeSet::new();
    until(&mut *ready, &mut next, 1).await;
    assert_eq!((owned, next), (BTreeSet::from([0]), BTreeSet::from([0])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_with_a_name_keeps_its_slots_over_a_restart() {
    let Some(cluster) = shared_cluster().await else { return };
    let mut place = Place::new(cluster);
    // A restart on a busy machine is well within it.
    place.options.session_timeout = Duration::from_mins(5);
    place.create().await;
    place.options.member = Some("named".to_owned());
    let named = place.open().await;
    place.options.member = Some("other".to_owned());
    let there = place.open().await;
    let mut before = named.join("projector", 3).await.expect("joins");
    let mut owned = BTreeSet::new();
    until(&mut *before, &mut owned, 3).await;
    let mut other = there.join("projector", 3).await.expect("joins");
    let change = soon("a revocation", before.change()).await.expect("a change");
    let MembershipChange::Revoked(moved) = change else { panic!("{change:?}") };
    before.released(&moved).await.expect("releases");
    let mut of_other = BTreeSet::new();
    until(&mut *other, &mut of_other, moved.len()).await;
    owned.retain(|slot| !moved.contains(slot));

    before.leave().await.expect("leaves");
    drop(named);
    place.options.member = Some("named".to_owned());
    let named = place.open().await;
    let mut after = named.join("projector", 3).await.expect("joins");
    let mut again = BTreeSet::new();
    until(&mut *after, &mut again, owned.len()).await;
    assert_eq!(again, owned);
    assert!(other.change().now_or_never().is_none(), "the other one learns nothing of it");
}
