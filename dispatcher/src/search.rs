//! Where an accepted import is looked for next. It should show in the contact's conversation; where it
//! does not, it may lie in another one: an import by reference can begin one, because nobody says whether
//! a reference leads to a conversation that was moved.

/// Looks at the place where it should be, before others are tried: the conversation, or its uid while the
/// conversation is not known.
const LOOKS_AT_HOME: u8 = 3;

/// What is known of what is looked for, and of earlier looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// Looks that found nothing.
    pub missed: u8,
    /// The contact's conversation is known.
    pub conversation: bool,
    /// It is longer than one page, so that its newest page decides nothing.
    pub long: bool,
    /// Front answered the import with a uid. After a repeat it may lead nowhere.
    pub uid: bool,
    /// The contact's conversations were listed for this look.
    pub listed: bool,
    /// Of them one was not searched yet.
    pub candidate: bool,
    /// The contact is known, so that its conversations can be listed.
    pub contact: bool,
}

/// One place to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The contact's conversation.
    Conversation,
    /// The message itself, by its uid: wherever it lies.
    Uid,
    /// The list of the contact's conversations.
    Contact,
    /// The next of them.
    Candidate,
    /// Nowhere this time.
    Nowhere,
}

/// The next place to look.
#[must_use]
pub const fn next(known: Known) -> Place {
    let at_home = known.missed < LOOKS_AT_HOME;
    if known.conversation && at_home && !(known.long && known.uid) {
        return Place::Conversation;
    }
    let by_turns = known.missed % 2 == 1;
    let asks_uid = if known.conversation { known.long || by_turns } else { at_home };
    if known.uid && asks_uid {
        Place::Uid
    } else if known.candidate {
        Place::Candidate
    } else if known.contact && !known.listed {
        Place::Contact
    } else {
        Place::Nowhere
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where each look from the first to the eighth goes, as one letter each.
    fn looks(known: Known) -> String {
        let letter = |missed| match next(Known { missed, ..known }) {
            Place::Conversation => 'c',
            Place::Uid => 'u',
            Place::Contact => 'l',
            Place::Candidate => 'n',
            Place::Nowhere => '-',
        };
        (0..8).map(letter).collect()
    }

    #[test]
    fn b30_what_does_not_show_where_it_should_is_looked_for_by_its_uid_and_everywhere() {
        let known = Known { uid: true, contact: true, conversation: true, ..Known::default() };
        let unknown = Known { conversation: false, ..known };
        let searched = |known: Known| Known { listed: true, ..known };
        let next_one = |known: Known| Known { candidate: true, ..searched(known) };
        for (name, known, places) in [
            ("in its conversation", known, "cccululu"),
            ("one of several conversations", next_one(known), "cccununu"),
            ("all were searched", searched(known), "cccu-u-u"),
            ("in a long conversation", Known { long: true, ..known }, "uuuuuuuu"),
            ("without a uid", Known { uid: false, ..known }, "ccclllll"),
            ("long, without a uid", Known { uid: false, long: true, ..known }, "ccclllll"),
            ("of a new contact", unknown, "uuulllll"),
            ("of a new contact, listed", next_one(unknown), "uuunnnnn"),
            ("of a new contact, without a uid", Known { uid: false, ..unknown }, "llllllll"),
            ("of nobody", Known { contact: false, ..unknown }, "uuu-----"),
        ] {
            assert_eq!(looks(known), places, "{name}");
        }
    }
}
