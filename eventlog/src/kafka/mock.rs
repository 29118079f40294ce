//! A cluster of the client library's own making, in this process: it speaks the protocol and keeps
//! nothing. For what can be checked of the adapter on a machine without Java; it is no proof for
//! restarts, take-overs or timing, and its transactions show everything at once.

use std::sync::mpsc::{SyncSender, sync_channel};

use rdkafka::mocking::MockCluster;

use super::Options;
use super::settings::identity_spec;
use crate::TopicSpec;

struct Create {
    topics: Vec<TopicSpec>,
    done: SyncSender<()>,
}

/// A mock cluster with one broker, on a thread of its own: its handle cannot be passed around.
pub struct Mock {
    brokers: String,
    requests: SyncSender<Create>,
}

impl Mock {
    /// Starts it. It ends with this value.
    ///
    /// # Panics
    /// When the client library cannot start it.
    #[must_use]
    pub fn start() -> Mock {
        let (requests, asked) = sync_channel::<Create>(1);
        let (started, start) = sync_channel(1);
        let serve = move || {
            let cluster = MockCluster::new(1).expect("a mock cluster starts");
            started.send(cluster.bootstrap_servers()).expect("somebody waits for it");
            for Create { topics, done } in asked {
                for spec in topics {
                    let partitions = i32::try_from(spec.partitions).expect("a small number");
                    let made = cluster.create_topic(spec.topic.as_str(), partitions, 1);
                    made.expect("the topic is new");
                }
                done.send(()).expect("somebody waits for it");
            }
        };
        std::thread::Builder::new()
            .name("kafka-mock".to_owned())
            .spawn(serve)
            .expect("a thread starts");
        Mock { brokers: start.recv().expect("a mock cluster starts"), requests }
    }

    /// Its address.
    #[must_use]
    pub fn brokers(&self) -> String {
        self.brokers.clone()
    }

    /// Makes the topics of a log; a mock cluster answers no request to make some.
    ///
    /// # Panics
    /// When a topic is there already.
    pub fn create(&self, options: &Options, topics: &[TopicSpec]) {
        let mut topics = topics.to_vec();
        topics.push(identity_spec(options));
        let (done, made) = sync_channel(1);
        self.requests.send(Create { topics, done }).expect("the cluster lives as long as this");
        made.recv().expect("the topics are new");
    }
}
