//! What a dispatcher holds when every contact's commands wait for a slow Front.

use simulators::front::{Config, Simulator};
use tests::child::Child;
use tokio::time::Instant;

use crate::fold::watch;
use crate::stage::Stage;

/// Lets a dispatcher read so many commands that wait.
pub async fn memory(stage: &Stage, contacts: usize, commands: f64) {
    let front = Simulator::start_for_tests(Config::default()).await.unwrap();
    let mut start = stage.start.of_role("dispatcher", 0);
    start.variables.retain(|(name, _)| name != "CALLFOLD_FRONT__TOKEN");
    start.variables.push(("CALLFOLD_FRONT__TOKEN".to_owned(), front.token()));
    start.variables.push(("CALLFOLD_FRONT__API_URL".to_owned(), front.url()));
    let began = Instant::now();
    let mut child = Child::start(start);
    let (id, address) = (child.id(), child.ready().await.unwrap());
    let name = "callfold_dispatcher_commands_total";
    let read = watch(began, id, commands, async || stage.counter(address, name).await).await;
    read.print("dispatcher, commands read that wait");
    println!("dispatcher, {contacts} contacts wait: {:.0} MiB at most", read.peak_mib());
    child.stop().await;
}
