//! One place where Front shows something else than it must.

use std::fmt;

use super::expectation::Piece;

/// What kind of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Something is not there.
    Lost,
    /// Something is there more than once.
    Duplicated,
    /// Something is there that should not be.
    Unexpected,
    /// Entries stand in the wrong order, or at the wrong time.
    Order,
    /// Logged by somebody else, or in the wrong direction.
    WrongAuthor,
    /// Assigned to somebody else.
    WrongAssignee,
    /// Another subject, of a message or of the header.
    WrongSubject,
    /// In another inbox.
    WrongInbox,
    /// Archived instead of open, or the other way round.
    WrongStatus,
    /// Another text.
    WrongText,
    /// Between other handles.
    WrongHandle,
    /// In another conversation than the contact's.
    WrongConversation,
    /// The contact is missing, doubled, or has another name.
    WrongContact,
    /// Other tags than the company rules leave.
    WrongTags,
    /// Other participants than the inbox's members.
    WrongParticipants,
}

impl Class {
    /// The class in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Duplicated => "duplicated",
            Self::Unexpected => "unexpected",
            Self::Order => "order",
            Self::WrongAuthor => "wrong author",
            Self::WrongAssignee => "wrong assignee",
            Self::WrongSubject => "wrong subject",
            Self::WrongInbox => "wrong inbox",
            Self::WrongStatus => "wrong status",
            Self::WrongText => "wrong text",
            Self::WrongHandle => "wrong handle",
            Self::WrongConversation => "wrong conversation",
            Self::WrongContact => "wrong contact",
            Self::WrongTags => "wrong tags",
            Self::WrongParticipants => "wrong participants",
        }
    }
}

/// One difference. What it prints names ids, and never a number, a name or a text; the two values are
/// fields, for a test that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The kind of mistake.
    pub class: Class,
    /// Aircall's call id; for the whole of a conversation, its first call's.
    pub call: i64,
    /// Which activity or comment; none for the whole of a conversation or contact.
    pub piece: Option<Piece>,
    /// Front's conversation, where there is one.
    pub conversation: Option<String>,
    /// One sentence without personal data.
    pub note: String,
    /// What should be there.
    pub expected: String,
    /// What is.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: call {}", self.class.as_str(), self.call)?;
        match self.piece {
            Some(Piece::Main) => write!(f, ", main activity")?,
            Some(Piece::Duration) => write!(f, ", duration")?,
            Some(Piece::Recording) => write!(f, ", recording")?,
            Some(Piece::Voicemail) => write!(f, ", voicemail link")?,
            Some(Piece::Comment(id)) => write!(f, ", comment {id}")?,
            None => {}
        }
        if let Some(conversation) = &self.conversation {
            write!(f, ", in {conversation}")?;
        }
        write!(f, ": {}", self.note)
    }
}

impl Difference {
    pub(super) fn new(class: Class, call: i64, note: &str) -> Self {
        Self {
            class,
            call,
            piece: None,
            conversation: None,
            note: note.to_owned(),
            expected: String::new(),
            found: String::new(),
        }
    }

    pub(super) fn piece(mut self, piece: Piece) -> Self {
        self.piece = Some(piece);
        self
    }

    pub(super) fn within(mut self, conversation: &str) -> Self {
        self.conversation = Some(conversation.to_owned());
        self
    }

    pub(super) fn values(mut self, expected: &impl fmt::Debug, found: &impl fmt::Debug) -> Self {
        self.expected = format!("{expected:?}");
        self.found = format!("{found:?}");
        self
    }
}
