//! What must be there, as plain values.

/// Everything that Front must show.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expectation {
    /// One per contact, by the end of its first call.
    pub threads: Vec<ExpectedThread>,
}

/// One contact and its conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedThread {
    /// The contact's handle: an E.164 number, or `anonymous:<line id>`.
    pub handle: String,
    /// Names that the contact may have; empty when any will do.
    pub names: Vec<String>,
    /// The inbox: one value, but for what the module's doc names.
    pub inboxes: Vec<String>,
    /// The tags, where they are certain.
    pub tags: Option<Vec<String>>,
    /// Whether it may be archived: one value, or both.
    pub archived: Vec<bool>,
    /// Who may be assigned, lower-case e-mails.
    pub assignees: Vec<Option<String>>,
    /// What the header may show.
    pub headers: Vec<String>,
    /// The inbox's members, sorted, if they are known.
    pub participants: Option<Vec<String>>,
    /// Its calls by their end.
    pub calls: Vec<ExpectedCall>,
}

/// One call in its conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedCall {
    /// Aircall's id.
    pub id: i64,
    /// How many archives came before; none when that is not certain.
    pub epoch: Option<usize>,
    /// No archive can have come between its main activity and its other ones.
    pub one_subject: bool,
    /// The allowed sets of activities; nearly always one.
    pub forms: Vec<Form>,
    /// Its comments, oldest first.
    pub comments: Vec<ExpectedComment>,
}

/// One allowed set of activities, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// The first is the main one.
    pub messages: Vec<ExpectedMessage>,
}

/// Which piece of information an activity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Piece {
    /// Qualification, line, customer, agent.
    Main,
    /// The duration.
    Duration,
    /// The recording's link.
    Recording,
    /// The voicemail's link.
    Voicemail,
    /// A comment, with Aircall's id.
    Comment(i64),
}

/// One activity.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedMessage {
    /// Which piece.
    pub piece: Piece,
    /// The customer is its sender.
    pub inbound: bool,
    /// Who may be its author, lower-case e-mails.
    pub authors: Vec<Option<String>>,
    /// Handle of the sender.
    pub sender: String,
    /// Handle of the receiver.
    pub to: String,
    /// Subjects that it may carry.
    pub subjects: Vec<String>,
    /// The body, line by line.
    pub lines: Vec<ExpectedLine>,
    /// Unix seconds that Front shows.
    pub created_at: i64,
}

/// One line of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedLine {
    /// The texts that it may have; nearly always one.
    pub texts: Vec<String>,
    /// It may be missing.
    pub optional: bool,
}

/// One comment.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedComment {
    /// Aircall's id.
    pub id: i64,
    /// Who may be its author, lower-case e-mails.
    pub authors: Vec<Option<String>>,
    /// The whole body.
    pub body: String,
}
