//! A cluster of the client library's own making, in this process: it speaks the protocol and keeps
//! nothing. For what can be checked of the adapter on a machine without Java; it is no proof for
//! restarts, take-overs or timing, and its transactions show everything at once.

use std::sync::mpsc::{SyncSender, sync_channel};

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::Options;
use super::settings::identity_spec;
use crate::{Partition, Topic, TopicSpec};

enum What {
    Create(Vec<TopicSpec>),
    /// Who leads this partition.
    Lead(Topic, Partition, Option<i32>),
    /// A broker ends.
    Down(i32),
    /// The next produce request is answered with this.
    RefuseProduce(RDKafkaRespErr),
}

struct Request {
    what: What,
    done: SyncSender<()>,
}

/// A mock cluster, on a thread of its own: its handle cannot be passed around.
pub struct Mock {
    brokers: String,
    requests: SyncSender<Request>,
}

impl Mock {
    /// Starts one with one broker. It ends with this value.
    ///
    /// # Panics
    /// When the client library cannot start it.
    #[must_use]
    pub fn start() -> Mock {
        Mock::of(1)
    }

    /// Starts one with so many brokers.
    ///
    /// # Panics
    /// As [`Mock::start`].
    #[must_use]
    pub fn of(brokers: i32) -> Mock {
        let (requests, asked) = sync_channel::<Request>(1);
        let (started, start) = sync_channel(1);
        let serve = move || {
            let cluster = MockCluster::new(brokers).expect("a mock cluster starts");
            started.send(cluster.bootstrap_servers()).expect("somebody waits for it");
            for Request { what, done } in asked {
                match what {
                    What::Create(topics) => topics.iter().for_each(|spec| create(&cluster, spec)),
                    What::Lead(topic, partition, broker) => {
                        let number = partition.0.cast_signed();
                        let led = cluster.partition_leader(topic.as_str(), number, broker);
                        led.expect("the partition is there");
                    }
                    What::Down(broker) => cluster.broker_down(broker).expect("it runs"),
                    What::RefuseProduce(error) => {
                        cluster.request_errors(RDKafkaApiKey::Produce, &[error]);
                    }
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
        self.ask(What::Create(topics));
    }

    /// From now on this broker, counted from 1, leads a partition; or nobody does, as while brokers agree
    /// on another one.
    ///
    /// # Panics
    /// When there is no such partition.
    pub fn lead(&self, topic: &Topic, partition: Partition, broker: Option<i32>) {
        self.ask(What::Lead(topic.clone(), partition, broker));
    }

    /// Ends a broker, counted from 1.
    ///
    /// # Panics
    /// When there is no such broker.
    pub fn down(&self, broker: i32) {
        self.ask(What::Down(broker));
    }

    /// Answers the next produce request in a way after which an idempotent producer is of no use any
    /// more: its numbering and the broker's have come apart.
    pub fn break_a_producer(&self) {
        let broken = RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
        self.ask(What::RefuseProduce(broken));
    }

    fn ask(&self, what: What) {
        let (done, ended) = sync_channel(1);
        self.requests.send(Request { what, done }).expect("the cluster lives as long as this");
        ended.recv().expect("it is possible");
    }
}

fn create(cluster: &MockCluster<'_, DefaultProducerContext>, spec: &TopicSpec) {
    let partitions = i32::try_from(spec.partitions).expect("a small number");
    cluster.create_topic(spec.topic.as_str(), partitions, 1).expect("the topic is new");
}
