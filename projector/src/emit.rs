//! Commands are the plan without what was emitted. What is emitted is history: written once, with
//! its subject, and never computed again.

use schemas::{
    Action, Attribute, CallState, Command, CommentId, Conversation, EffectKey, EmittedAttribute,
    EmittedPiece, EventId, Piece, Text, TimeMs,
};

use crate::activity;
use crate::config::{Assign, Config, Layout};
use crate::plan::Plan;
use crate::qualification::{Qualification, final_agent};
use crate::rules::Rules;
use crate::thread;

/// The attribute whose effect a main activity's assignee settles.
const ASSIGNEE: &str = "assignee";

/// Under what a decision is made.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The rules.
    pub rules: &'a Rules,
    /// When it is decided.
    pub now: TimeMs,
}

/// What is asked for on behalf of one call.
pub(crate) struct Emission<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) conversation: &'a mut Conversation,
    pub(crate) call: &'a mut CallState,
    pub(crate) cause: &'a EventId,
    pub(crate) commands: &'a mut Vec<Command>,
}

impl Emission<'_> {
    /// Asks for everything that the plan has and that is due when the wait until `reached` is over,
    /// and notes until when the rest waits.
    pub(crate) fn run(&mut self, plan: &Plan, reached: Option<TimeMs>) {
        if plan.main.is_due(reached) && !self.has(Piece::Main, None) {
            self.main(plan, reached);
        }
        if self.has(Piece::Main, None) {
            if plan.qualification.answered() {
                self.assign();
            }
            if plan.duration.is_due(reached) && !self.has(Piece::Duration, None) {
                self.duration(plan.qualification);
            }
            if let Some((piece, when)) = plan.link
                && when.is_due(reached)
                && !self.has(piece, None)
            {
                self.link(piece);
            }
            if plan.comments.is_due(reached) && !self.call.facts.comments.is_empty() {
                self.comments();
            }
        }
        self.call.due_at = self.next_due(plan);
    }

    fn next_due(&self, plan: &Plan) -> Option<TimeMs> {
        if !self.has(Piece::Main, None) {
            return plan.main.waits_for();
        }
        let (piece, when) = plan.link?;
        if self.has(piece, None) { None } else { when.waits_for() }
    }

    fn main(&mut self, plan: &Plan, reached: Option<TimeMs>) {
        let (qualification, id) = (plan.qualification, self.call.call_id);
        let templates = &self.context.config.templates;
        let now = self.context.now;
        let facts = &self.call.facts;
        let subject = thread::open_with(self.conversation, id, facts, templates, now);
        let mut within = Vec::new();
        let body = match self.context.config.layout {
            Layout::Separate => templates.main(id, qualification, facts),
            Layout::Compact => {
                if plan.duration.is_due(reached) {
                    within.push(Piece::Duration);
                }
                let link = plan.link.filter(|(_, when)| when.is_due(reached));
                within.extend(link.map(|(piece, _)| piece));
                templates.compact(id, qualification, facts, link.map(|_| activity::link(facts)))
            }
        };
        let mut activity =
            activity::activity(self.call, self.conversation, Piece::Main, subject.clone(), body);
        let id = self.call.call_id;
        let mut settles: Vec<_> = within.iter().map(|piece| piece.effect_key(id, None)).collect();
        let imports = self.context.config.assign == Assign::Import;
        if imports && qualification.answered() && self.may_assign() {
            activity.assignee = final_agent(&self.call.facts).map(activity::agent);
            settles.push(EffectKey::of_conversation(ASSIGNEE));
        }
        self.ask(Piece::Main, None, Action::Activity(activity), Some(subject), settles);
        for piece in within {
            self.note(piece, None, true, None);
        }
    }

    fn duration(&mut self, qualification: Qualification) {
        let templates = &self.context.config.templates;
        let facts = &self.call.facts;
        let subject = thread::subject(self.conversation, qualification, facts, templates);
        let body = templates.duration(self.call.call_id, facts);
        self.activity(Piece::Duration, subject, body);
    }

    fn link(&mut self, piece: Piece) {
        let templates = &self.context.config.templates;
        let facts = &self.call.facts;
        let qualification = match piece {
            Piece::Voicemail => Qualification::Voicemail,
            Piece::Main | Piece::Duration | Piece::Recording | Piece::Comment | Piece::Unknown => {
                Qualification::of(facts)
            }
        };
        let subject = thread::subject(self.conversation, qualification, facts, templates);
        let body = templates.link(self.call.call_id, facts, piece, activity::link(facts));
        self.activity(piece, subject, body);
    }

    fn activity(&mut self, piece: Piece, subject: Text, body: String) {
        let activity =
            activity::activity(self.call, self.conversation, piece, subject.clone(), body);
        self.ask(piece, None, Action::Activity(activity), Some(subject), Vec::new());
    }

    /// B10: those that were not asked for yet, oldest first.
    fn comments(&mut self) {
        let mut new: Vec<_> = (0..self.call.facts.comments.len())
            .filter(|at| !self.has(Piece::Comment, Some(self.call.facts.comments[*at].id)))
            .collect();
        new.sort_by_key(|at| {
            let comment = &self.call.facts.comments[*at];
            (comment.posted_at, comment.id)
        });
        for at in new {
            let comment = &self.call.facts.comments[at];
            let id = comment.id;
            let action = Action::Comment(activity::comment(self.call, comment));
            self.ask(Piece::Comment, Some(id), action, None, Vec::new());
        }
    }

    fn may_assign(&mut self) -> bool {
        let Some(agent_id) = final_agent(&self.call.facts).map(|agent| agent.id) else {
            return false;
        };
        thread::may_assign(self.conversation, self.cause_at(), self.call.call_id, agent_id)
    }

    /// B12: what main did not bring along: because assignments have requests of their own, or
    /// because who took the call became known only after main was asked for.
    fn assign(&mut self) {
        if !self.may_assign() {
            return;
        }
        let assignee = final_agent(&self.call.facts).map(activity::agent);
        let id = self.call.call_id;
        let mut command = attribute(
            self.context,
            self.conversation,
            Attribute::Assignee(assignee),
            self.cause,
            self.cause_at(),
        );
        command.call_id = Some(id);
        command.after = vec![Piece::Main.effect_key(id, None)];
        self.commands.push(command);
    }

    /// Appends the command and notes it: from now on the piece was asked for.
    fn ask(
        &mut self,
        piece: Piece,
        comment_id: Option<CommentId>,
        action: Action,
        subject: Option<Text>,
        also_settles: Vec<EffectKey>,
    ) {
        let id = self.call.call_id;
        let effect_key = piece.effect_key(id, comment_id);
        let after = match piece {
            Piece::Main => Vec::new(),
            Piece::Duration
            | Piece::Recording
            | Piece::Voicemail
            | Piece::Comment
            | Piece::Unknown => vec![Piece::Main.effect_key(id, None)],
        };
        let (cause, cause_at) = (self.cause, self.cause_at());
        let mut command =
            command(self.context, self.conversation, effect_key, 1, action, cause, cause_at);
        command.settles.extend(also_settles);
        command.after = after;
        command.call_id = Some(id);
        self.commands.push(command);
        self.note(piece, comment_id, false, subject);
    }

    fn note(
        &mut self,
        piece: Piece,
        comment_id: Option<CommentId>,
        within_main: bool,
        subject: Option<Text>,
    ) {
        self.call.emitted.push(EmittedPiece {
            piece,
            comment_id,
            revision: 1,
            within_main,
            subject,
            cause: self.cause.clone(),
            decided_at: self.context.now,
        });
    }

    fn has(&self, piece: Piece, comment_id: Option<CommentId>) -> bool {
        let emitted = &self.call.emitted;
        emitted.iter().any(|known| known.piece == piece && known.comment_id == comment_id)
    }

    /// The time that people's decisions are compared with: the end of the call.
    fn cause_at(&self) -> TimeMs {
        self.call.facts.ended_at.unwrap_or_default()
    }
}

/// A command that sets an attribute, at the effect's next revision.
pub(crate) fn attribute(
    context: Context<'_>,
    conversation: &mut Conversation,
    value: Attribute,
    cause: &EventId,
    cause_at: TimeMs,
) -> Command {
    let effect_key = match &value {
        Attribute::Assignee(_) => EffectKey::of_conversation(ASSIGNEE),
        Attribute::Inbox(_) => EffectKey::of_conversation("inbox"),
        Attribute::Archived(_) => EffectKey::of_conversation("status"),
        Attribute::TagOn(name) | Attribute::TagOff(name) => {
            EffectKey::of_conversation(&format!("tag:{name}"))
        }
    };
    let known = conversation.attributes.iter().position(|known| known.effect_key == effect_key);
    let revision = known.map_or(0, |at| conversation.attributes[at].revision).saturating_add(1);
    let emitted = EmittedAttribute {
        effect_key: effect_key.clone(),
        revision,
        cause_at,
        cause: cause.clone(),
        decided_at: context.now,
    };
    match known {
        Some(at) => conversation.attributes[at] = emitted,
        None => conversation.attributes.push(emitted),
    }
    let action = Action::Attribute(value);
    command(context, conversation, effect_key, revision, action, cause, cause_at)
}

fn command(
    context: Context<'_>,
    conversation: &Conversation,
    effect_key: EffectKey,
    revision: i32,
    action: Action,
    cause: &EventId,
    cause_at: TimeMs,
) -> Command {
    Command {
        contact: conversation.contact.clone(),
        settles: vec![effect_key.clone()],
        effect_key,
        revision,
        action,
        after: Vec::new(),
        call_id: None,
        cause: cause.clone(),
        cause_at,
        decided_at: context.now,
        rule: None,
        config_version: context.config.version.clone(),
        rules_version: context.rules.version().clone(),
    }
}
