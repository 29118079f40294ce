//! Brokers that speak TLS alone, know their users by passwords, and allow each role what
//! `deploy/kafka-acls.sh` says, and nothing more.

use std::collections::BTreeSet;
use std::path::Path;

use tests::kafka_cluster::{KafkaCluster, secured, skipped};
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::verdict::the_rest_arrives;

use crate::{BINARY, CHECKS as ALL, now};

pub const CHECKS: usize = 1;

const SEED: u64 = 20_261_130;
/// Which user each command is.
const USERS: [(&str, &str); 7] = [
    ("topics", "callfold-topics"),
    ("ingest", "callfold-ingest"),
    ("projector", "callfold-projector"),
    ("dispatcher", "callfold-dispatcher"),
    ("status", LOOK),
    ("events", LOOK),
    ("conversation", LOOK),
];
/// Whoever looks.
const LOOK: &str = "callfold-look";
/// Somebody who can log in, and for whom nothing was done.
const NOBODY: &str = "callfold-nobody";
/// Kafka's command that says what users may.
const KAFKA_ACLS: &str = "org.apache.kafka.tools.AclCommand";

/// Roles that may do what the script allows do all their work; a user who may do nothing, and one who
/// may do another role's work, are refused, and no password is printed on the way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_work_over_tls_with_no_more_rights_than_the_script_gives() {
    let users: BTreeSet<&str> = USERS.map(|(_, user)| user).into_iter().chain([NOBODY]).collect();
    let users = Vec::from_iter(users);
    let started = KafkaCluster::start_secured(&users).await;
    let Ok(cluster) = started.map_err(|why| skipped(ALL, &why)) else { return };
    let mut load = Load::generate(SEED, 40, now());
    let mut options = Options::fast(BINARY);
    options.brokers = Some(cluster.bootstrap());
    options.of_command = USERS.map(|(command, user)| (command, variables(&cluster, user))).into();
    // The script names topics by their prefix, which the pipeline chooses: any prefix, for the test.
    options.topic_prefix = Some("callfold".to_owned());
    load.seat_agents(&mut options.simulator);

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/kafka-acls.sh");
    cluster.run_script(&script, "KAFKA_ACLS", KAFKA_ACLS, &[("PREFIX", "callfold")]).await;
    let pipeline = Pipeline::start(options).await;
    the_rest_arrives(&pipeline, &mut load).await;

    for (command, user, expected) in [
        ("dispatcher", NOBODY, "callfold"),
        ("dispatcher", "callfold-ingest", "callfold"),
        ("projector", "callfold-dispatcher", "callfold"),
    ] {
        let told = pipeline.refused(command, variables(&cluster, user)).await;
        assert!(told.contains("uthoriz") && told.contains(expected), "{command} as {user}: {told}");
    }
    let wrong = vec![("CALLFOLD_LOG__LIBRDKAFKA__SASL__PASSWORD".to_owned(), "wrong".to_owned())];
    let as_nobody = [variables(&cluster, NOBODY), wrong].concat();
    let told = pipeline.refused("dispatcher", as_nobody).await;
    assert!(told.contains("uthentication"), "{told}");

    for said in pipeline.outputs() {
        for user in &users {
            assert!(!said.contains(&secured::password(user)), "a password of {user} was printed");
        }
    }
}

/// What makes a command this user.
fn variables(cluster: &KafkaCluster, user: &str) -> Vec<(String, String)> {
    let variable = |property: String| {
        format!("CALLFOLD_LOG__LIBRDKAFKA__{}", property.to_uppercase().replace('.', "__"))
    };
    let of_user = cluster.librdkafka_of(user).into_iter();
    of_user.map(|(property, value)| (variable(property), value)).collect()
}
