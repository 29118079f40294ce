//! What a test sees of a stage: the ledger on the log, and what Front got and shows.

use eventlog::partitioner::partition_of;
use eventlog::{LogReader, Offset, Partition};
use schemas::topics::key;
use schemas::{Contact, FrontEvent, Outcome, OutcomeState, TopicKind};
use simulators::front::RecordedRequest;
use simulators::snapshot::{ConversationView, EntryView};

use super::{PARTITIONS, PATIENCE, Stage, effect_key};

impl Stage {
    /// The first outcome of an effect that is as wanted.
    pub async fn outcome(
        &self,
        contact: &Contact,
        effect: &str,
        wanted: impl FnMut(&Outcome) -> bool,
    ) -> Outcome {
        self.outcome_from(Offset::START, contact, effect, wanted).await
    }

    /// The same, looked for from here on in the contact's partition.
    pub async fn outcome_from(
        &self,
        from: Offset,
        contact: &Contact,
        effect: &str,
        mut wanted: impl FnMut(&Outcome) -> bool,
    ) -> Outcome {
        let key = key::effect(contact, &effect_key(effect));
        let partition = partition_of(contact.as_str().as_bytes(), PARTITIONS);
        let topic = self.topic(TopicKind::Outcomes);
        let mut reader = self.log.reader(&topic, partition, from).await.unwrap();
        let search = async {
            loop {
                for record in reader.next(100).await.unwrap().records {
                    if record.key == key {
                        let outcome = schemas::decode::<Outcome>(&record.value.unwrap()).unwrap();
                        if wanted(&outcome) {
                            return outcome;
                        }
                    }
                }
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(outcome) => outcome,
            Err(_) => panic!("{effect} never came there; {:#?}", self.routes()),
        }
    }

    pub async fn done(&self, contact: &Contact, effect: &str) -> Outcome {
        self.outcome(contact, effect, |it| it.state == OutcomeState::Done).await
    }

    pub async fn all_done(&self, contact: &Contact, effects: &[&str]) {
        for effect in effects {
            self.done(contact, effect).await;
        }
    }

    /// The same, looked for behind these ends of the partitions.
    pub async fn all_done_after(&self, contact: &Contact, effects: &[&str], ends: &[Offset]) {
        let partition = partition_of(contact.as_str().as_bytes(), PARTITIONS);
        let from = ends[partition.0 as usize];
        for effect in effects {
            self.outcome_from(from, contact, effect, |it| it.state == OutcomeState::Done).await;
        }
    }

    /// Every intent of a contact on the log, with the time of its record.
    pub async fn intents(&self, contact: &Contact) -> Vec<(i64, Outcome)> {
        let mut entries = self.entries(contact).await;
        entries.retain(|(_, outcome)| outcome.state == OutcomeState::Intended);
        entries
    }

    /// Every state of an effect that the log has, in order.
    pub async fn states(&self, contact: &Contact, effect: &str) -> Vec<OutcomeState> {
        let entries = self.entries(contact).await.into_iter();
        let own = entries.filter(|(_, outcome)| outcome.effect_key.as_str() == effect);
        own.map(|(_, outcome)| outcome.state).collect()
    }

    /// Every entry of a contact on the log, with the time of its record.
    async fn entries(&self, contact: &Contact) -> Vec<(i64, Outcome)> {
        let partition = partition_of(contact.as_str().as_bytes(), PARTITIONS);
        let topic = self.topic(TopicKind::Outcomes);
        let mut reader = self.log.reader(&topic, partition, Offset::START).await.unwrap();
        let records = reader.next_if_any(10_000).await.unwrap().records;
        let outcomes = records.into_iter().filter_map(|record| {
            let outcome = schemas::decode::<Outcome>(&record.value?).ok()?;
            (outcome.contact == *contact).then_some((record.time_ms, outcome))
        });
        outcomes.collect()
    }

    /// Everything on `front`, in the order of partitions.
    pub async fn front_events(&self, count: usize) -> Vec<FrontEvent> {
        let topic = self.topic(TopicKind::Front);
        let read = async {
            let mut ends = self.running.as_ref().unwrap().handle.clone();
            loop {
                let mut events = Vec::new();
                for partition in (0..PARTITIONS).map(Partition) {
                    let mut reader =
                        self.log.reader(&topic, partition, Offset::START).await.unwrap();
                    for record in reader.next_if_any(1_000).await.unwrap().records {
                        events.push(schemas::decode(&record.value.unwrap()).unwrap());
                    }
                }
                if events.len() >= count {
                    return events;
                }
                let seen = ends.status().at;
                ends.until(|status| status.at > seen).await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap()
    }

    pub fn conversations(&self) -> Vec<ConversationView> {
        self.front.snapshot().conversations
    }

    /// Method and route of every request so far, startup left out.
    pub fn routes(&self) -> Vec<String> {
        let routes = self.requests().into_iter().map(|it| it.route.unwrap_or(it.path));
        routes
            .filter(|it| !matches!(it.as_str(), "GET /me" | "GET /inboxes" | "GET /teammates"))
            .collect()
    }

    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.front.requests()
    }

    /// Writes so far.
    pub fn writes(&self) -> Vec<RecordedRequest> {
        self.requests().into_iter().filter(RecordedRequest::is_write).collect()
    }
}

/// The bodies of a conversation's messages, in the order that Front shows.
pub fn bodies(conversation: &ConversationView) -> Vec<&str> {
    conversation
        .entries
        .iter()
        .map(|entry| match entry {
            EntryView::Message { body, .. } | EntryView::Comment { body, .. } => body.as_str(),
        })
        .collect()
}
