//! What the model is told besides the calls: the settings, and what people did in Front.

use std::collections::HashMap;

/// One activity per piece of information, or one for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Main, duration and link apart.
    Separate,
    /// Everything in one activity.
    Compact,
}

/// Whose comments are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comments {
    /// Those of answered calls, as the article has it.
    Answered,
    /// All.
    All,
}

/// Which message's subject Front shows in the conversation's header; it is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderSubject {
    /// The first message's, for ever.
    First,
    /// The last message's.
    Latest,
    /// Either.
    Either,
}

/// The settings that change the outcome, with the product's defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    /// How a call is laid out.
    pub layout: Layout,
    /// Whose comments are shown.
    pub comments: Comments,
    /// Where conversations land.
    pub inbox: String,
    /// Ids of the lines that are logged; all when none.
    pub lines: Option<Vec<i64>>,
    /// E-mail of the teammate who stands in for agents that have none.
    pub fallback_author: Option<String>,
    /// Seconds of the calls' own time by which one call's logging may overtake another's: the settle
    /// time plus the longest delay of a delivery, both as they are after compression. 0 when calls
    /// were sent one by one and each was settled before the next.
    pub overtake_s: i64,
    /// By call id, when at the earliest and at the latest it was logged, on any one axis; when some of
    /// a contact's calls are missing, `overtake_s` is used for all of them. Narrower than that.
    pub logged_between: HashMap<i64, (i64, i64)>,
    /// A voicemail or a link may have come after the settle time.
    pub late_media: bool,
    /// The article's four company rules are switched on in Front.
    pub company_rules: bool,
    /// Which subject the header shows.
    pub header: HeaderSubject,
    /// Contacts that Front knew before, by E.164 number, with the name a person typed.
    pub known_contacts: Vec<(String, String)>,
    /// The inboxes' members by e-mail; participants are not checked for inboxes that are not listed.
    pub members: Vec<(String, Vec<String>)>,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            layout: Layout::Separate,
            comments: Comments::Answered,
            inbox: "Aircall Phone".to_owned(),
            lines: None,
            fallback_author: None,
            overtake_s: 0,
            logged_between: HashMap::new(),
            late_media: true,
            company_rules: false,
            header: HeaderSubject::Either,
            known_contacts: Vec::new(),
            members: Vec::new(),
        }
    }
}

/// What a person did to a conversation in Front.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonAct {
    /// Unix seconds, on the same axis as the calls' times.
    pub at: i64,
    /// The conversation's contact: an E.164 number, or `anonymous:<line id>`.
    pub contact: String,
    /// What.
    pub act: Act,
    /// Every call that ended before was completely logged when the person acted.
    pub settled: bool,
}

/// The acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Archive the conversation.
    Archive,
    /// Open it again.
    Reopen,
    /// Move it to the inbox of this name.
    Move(String),
    /// Assign it to the teammate with this e-mail, or to nobody.
    Assign(Option<String>),
}
