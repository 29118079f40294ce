//! One broker: its configuration, and its process.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// A broker is ready after 3 s, after `kill -9` up to 12 s, both on an idle machine.
const START_MAX: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Starts the broker, says its process id, and waits. At the end of its input, which comes with the
/// end of whoever started it, whatever that was, it kills the broker and removes the folder; the
/// word `keep` leaves the folder. Arguments: folder, program, its arguments.
const KEEPER: &str = r#"
dir=$1; shift
"$@" </dev/null >"$dir/output.txt" 2>&1 &
broker=$!
echo $broker >"$dir/pid.new" && mv "$dir/pid.new" "$dir/pid"
read -r word
kill -9 $broker 2>/dev/null
wait $broker 2>/dev/null
[ "$word" = keep ] && exit
rm -rf "$dir"
rmdir "${dir%/*}" 2>/dev/null
"#;

/// Where a broker is found.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) node: usize,
    pub(super) port: u16,
    pub(super) controller_port: u16,
    /// Where the brokers reach each other, if that is another way than the clients'.
    pub(super) internal_port: u16,
    pub(super) dir: PathBuf,
}

impl Place {
    pub(super) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }
}

/// One broker, running or not.
#[derive(Debug)]
pub(super) struct Broker {
    java: PathBuf,
    jars: PathBuf,
    place: Place,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    keeper: Child,
    words: ChildStdin,
}

impl Broker {
    /// Writes the configuration and formats the storage.
    pub(super) async fn formatted(
        java: PathBuf,
        jars: PathBuf,
        place: &Place,
        config: &str,
        format: &[String],
    ) -> Broker {
        let place = place.clone();
        fs::create_dir_all(&place.dir).expect("a folder for a broker");
        let file = place.dir.join("server.properties");
        fs::write(&file, config).expect("writes");
        let broker = Broker { java, jars, place, running: None };
        let mut command = tokio::process::Command::from(broker.java());
        command.args(["kafka.tools.StorageTool", "format"]).args(format).arg("-c").arg(file);
        let answer = command.output().await.expect("Java was found");
        assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
        broker
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn runs(&self) -> bool {
        self.running.is_some()
    }

    /// Starts the process; [`Broker::ready`] waits for it.
    pub(super) fn launch(&mut self) {
        assert!(self.running.is_none(), "broker {} runs already", self.place.node);
        let _ = fs::remove_file(self.place.dir.join("pid"));
        let _ = fs::remove_file(self.place.dir.join("output.txt"));
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(&self.place.dir);
        let java = self.java();
        keeper.arg(java.get_program()).arg("-Xmx384m").args(java.get_args());
        keeper.arg("kafka.Kafka").arg(self.place.dir.join("server.properties"));
        let mut keeper = keeper.stdin(Stdio::piped()).spawn().expect("a shell");
        let words = keeper.stdin.take().expect("its input is a pipe");
        self.running = Some(Running { keeper, words });
    }

    /// Waits until it serves.
    pub(super) async fn ready(&mut self) {
        let deadline = Instant::now() + START_MAX;
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let output = fs::read(self.place.dir.join("output.txt")).unwrap_or_default();
            let output = String::from_utf8_lossy(&output);
            if output.contains("Kafka Server started") {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "broker {} is not ready:\n{output}",
                self.place.node
            );
        }
    }

    pub(super) fn signal(&self, signal: Signal) {
        assert!(self.running.is_some(), "broker {} does not run", self.place.node);
        let id = fs::read_to_string(self.place.dir.join("pid")).expect("a broker that was ready");
        let id = id.trim().parse().ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(id, signal).expect("a broker of ours can be signalled");
    }

    /// `kill -9`, and waits until it is dead.
    pub(super) async fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.end("keep").await;
    }

    async fn end(&mut self, word: &str) {
        let Some(Running { mut keeper, mut words }) = self.running.take() else { return };
        let _ = writeln!(words, "{word}");
        drop(words);
        let waited = tokio::task::spawn_blocking(move || keeper.wait()).await;
        waited.expect("waits").expect("a keeper of ours can be waited for");
    }

    /// Java with all of Kafka's classes.
    pub(super) fn java(&self) -> Command {
        let mut command = Command::new(&self.java);
        command.arg("-cp").arg(format!("{}/*", self.jars.display()));
        command
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(Running { mut keeper, words }) = self.running.take() {
            drop(words);
            // Only a shell that cannot be waited for fails here, and then nothing can be done.
            let _ = keeper.wait();
        }
    }
}

/// The configuration of the broker at this place.
pub(super) fn properties(places: &[Place], at: usize) -> String {
    let Place { node, port, controller_port, dir, .. } = &places[at];
    let voter = |place: &Place| format!("{}@127.0.0.1:{}", place.node, place.controller_port);
    let voters: Vec<String> = places.iter().map(voter).collect();
    let (replication, in_sync) = if places.len() < 3 { (1, 1) } else { (3, 2) };
    format!(
        "process.roles=broker,controller\n\
         node.id={node}\n\
         controller.quorum.voters={voters}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
         controller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         log.dirs={dir}/data\n\
         auto.create.topics.enable=false\n\
         group.initial.rebalance.delay.ms=0\n\
         offsets.topic.num.partitions=4\n\
         offsets.topic.replication.factor={replication}\n\
         transaction.state.log.num.partitions=4\n\
         transaction.state.log.replication.factor={replication}\n\
         transaction.state.log.min.isr={in_sync}\n\
         min.insync.replicas={in_sync}\n",
        voters = voters.join(","),
        dir = dir.display(),
    )
}
