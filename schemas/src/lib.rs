#![doc = include_str!("../README.md")]

pub mod call_event;
pub mod call_state;
pub mod codec;
pub mod command;
pub mod conversation;
pub mod dictionary;
pub mod event_id;
pub mod evolution;
pub mod front_event;
pub mod front_ids;
pub mod id_map;
pub mod ids;
pub mod outcome;
pub mod position;
pub mod raw;
pub mod registry;
pub mod rejection;
pub mod shape;
pub mod status;
pub mod text;
pub mod thread;
pub mod topics;

pub use call_event::{CallEvent, CallStatus, Comment, Direction, Origin, Person, Tag, Team};
pub use call_state::{
    CallFacts, CallState, CommentFact, EmittedPiece, Piece, Receipts, Stamp, TagFact,
};
pub use codec::{DecodeError, Message, decode, encode};
pub use command::{Action, Activity, Agent, Attribute, Command, CommentAction, Customer};
pub use conversation::{
    AskedAssignment, AssigneeFact, Conversation, Decider, Decision, EmittedAttribute, InboxFact,
    LateReopening, StatusFact, Subject, Totals,
};
pub use event_id::EventId;
pub use front_event::{Actor, FrontChange, FrontEvent};
pub use front_ids::{
    FrontCommentId, FrontContactId, FrontConversationId, FrontMessageId, FrontTagId, InboxId,
    MessageUid, TeammateId,
};
pub use id_map::{IdMap, UnknownId};
pub use ids::{
    AgentId, CallId, CallUuid, CommentId, Contact, EffectKey, IdError, LineId, TagId, TeamId,
    TimeMs,
};
pub use outcome::{Attempt, Outcome, OutcomeState};
pub use position::{Input, Position};
pub use raw::{Raw, Source};
pub use rejection::Rejection;
pub use status::Status;
pub use text::Text;
pub use thread::Thread;
pub use topics::{TopicKind, TopicNames};
