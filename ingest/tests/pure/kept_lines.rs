//! B14: lines whose events are kept at all.

use ingest::KeptLines;
use schemas::LineId;

use crate::bodies::{event, full};

#[test]
fn b14_a_line_is_wanted_by_its_name_or_its_id_and_kept_when_it_says_neither() {
    let only = KeptLines::Only(vec!["Sales".to_owned(), "17".to_owned()]);
    for (id, name, kept) in [
        (Some(17), Some("Other"), true),
        (Some(17), None, true),
        (Some(18), Some("Sales"), true),
        (None, Some("Sales"), true),
        (Some(18), Some("Other"), false),
        (Some(18), None, false),
        (None, Some("Other"), false),
        (None, None, true),
    ] {
        let mut event = event(&full());
        event.line_id = id.map(|id| LineId::try_from(id).unwrap());
        event.line_name = name.map(Into::into);
        assert_eq!(only.keep(&event), kept, "{id:?} {name:?}");
        assert!(KeptLines::All.keep(&event));
    }
}
