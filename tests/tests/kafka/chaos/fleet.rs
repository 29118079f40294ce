//! The processes of all roles, and whoever starts them again when they end: a supervisor, and the one
//! address in front of every ingest.

use std::net::SocketAddr;
use std::time::Duration;

use eventlog::kafka::{Options as LogOptions, present};
use tests::child::{Child, Start};
use tests::pipeline::Pipeline;
use tests::proxy::Proxy;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How long a group may take to notice who comes or goes: a session, a rebalance, and what brokers that
/// die meanwhile add to it, all on a busy machine.
const NOTICED_IN: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Ingest,
    Projector,
    Dispatcher,
}

impl Role {
    /// The command.
    pub const fn word(self) -> &'static str {
        match self {
            Role::Ingest => "ingest",
            Role::Projector => "projector",
            Role::Dispatcher => "dispatcher",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Role::Ingest => "an ingest",
            Role::Projector => "a projector",
            Role::Dispatcher => "a dispatcher",
        })
    }
}

struct Process {
    role: Role,
    child: Child,
    /// Where it answers.
    address: SocketAddr,
}

/// All processes of a pipeline.
pub struct Fleet {
    processes: Vec<Process>,
    /// What every start is made of.
    start: Start,
    /// How many were started of any role.
    started: usize,
    /// Of ingests that were told to end: their folders may hold a spool, which the next one empties.
    left: Vec<Start>,
    door: Proxy,
    log: LogOptions,
    /// The last words of those that ended without being told to.
    pub ended_themselves: Vec<String>,
}

impl Fleet {
    /// Takes over the processes of a pipeline, and adds a second ingest.
    pub async fn of(pipeline: &mut Pipeline, brokers: &str, projectors: usize) -> Fleet {
        let ingest = pipeline.child.take().expect("it runs");
        let start = ingest.started_with().clone();
        let log = LogOptions::new(brokers, &pipeline.topic_prefix(), "callfold");
        let (processes, ended_themselves) = (Vec::new(), Vec::new());
        let door = Proxy::start(Vec::new());
        let left = Vec::new();
        let mut fleet = Fleet { processes, start, started: 10, left, door, log, ended_themselves };
        fleet.take_in(Role::Ingest, ingest).await;
        for (place, child) in pipeline.others.drain(..).enumerate() {
            let role = if place < projectors { Role::Projector } else { Role::Dispatcher };
            fleet.take_in(role, child).await;
        }
        fleet.add(Role::Ingest).await;
        fleet
    }

    /// Gives the processes back: one ingest, and all others.
    pub fn give_back(mut self, pipeline: &mut Pipeline) -> (Proxy, Vec<Child>) {
        let place = self.places(Role::Ingest)[0];
        pipeline.child = Some(self.processes.remove(place).child);
        let (ingests, others): (Vec<Process>, Vec<Process>) =
            self.processes.into_iter().partition(|it| it.role == Role::Ingest);
        pipeline.others = others.into_iter().map(|it| it.child).collect();
        (self.door, ingests.into_iter().map(|it| it.child).collect())
    }

    async fn take_in(&mut self, role: Role, mut child: Child) {
        let address = child.ready().await.expect("it runs");
        self.processes.push(Process { role, child, address });
        self.open_doors();
    }

    /// Where webhooks are sent, whoever takes them.
    pub fn url(&self) -> String {
        format!("http://{}", self.door.address())
    }

    /// Where the processes of a role are among all.
    pub fn places(&self, role: Role) -> Vec<usize> {
        (0..self.processes.len()).filter(|place| self.processes[*place].role == role).collect()
    }

    /// Leads webhooks to every ingest that there is.
    fn open_doors(&self) {
        let ingests = self.processes.iter().filter(|it| it.role == Role::Ingest);
        self.door.lead_to(ingests.map(|it| it.address).collect());
    }

    /// Starts one more: an ingest in the folder of one that has gone, if one has.
    pub async fn add(&mut self, role: Role) {
        let new = self.start.of_role(role.word(), self.started);
        let left = if role == Role::Ingest { self.left.pop() } else { None };
        self.started += usize::from(left.is_none());
        let start = left.unwrap_or(new);
        let (child, address) = self.up(start).await;
        self.processes.push(Process { role, child, address });
        self.open_doors();
    }

    /// Starts a process until it stays: a projector or dispatcher whose brokers are away ends with the reason.
    async fn up(&mut self, start: Start) -> (Child, SocketAddr) {
        let deadline = Instant::now() + NOTICED_IN;
        loop {
            let mut child = Child::start(start.clone());
            match child.ready().await {
                Some(address) => return (child, address),
                None => self.note_end(&child),
            }
            assert!(Instant::now() < deadline, "it does not start: {}", child.log());
        }
    }

    fn note_end(&mut self, child: &Child) {
        let said = child.said();
        let tail: Vec<&str> = said.lines().rev().take(3).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        self.ended_themselves.push(format!(
            "{}: {}",
            child.started_with().command,
            tail.join(" / ")
        ));
    }

    /// Starts again whatever has ended by itself, as a supervisor does.
    pub async fn supervise(&mut self) {
        for place in 0..self.processes.len() {
            if self.processes[place].child.has_ended() {
                let Process { role, child, .. } = self.processes.remove(place);
                self.note_end(&child);
                self.put_back(place, role, child.started_with().clone()).await;
            }
        }
    }

    async fn put_back(&mut self, place: usize, role: Role, start: Start) {
        let (child, address) = self.up(start).await;
        self.processes.insert(place, Process { role, child, address });
        self.open_doors();
    }

    /// `kill -9`, and a new start.
    pub async fn kill(&mut self, place: usize) {
        let Process { role, mut child, .. } = self.processes.remove(place);
        let start = child.started_with().clone();
        child.begin_to_die();
        child.kill().await;
        self.put_back(place, role, start).await;
    }

    /// SIGSTOP.
    pub fn freeze(&self, place: usize) {
        self.processes[place].child.freeze();
    }

    /// SIGCONT.
    pub fn thaw(&self, place: usize) {
        self.processes[place].child.thaw();
    }

    /// SIGTERM, and a new start of it unless it shall not come back. Its exit status.
    pub async fn stop(&mut self, place: usize, again: bool) -> std::process::ExitStatus {
        let Process { role, child, .. } = self.processes.remove(place);
        let start = child.started_with().clone();
        // An ingest that is about to end is sent nothing more, as behind any balancer.
        self.open_doors();
        let status = child.stop().await;
        if again {
            self.put_back(place, role, start).await;
        } else if role == Role::Ingest {
            self.left.push(start);
        }
        status
    }

    /// Starts an ingest in every folder that one has left: what may lie in a spool there reaches the
    /// brokers.
    pub async fn come_back(&mut self) {
        while !self.left.is_empty() {
            self.add(Role::Ingest).await;
        }
    }

    /// The dispatcher that said last that it is active; any, where none has.
    pub fn active_dispatcher(&self) -> usize {
        let places = self.places(Role::Dispatcher);
        let is_active = |place: &&usize| {
            let said = self.processes[**place].child.said();
            let became = said.rfind("this process is the active dispatcher");
            became > said.rfind("this process is no longer the active dispatcher")
        };
        *places.iter().find(is_active).unwrap_or(&places[0])
    }

    /// Waits until the group of a role counts as many members as wished. A role without a group has them.
    pub async fn until_members(&self, role: Role, wished: impl Fn(usize) -> bool) {
        until_group(&self.log, role, wished, || {}).await;
    }

    /// The same while a process stands still. Now and then it is told so again: whoever may send signals
    /// on this machine may let it go on.
    pub async fn until_members_without(
        &self,
        role: Role,
        place: usize,
        wished: impl Fn(usize) -> bool,
    ) {
        until_group(&self.log, role, wished, || self.freeze(place)).await;
    }
}

/// Waits until the group of a role on this log has as many members as wished; before each look `first` is
/// done.
pub async fn until_group(
    log: &LogOptions,
    role: Role,
    wished: impl Fn(usize) -> bool,
    first: impl Fn(),
) {
    if role == Role::Ingest {
        return;
    }
    let deadline = Instant::now() + NOTICED_IN;
    let mut ticks = interval(Duration::from_millis(500));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        first();
        // Brokers that cannot be asked now can be asked later.
        let members = present::members(log, role.word()).await;
        if members.as_ref().is_ok_and(|count| wished(*count)) {
            return;
        }
        assert!(Instant::now() < deadline, "{role}: the group has {members:?} members");
    }
}
