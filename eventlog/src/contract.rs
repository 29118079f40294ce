//! The contract suite: what any adapter must pass, as functions that panic with a sentence.
//!
//! An adapter makes a [`Subject`] and writes `eventlog::contract_tests!(make)`, where
//! `async fn make(topics: Vec<TopicSpec>) -> Box<dyn Subject>` makes an empty log: each rule
//! becomes a test of its own. Where a log cannot always be had, `make` returns an `Option`; none is
//! a rule that is skipped, and `make` has said so. `CONTRACT_RULES` is how many there are.

pub mod atomic;
pub mod cleaning;
pub mod durable;
pub mod fencing;
pub mod follow;
pub mod limits;
pub mod order;
pub mod positions;
mod world;

use std::sync::Arc;

use async_trait::async_trait;

use crate::{Log, ManualClock};

pub use world::World;

/// A log under test, and what is done to it from outside.
#[async_trait]
pub trait Subject: Send + Sync + 'static {
    /// The open log.
    fn log(&self) -> Arc<dyn Log>;

    /// The clock that it was opened with.
    fn clock(&self) -> ManualClock;

    /// Ends the log in order and opens it again.
    async fn reopen(&mut self);

    /// Ends the log as a crash would, and opens it again.
    async fn crash(&mut self);

    /// Compacts and drops everything that is due.
    ///
    /// # Errors
    /// A sentence that says why this adapter cannot do it on command: the check is skipped.
    async fn clean(&self) -> Result<(), String>;
}

/// What `make` gives: a log, or none where there cannot be one.
pub trait Made {
    /// The log, if there is one.
    fn made(self) -> Option<Box<dyn Subject>>;
}

impl Made for Box<dyn Subject> {
    fn made(self) -> Option<Box<dyn Subject>> {
        Some(self)
    }
}

impl Made for Option<Box<dyn Subject>> {
    fn made(self) -> Option<Box<dyn Subject>> {
        self
    }
}

/// Makes one test of each rule of the contract.
#[macro_export]
macro_rules! contract_tests {
    ($make:path) => {
        $crate::contract_tests!(@each $make;
            order::offsets_come_in_the_order_given,
            order::a_partition_is_read_in_order_each_record_once,
            order::everything_about_a_record_is_kept,
            order::a_record_that_is_carried_over_keeps_its_time,
            order::concurrent_appends_keep_each_callers_order,
            order::a_reader_starts_where_it_is_told,
            order::batches_are_as_large_as_asked,
            atomic::a_commit_is_seen_whole_or_not_at_all,
            atomic::a_refused_commit_leaves_nothing,
            atomic::a_refused_append_gives_its_records_back,
            fencing::a_new_owner_fences_the_old_one,
            fencing::an_empty_commit_is_fenced_too,
            fencing::names_do_not_fence_each_other,
            fencing::nothing_of_the_old_owner_appears_after_the_fence,
            fencing::a_reopened_log_has_no_old_owners,
            durable::what_was_acknowledged_survives_an_orderly_end,
            durable::what_was_acknowledged_survives_a_crash,
            durable::a_reopened_log_goes_on_where_it_ended,
            durable::the_identity_never_changes,
            follow::a_waiting_reader_is_woken,
            follow::a_cancelled_wait_loses_nothing,
            follow::a_reader_of_another_partition_keeps_waiting,
            follow::everyone_sees_what_returned_before,
            limits::unknown_places_are_refused,
            limits::a_record_that_is_too_large_is_refused,
            limits::nothing_is_a_commit_too,
            limits::a_member_gets_all_slots_or_waits,
            positions::a_position_moves_with_its_output,
            cleaning::compaction_keeps_the_newest_of_each_key,
            cleaning::offsets_stay_and_gaps_are_passed,
            cleaning::a_tombstone_is_kept_and_then_forgotten,
            cleaning::retention_drops_what_is_old,
            cleaning::what_is_carried_over_is_as_old_as_it_was,
            cleaning::the_end_stays_when_everything_is_dropped,
            cleaning::a_reader_goes_on_during_compaction,
            cleaning::what_is_cleaned_stays_so_after_a_reopen,
        );
    };
    (@each $make:path; $($group:ident::$rule:ident,)*) => {
        /// How many rules there are.
        #[allow(dead_code, reason = "only who may have to skip them counts them")]
        const CONTRACT_RULES: usize = [$(stringify!($rule)),*].len();

        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                let make = |topics| async move { $make(topics).await };
                let Some(mut world) = $crate::contract::World::new(make).await else { return };
                $crate::contract::$group::$rule(&mut world).await;
            }
        )*
    };
}
