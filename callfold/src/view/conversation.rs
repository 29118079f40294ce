//! One contact as people read it: what is known of each call, what Front was asked for because of
//! it, what came of that and why, and where to see it.
//!
//! What was asked for stands in the fold's own states, which are kept for ever. Commands go after
//! 30 days; they add the texts as long as they are there.

use std::collections::BTreeMap;

use eventlog::{LogReader, Stored};
use projector::view as folded;
use schemas::{
    CallId, CallState, Command, Contact, Conversation, EffectKey, FrontContactId,
    FrontConversationId, InboxId, Outcome, TeammateId, Thread, TopicKind,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::effect::{Asked, EffectView, link_of};
use super::events::{contact_of, timestamp};
use super::{Names, ViewError, decode, scan};

/// The whole answer: the document of `conversation --json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConversationView {
    /// The number, or `anonymous:<line id>`.
    pub contact: String,
    /// Front's conversation, once there is one.
    pub front: Option<FrontView>,
    /// What is known of the conversation; none before the contact's first event was folded.
    pub known: Option<KnownView>,
    /// The contact's folded state as it stands on the log; none before its first event.
    pub state: Option<Json>,
    /// The calls, oldest first.
    pub calls: Vec<CallView>,
    /// Effects on the conversation as a whole: assignee, inbox, status, tags.
    pub conversation_effects: Vec<EffectView>,
}

/// Front's side.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FrontView {
    /// `cnv_...`
    pub conversation_id: Option<FrontConversationId>,
    /// `crd_...`
    pub contact_id: Option<FrontContactId>,
    /// Where a person opens it.
    pub link: Option<String>,
    /// Counts up when Front's conversation is gone for good.
    pub generation: i32,
}

/// What is known of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownView {
    /// Archived as far as Front's events and our own main activities tell.
    pub archived: bool,
    /// The subject that sticks while it stays open.
    pub subject: Option<String>,
    /// `inb_...` that somebody moved it to; none: the configured one.
    pub inbox_id: Option<InboxId>,
    /// `tea_...` that somebody assigned it to.
    pub assignee_id: Option<TeammateId>,
    /// Calls of which anything is known.
    pub calls: i64,
    /// Calls that were missed, voicemails not counted.
    pub calls_missed: i64,
    /// Milliseconds talked in all ended calls.
    pub talk_ms: i64,
}

/// One call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CallView {
    /// Aircall's id.
    pub call_id: i64,
    /// What it was, in words; none while it goes on.
    pub qualification: Option<String>,
    /// The line's name.
    pub line: Option<String>,
    /// Who took or made it.
    pub agent: Option<String>,
    /// When it started: RFC 3339.
    pub started_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// Milliseconds of talk.
    pub talk_ms: Option<i64>,
    /// Milliseconds until somebody answered, or until the end.
    pub wait_ms: Option<i64>,
    /// Why nothing more is asked of Front yet: a sentence.
    pub waits: Option<String>,
    /// Until when, when it is a matter of time.
    pub due_at: Option<String>,
    /// The call's folded state as it stands on the log.
    pub state: Option<Json>,
    /// What was asked for because of it, oldest first.
    pub effects: Vec<EffectView>,
}

/// What the log has of the contact.
#[derive(Default)]
struct Gathered {
    conversation: Option<Conversation>,
    calls: BTreeMap<CallId, CallState>,
    commands: BTreeMap<EffectKey, Command>,
    outcomes: BTreeMap<EffectKey, Outcome>,
    thread: Option<Thread>,
}

/// Looks at the contact that a person means by `typed`.
///
/// # Errors
/// A number that is none, or a log that cannot be read.
pub async fn look(
    log: &dyn LogReader,
    names: &Names,
    typed: &str,
) -> Result<ConversationView, ViewError> {
    let contact = contact_of(typed)?;
    let partition =
        eventlog::partitioner::partition_of(contact.as_str().as_bytes(), names.partitions);
    let mut gathered = Gathered::default();
    // Up the stream first: what came of an effect is never read before that it was asked for.
    for kind in [TopicKind::Conversations, TopicKind::Commands, TopicKind::Outcomes] {
        scan::each(log, &names.topic(kind), partition, |record| {
            if super::events::is_of(&contact, &record.key) {
                gathered.see(kind, record);
            }
        })
        .await?;
    }
    Ok(gathered.into_view(contact))
}

impl Gathered {
    /// What cannot be decoded is left out here: `events` shows it with the reason.
    fn see(&mut self, kind: TopicKind, record: &Stored) {
        let Some(bytes) = record.value.as_deref() else { return };
        match decode::what_is(kind, &record.key) {
            decode::What::Conversation => self.conversation = schemas::decode(bytes).ok(),
            decode::What::CallState => {
                if let Ok(call) = schemas::decode::<CallState>(bytes) {
                    self.calls.insert(call.call_id, call);
                }
            }
            decode::What::Command => {
                if let Ok(command) = schemas::decode::<Command>(bytes) {
                    self.commands.insert(command.effect_key.clone(), command);
                }
            }
            decode::What::Outcome => {
                if let Ok(outcome) = schemas::decode::<Outcome>(bytes) {
                    self.see_outcome(outcome);
                }
            }
            decode::What::Thread => self.thread = schemas::decode(bytes).ok(),
            decode::What::CallEvent
            | decode::What::FrontEvent
            | decode::What::Raw
            | decode::What::Rejection
            | decode::What::Position
            | decode::What::Status => {}
        }
    }

    /// An unfinished entry has the command whole: it may be the only one that is left.
    fn see_outcome(&mut self, outcome: Outcome) {
        let command = outcome.command.as_deref().map(schemas::decode::<Command>);
        if let Some(Ok(command)) = command {
            self.commands.entry(command.effect_key.clone()).or_insert(command);
        }
        self.outcomes.insert(outcome.effect_key.clone(), outcome);
    }

    fn into_view(self, contact: Contact) -> ConversationView {
        let conversation_id = self.thread.as_ref().and_then(|it| it.conversation_id.clone());
        let link = conversation_id.as_ref().map(|id| link_of(id.as_str()));
        let calls: Vec<CallState> = self.calls.values().cloned().collect();
        let nothing = Conversation::new(contact.clone());
        let folded = folded::conversation(self.conversation.as_ref().unwrap_or(&nothing), &calls);
        let mut views: Vec<CallView> = folded.calls.iter().map(|it| self.call(it)).collect();
        let mut of_conversation = Vec::new();
        for asked in self.asked(&folded) {
            let key = &asked.key;
            // Of a part, what came of the whole is what came of it.
            let outcome = self.outcomes.get(asked.part_of.as_ref().unwrap_or(key));
            let effect = asked.view(self.commands.get(key), outcome, link.as_deref());
            match asked.call_id.map(CallId::get) {
                Some(call_id) => match views.iter_mut().find(|it| it.call_id == call_id) {
                    Some(call) => call.effects.push(effect),
                    None => views.push(CallView { effects: vec![effect], ..unread(call_id) }),
                },
                None => of_conversation.push(effect),
            }
        }
        ConversationView {
            contact: contact.as_str().to_owned(),
            known: self.conversation.as_ref().map(|_| known(&folded)),
            state: self.conversation.as_ref().map(|state| json!(state)),
            calls: views,
            conversation_effects: of_conversation,
            front: self.thread.map(|thread| FrontView {
                conversation_id,
                contact_id: thread.contact_id,
                link,
                generation: thread.generation,
            }),
        }
    }

    fn call(&self, folded: &folded::CallView) -> CallView {
        let time = |at: Option<schemas::TimeMs>| at.map(|at| timestamp(at.0));
        CallView {
            call_id: folded.call_id.get(),
            qualification: folded.qualification.map(str::to_owned),
            line: folded.line.clone(),
            agent: folded.agent.clone(),
            started_at: time(folded.started_at),
            ended_at: time(folded.ended_at),
            talk_ms: folded.talk_ms,
            wait_ms: folded.wait_ms,
            waits: folded.waits.clone(),
            due_at: time(folded.due_at),
            state: self.calls.get(&folded.call_id).map(|state| json!(state)),
            effects: Vec::new(),
        }
    }

    /// Everything that was asked for, in the order of the decisions; of one decision in the order
    /// in which a call's pieces are sent.
    fn asked(&self, folded: &folded::ConversationView) -> Vec<Asked> {
        let pieces = folded
            .calls
            .iter()
            .flat_map(|call| call.pieces.iter().filter_map(|piece| self.asked_piece(call, piece)));
        let attributes = self.conversation.iter().flat_map(|it| &it.attributes).map(|attribute| {
            let key = &attribute.effect_key;
            let of_command = self.commands.get(key).and_then(|it| it.call_id);
            let of_entry = self.outcomes.get(key).and_then(|it| it.call_id);
            Asked::of_attribute(attribute, of_command.or(of_entry))
        });
        let mut asked: Vec<Asked> = pieces.chain(attributes).collect();
        let told = |key: &EffectKey, asked: &[Asked]| asked.iter().any(|it| it.key == *key);
        let others: Vec<Asked> = self
            .commands
            .values()
            .filter(|command| !told(&command.effect_key, &asked))
            .map(Asked::of_command)
            .collect();
        asked.extend(others);
        asked.sort_by_key(|it| it.decided_at);
        asked
    }

    fn asked_piece(&self, call: &folded::CallView, piece: &folded::PieceView) -> Option<Asked> {
        let key = EffectKey::try_from(piece.effect_key.clone()).ok()?;
        let main = schemas::Piece::Main.effect_key(call.call_id, None);
        let comments = self.calls.get(&call.call_id).map(|it| it.facts.comments.as_slice());
        let comment = comments.unwrap_or_default().iter().find(|comment| {
            schemas::Piece::Comment.effect_key(call.call_id, Some(comment.id)) == key
        });
        Some(Asked {
            key,
            call_id: Some(call.call_id),
            revision: piece.revision,
            part_of: piece.within_main.then_some(main),
            cause: piece.cause.clone(),
            cause_at: call.ended_at,
            decided_at: piece.decided_at,
            text: piece.subject.clone().or_else(|| comment.map(|it| it.content.to_string())),
        })
    }
}

fn known(folded: &folded::ConversationView) -> KnownView {
    KnownView {
        archived: folded.archived,
        subject: folded.subject.clone(),
        inbox_id: folded.inbox_id.clone(),
        assignee_id: folded.assignee_id.clone(),
        calls: folded.calls_known,
        calls_missed: folded.calls_missed,
        talk_ms: folded.talk_ms,
    }
}

/// A call whose state cannot be read, of which something was asked all the same.
fn unread(call_id: i64) -> CallView {
    CallView {
        call_id,
        qualification: None,
        line: None,
        agent: None,
        started_at: None,
        ended_at: None,
        talk_ms: None,
        wait_ms: None,
        waits: None,
        due_at: None,
        state: None,
        effects: Vec::new(),
    }
}
