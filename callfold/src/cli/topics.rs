//! `callfold topics`: Kafka's topics, made and compared.

use serde_json::json;

use super::{Common, block_on};
use crate::config::{self, Needs};
use crate::failure::{Exit, Failure};
use crate::process::log;
use crate::terminal;

/// Create the topics of the Kafka log, or compare those that are there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    callfold topics create --config callfold.toml\n  \
    callfold topics check --json | jq .differences")]
pub struct Args {
    #[command(subcommand)]
    what: What,
    /// One JSON document: {"brokers", "prefix", "differences": [text]}.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::Subcommand)]
enum What {
    /// Make those that are missing; those that are there are compared and left alone. Ends with 3
    /// when one differs.
    #[command(after_help = "Example:\n  callfold topics create --config callfold.toml")]
    Create,
    /// Compare partitions, replication, cleanup, retention and min.insync.replicas; ends with 3 when
    /// a topic differs or is missing.
    #[command(after_help = "Example:\n  callfold topics check && echo as they must be")]
    Check,
}

/// Does it.
///
/// # Errors
/// A configuration with mistakes, brokers that cannot be reached or that refuse.
pub fn run(common: &Common, args: &Args) -> Result<Exit, Failure> {
    let (_, settings) = config::load(common.config.as_deref(), Needs::Kafka)?;
    let kafka = settings.log.kafka.as_ref().expect("refused by the configuration");
    let differences = block_on(async {
        match args.what {
            What::Create => log::kafka::create(&settings, kafka).await,
            What::Check => log::kafka::check(&settings, kafka).await,
        }
    })?;
    let (brokers, prefix) = (&kafka.brokers, &settings.log.topic_prefix);
    if args.json {
        let document = json!({ "brokers": brokers, "prefix": prefix, "differences": differences });
        terminal::print_json(&document)?;
    } else if differences.is_empty() {
        terminal::print_line(&format!(
            "the topics {prefix}.* on {brokers} are as they must be: {} partitions each",
            settings.log.partitions
        ))?;
    } else {
        for difference in &differences {
            terminal::print_line(difference)?;
        }
    }
    Ok(if differences.is_empty() { Exit::Done } else { Exit::Differs })
}
