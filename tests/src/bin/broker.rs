//! Starts a Kafka broker of its own, says its address, and stops it at the end of its input: for
//! benches and for trying things by hand.

use std::io::Read;

use tests::kafka_cluster::KafkaCluster;

#[tokio::main]
async fn main() {
    match KafkaCluster::start(1).await {
        Ok(cluster) => {
            println!("{}", cluster.bootstrap());
            let mut rest = Vec::new();
            // An error ends it too.
            let _ = std::io::stdin().read_to_end(&mut rest);
        }
        Err(why) => eprintln!("no broker: {why}"),
    }
}
