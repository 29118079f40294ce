//! A fold on simulated time: events come when they are received, and between them everything that
//! is due by then. What comes out is written down as a text that a person can review.

use std::collections::BTreeMap;
use std::fmt::Write;

use projector::{
    Assign, Comments, Config, Context, Event, Layout, Lines, Rules, State, Templates, step,
};
use schemas::{
    Action, Activity, Attribute, CallEvent, CallId, CallState, Command, Contact, Conversation,
    FrontEvent, TimeMs, TopicNames,
};

/// When simulated time starts.
pub const START: TimeMs = TimeMs(1_790_000_000_000);

/// A call comes due a few times: for its voicemail, its agent, its link.
const DECIDED_MAX: usize = 1_000;

/// So many seconds after the start.
pub fn s(seconds: i64) -> TimeMs {
    START.plus_ms(seconds * 1000)
}

/// The defaults of the configuration.
pub fn config() -> Config {
    Config {
        settle_ms: 45_000,
        comments: Comments::Answered,
        layout: Layout::Separate,
        lines: Lines::All,
        assign: Assign::Import,
        templates: Templates::default(),
        version: "1".into(),
        topics: TopicNames::with_prefix("test"),
        partitions: 1,
    }
}

/// One contact's fold.
pub struct Simulation {
    pub config: Config,
    pub conversation: Conversation,
    pub calls: BTreeMap<CallId, CallState>,
    pub commands: Vec<Command>,
    transcript: String,
}

impl Simulation {
    pub fn new(config: Config, contact: Contact) -> Simulation {
        let conversation = Conversation::new(contact);
        let (calls, commands, transcript) = (BTreeMap::new(), Vec::new(), String::new());
        Simulation { config, conversation, calls, commands, transcript }
    }

    /// With the defaults and the usual contact.
    pub fn usual() -> Simulation {
        Simulation::new(config(), crate::events::contact())
    }

    pub fn with(change: impl FnOnce(&mut Config)) -> Simulation {
        let mut config = config();
        change(&mut config);
        Simulation::new(config, crate::events::contact())
    }

    /// Folds an event when it was received, after everything that was due by then.
    pub fn call(&mut self, event: &CallEvent) {
        self.until(event.received_at);
        self.note(event.received_at, &format!("< {} of call {}", event.event, event.call_id));
        self.fold(event.received_at, Some(event.call_id), Event::Call(event));
    }

    /// The same for what happens in Front.
    pub fn front(&mut self, event: &FrontEvent) {
        self.until(event.received_at);
        let echo = event.echo_of.as_ref().map(|key| format!(" (echo of {key})"));
        let line = format!("< Front: {:?}{}", event.change, echo.unwrap_or_default());
        self.note(event.received_at, &line);
        self.fold(event.received_at, None, Event::Front(event));
    }

    /// Lets time pass.
    pub fn until(&mut self, time: TimeMs) {
        let mut decided = 0;
        while let Some((due_at, id)) =
            self.calls.values().filter_map(|call| Some((call.due_at?, call.call_id))).min()
            && due_at <= time
        {
            decided += 1;
            assert!(decided < DECIDED_MAX, "{id} is due again and again");
            self.fold(due_at, Some(id), Event::Reached(due_at));
        }
    }

    /// Lets everything come due that is.
    pub fn settle(&mut self) {
        self.until(TimeMs(i64::MAX));
    }

    /// The transcript, when everything is settled.
    pub fn transcript(mut self) -> String {
        self.settle();
        self.transcript
    }

    /// The activities, by effect key.
    pub fn activity(&self, key: &str) -> &Activity {
        let command = self
            .commands
            .iter()
            .find(|command| command.effect_key.as_str() == key)
            .unwrap_or_else(|| panic!("no {key} among {:?}", self.keys()));
        let Action::Activity(activity) = &command.action else { panic!("{key} is no activity") };
        activity
    }

    /// The keys of everything that was asked for, in order.
    pub fn keys(&self) -> Vec<&str> {
        self.commands.iter().map(|command| command.effect_key.as_str()).collect()
    }

    fn fold(&mut self, now: TimeMs, call_id: Option<CallId>, event: Event<'_>) {
        let rules = Rules::none();
        let context = Context { config: &self.config, rules: &rules, now };
        let contact = self.conversation.contact.clone();
        let call = call_id.map(|id| {
            Box::new(self.calls.remove(&id).unwrap_or_else(|| CallState::new(contact.clone(), id)))
        });
        let folded =
            step(State { conversation: Box::new(self.conversation.clone()), call }, event, context);
        self.conversation = *folded.state.conversation;
        if let Some(call) = folded.state.call {
            self.calls.insert(call.call_id, *call);
        }
        for command in folded.commands {
            self.note(now, &shown(&command));
            self.commands.push(command);
        }
    }

    fn note(&mut self, at: TimeMs, what: &str) {
        writeln!(self.transcript, "{:>8} {what}", relative(at)).unwrap();
    }
}

fn relative(at: TimeMs) -> String {
    let seconds = (at.0 - START.0) / 1000;
    match seconds {
        86_400.. => format!("+{}d{}s", seconds / 86_400, seconds % 86_400),
        _ => format!("+{seconds}s"),
    }
}

fn shown(command: &Command) -> String {
    let mut text = format!("> {} #{}", command.effect_key, command.revision);
    if command.settles.len() > 1 {
        let settles: Vec<_> = command.settles.iter().map(|key| key.as_str()).collect();
        write!(text, " settles {}", settles.join(" ")).unwrap();
    }
    match &command.action {
        Action::Activity(activity) => show_activity(&mut text, activity),
        Action::Comment(comment) => {
            let by = comment.author.as_ref().map_or(0, |author| author.id.0);
            write!(text, "\n         comment by {by}").unwrap();
            show_body(&mut text, &comment.body);
        }
        Action::Attribute(Attribute::Assignee(agent)) => {
            write!(text, " assign to {}", agent.as_ref().map_or(0, |agent| agent.id.0)).unwrap();
        }
        Action::Attribute(value) => write!(text, " {value:?}").unwrap(),
        Action::Withdraw => text.push_str(" withdraw"),
    }
    text
}

fn show_activity(text: &mut String, activity: &Activity) {
    let by = match (&activity.author, activity.inbound) {
        (Some(agent), false) => format!("agent {}", agent.id.0),
        (None, false) => "the fallback author".to_owned(),
        (None, true) => "the customer".to_owned(),
        (Some(agent), true) => format!("BOTH the customer and agent {}", agent.id.0),
    };
    write!(
        text,
        "\n         \"{}\" by {by}, shown {}, {}",
        activity.subject,
        relative(activity.shown_at),
        if activity.is_archived { "archived" } else { "open" }
    )
    .unwrap();
    if let Some(agent) = &activity.assignee {
        write!(text, ", assigned to {}", agent.id.0).unwrap();
    }
    if let Some(inbox) = &activity.inbox_id {
        write!(text, ", in {inbox}").unwrap();
    }
    show_body(text, &activity.body);
}

fn show_body(text: &mut String, body: &str) {
    for line in body.lines() {
        write!(text, "\n         | {line}").unwrap();
    }
}
