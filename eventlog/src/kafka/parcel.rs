//! Records on their way to the brokers, and what became of each.

use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::error::RDKafkaErrorCode;
use tokio::sync::oneshot;

use crate::Offset;

/// What became of one record: its offset, or why it is not known to be durable.
pub(super) type Fate = Result<Offset, RDKafkaErrorCode>;

/// Some records that were sent together.
pub(super) struct Parcel {
    state: Mutex<State>,
}

struct State {
    fates: Vec<Fate>,
    open: usize,
    done: Option<oneshot::Sender<Vec<Fate>>>,
}

/// One record of a parcel, as librdkafka carries it along.
pub(super) struct Ticket {
    parcel: Arc<Parcel>,
    place: u32,
}

impl Parcel {
    /// A ticket for each of `records` records, and where their fates come when all are known.
    pub(super) fn of(
        records: usize,
    ) -> (impl Iterator<Item = Box<Ticket>>, oneshot::Receiver<Vec<Fate>>) {
        let (done, told) = oneshot::channel();
        let fates = vec![Err(RDKafkaErrorCode::InProgress); records];
        let state = State { fates, open: records, done: Some(done) };
        let parcel = Arc::new(Parcel { state: Mutex::new(state) });
        let tickets = (0..records).map(move |place| {
            let place = u32::try_from(place).expect("64 MiB have fewer than 2^32 records");
            Box::new(Ticket { parcel: parcel.clone(), place })
        });
        (tickets, told)
    }
}

impl Ticket {
    /// Says what became of the record.
    pub(super) fn tell(self, fate: Fate) {
        let mut state = self.parcel.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.fates[self.place as usize] = fate;
        state.open -= 1;
        if state.open == 0
            && let Some(done) = state.done.take()
        {
            // Nobody listens when the append was dropped.
            let _ = done.send(std::mem::take(&mut state.fates));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fates_come_when_the_last_is_known_in_the_order_of_the_records() {
        let (tickets, mut told) = Parcel::of(3);
        let mut tickets: Vec<_> = tickets.collect();
        tickets.pop().expect("three").tell(Ok(Offset(7)));
        tickets.remove(0).tell(Err(RDKafkaErrorCode::MessageTimedOut));
        assert!(told.try_recv().is_err());
        tickets.remove(0).tell(Ok(Offset(6)));
        let timed_out = Err(RDKafkaErrorCode::MessageTimedOut);
        assert_eq!(told.try_recv(), Ok(vec![timed_out, Ok(Offset(6)), Ok(Offset(7))]));
    }
}
