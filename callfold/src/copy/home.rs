//! Where a record lies in a log with another number of partitions: its key says it.
//!
//! Everything of a contact lies in one partition, so its records keep their order wherever that is:
//! they are read in their order and written in their order.

use eventlog::Partition;
use eventlog::partitioner::partition_of;

/// What becomes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home<'a> {
    /// It goes to the partition that these bytes of its key have: a contact's, or, where none is
    /// known, an event's.
    Spread(&'a [u8]),
    /// It goes to the first partition: it is of the whole log.
    First,
    /// It stays behind: it says how far somebody has read the log that it is in, and means nothing in
    /// another. The copy writes the target's own.
    Stays,
}

/// What becomes of the record with this key. See `schemas::topics::key` for the keys that there are.
#[must_use]
pub fn of(key: &[u8]) -> Home<'_> {
    if [b"position|".as_slice(), b"copy|", b"order|"].iter().any(|it| key.starts_with(it)) {
        return Home::Stays;
    }
    if key.starts_with(b"status|") {
        return Home::First;
    }
    if let Some(rest) = key.strip_prefix(b"thread|").or_else(|| key.strip_prefix(b"?|")) {
        return Home::Spread(rest);
    }
    Home::Spread(key.split(|byte| *byte == b'|').next().unwrap_or(key))
}

impl Home<'_> {
    /// The partition of a log that has so many; none for what stays.
    #[must_use]
    pub fn partition(self, partitions: u32) -> Option<Partition> {
        match self {
            Home::Spread(bytes) => Some(partition_of(bytes, partitions)),
            Home::First => Some(Partition(0)),
            Home::Stays => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use schemas::topics::key;
    use schemas::{CallId, Contact, EffectKey, EventId, LineId};

    use super::*;

    #[test]
    fn every_key_that_there_is_has_a_home() {
        let contact = Contact::from_e164("+33612345678").unwrap();
        let nobody = Contact::anonymous(Some(LineId::try_from(7).unwrap()));
        let call = CallId::try_from(9).unwrap();
        let event = EventId::try_from("evt|1".to_owned()).unwrap();
        let own = Home::Spread(b"+33612345678");
        for (key, home) in [
            (key::event(&contact, &event), own),
            (key::effect(&contact, &EffectKey::of_call(call, "main")), own),
            (key::call(&contact, call), own),
            (key::conversation(&contact), own),
            (key::thread(&contact), own),
            (key::conversation(&nobody), Home::Spread(b"anonymous:7")),
            (key::thread(&nobody), Home::Spread(b"anonymous:7")),
            (key::orphan(&event), Home::Spread(b"evt|1")),
            (key::status("dispatcher"), Home::First),
            (key::position("projector/3"), Home::Stays),
            (key::position("dispatcher"), Home::Stays),
            (key::order("dispatcher"), Home::Stays),
            (key::copy("begun"), Home::Stays),
            (Vec::new(), Home::Spread(b"")),
        ] {
            assert_eq!(of(&key), home, "{}", String::from_utf8_lossy(&key));
        }
    }

    #[test]
    fn a_home_is_where_the_services_put_it() {
        let contact = Contact::from_e164("+33612345678").unwrap();
        for partitions in [1, 7, 12] {
            let services = partition_of(contact.as_str().as_bytes(), partitions);
            assert_eq!(of(&key::thread(&contact)).partition(partitions), Some(services));
            assert_eq!(of(&key::conversation(&contact)).partition(partitions), Some(services));
            assert_eq!(Home::First.partition(partitions), Some(Partition(0)));
            assert_eq!(Home::Stays.partition(partitions), None);
        }
    }
}
