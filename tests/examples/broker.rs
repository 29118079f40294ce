//! Starts a Kafka broker of its own and says its address; stops it at the end of its input, or runs the
//! command that it is given, with the address as the last word, and stops it then: for benches and for
//! trying things by hand.

use std::io::Read;
use std::process::ExitCode;

use tests::kafka_cluster::KafkaCluster;

#[tokio::main]
async fn main() -> ExitCode {
    let cluster = match KafkaCluster::start(1).await {
        Ok(cluster) => cluster,
        Err(why) => {
            eprintln!("no broker: {why}");
            return ExitCode::FAILURE;
        }
    };
    let mut words = std::env::args().skip(1);
    let Some(program) = words.next() else {
        println!("{}", cluster.bootstrap());
        let mut rest = Vec::new();
        // An error ends it too.
        let _ = std::io::stdin().read_to_end(&mut rest);
        return ExitCode::SUCCESS;
    };
    let mut command = tokio::process::Command::new(program);
    let ended = command.args(words).arg(cluster.bootstrap()).status().await;
    let code = ended.ok().and_then(|status| status.code());
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
