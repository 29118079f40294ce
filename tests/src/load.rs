//! A centre's webhooks sent by a few senders without retries, with a memory of what was answered.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::StreamExt;
use simulators::aircall::send::plan;
use simulators::aircall::{Centre, Delivery, GenerateConfig, SendOptions, generate};
use simulators::front::{Config as FrontConfig, Counts, TeammateSeed};

use tokio::sync::watch;

use crate::journey::TOKEN;
use crate::pipeline::Pipeline;

/// Senders at the same time: some requests are always on their way, as from Aircall.
const SENDERS: usize = 8;

/// A generated centre and what of its webhooks has been answered.
pub struct Load {
    /// The centre.
    pub centre: Centre,
    /// Deliveries not yet tried.
    waiting: VecDeque<Delivery>,
    /// Bodies that were answered 200.
    pub acknowledged: Vec<Bytes>,
    /// Bodies that were sent and not answered 200: nobody promised anything about them.
    pub unanswered: Vec<Bytes>,
    in_flight: AtomicUsize,
    answered: watch::Sender<usize>,
}

impl Load {
    /// The webhooks of a centre made from `seed`, whose calls lie before `now` (Unix seconds).
    #[must_use]
    pub fn generate(seed: u64, calls: usize, now: i64) -> Load {
        let shape =
            GenerateConfig { seed, calls, contacts: calls / 3, ..GenerateConfig::default() };
        // Everything has happened before now, as with every real webhook.
        let start_at = now - shape.span_s - 86_400;
        let centre = generate(&GenerateConfig { start_at, ..shape });
        let waiting = plan(&centre, TOKEN, &SendOptions::default()).into();
        let in_flight = AtomicUsize::new(0);
        let (acknowledged, unanswered) = (Vec::new(), Vec::new());
        let answered = watch::Sender::new(0);
        Load { centre, waiting, acknowledged, unanswered, in_flight, answered }
    }

    /// Gives Front the teammates that the centre's agents have there.
    pub fn seat_agents(&self, front: &mut FrontConfig) {
        let seated = self.centre.agents.iter().filter(|agent| agent.in_front);
        front.teammates = seated.map(|agent| TeammateSeed::from_email(&agent.email)).collect();
        let members: Vec<String> = front.teammates.iter().map(|it| it.email.clone()).collect();
        for inbox in &mut front.inboxes {
            inbox.members.clone_from(&members);
        }
    }

    /// How many deliveries were not tried yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.waiting.len()
    }

    /// Takes deliveries out that were not tried yet: somebody else sends them.
    pub fn take(&mut self, count: usize) -> Vec<Bytes> {
        self.waiting.drain(..count.min(self.waiting.len())).map(|it| it.body).collect()
    }

    /// Requests on their way at this moment.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }

    /// Waits, beside [`Load::send`], until so many more deliveries were answered.
    pub fn until_answered(&self, more: usize) -> impl Future<Output = ()> + use<> {
        let mut answered = self.answered.subscribe();
        let wanted = *answered.borrow() + more;
        async move {
            // Of a load that has gone nothing more is answered.
            let _ = answered.wait_for(|count| *count >= wanted).await;
        }
    }

    /// Sends deliveries until `count` of them were tried or `stop` comes; what is on its way when
    /// `stop` comes stays unanswered. Returns how many were on their way then.
    pub async fn send(
        &mut self,
        pipeline: &Pipeline,
        count: usize,
        stop: impl Future<Output = ()>,
    ) -> usize {
        let batch: Vec<Bytes> =
            self.waiting.drain(..count.min(self.waiting.len())).map(|it| it.body).collect();
        let mut answers: Vec<Option<Option<u16>>> = vec![None; batch.len()];
        let in_flight = &self.in_flight;
        let attempt = |place: usize, body: Bytes| async move {
            in_flight.fetch_add(1, Ordering::SeqCst);
            let answer = pipeline.send(body).await;
            in_flight.fetch_sub(1, Ordering::SeqCst);
            (place, answer)
        };
        let mut sends = futures::stream::iter(batch.iter().cloned().enumerate())
            .map(|(place, body)| attempt(place, body))
            .buffer_unordered(SENDERS);
        tokio::pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                next = sends.next() => match next {
                    Some((place, answer)) => {
                        answers[place] = Some(answer);
                        self.answered.send_modify(|count| *count += 1);
                    }
                    None => break,
                },
            }
        }
        let cut = self.in_flight.swap(0, Ordering::SeqCst);
        drop(sends);
        for (body, answer) in batch.into_iter().zip(answers) {
            match answer {
                Some(Some(200)) => self.acknowledged.push(body),
                Some(_) | None => self.unanswered.push(body),
            }
        }
        cut
    }

    /// Sends deliveries, and kills the program when so many more requests have reached Front. Returns
    /// how many deliveries were on their way then.
    ///
    /// # Panics
    /// When the program does not run.
    pub async fn send_and_kill(
        &mut self,
        pipeline: &mut Pipeline,
        count: usize,
        requests: u64,
    ) -> usize {
        let mut child = pipeline.child.take().expect("the program runs");
        let of = |counts: &Counts| counts.writes_total() + counts.reads_total();
        let until = of(&pipeline.front.counts()) + requests;
        let cut = {
            let stop = async {
                pipeline.front.until_counts(|counts| of(counts) >= until).await;
                // The senders still wait for their answers while it dies.
                child.begin_to_die();
            };
            self.send(pipeline, count, stop).await
        };
        child.kill().await;
        cut
    }

    /// Sends again what was not answered, as Aircall does for twelve hours.
    ///
    /// # Panics
    /// When one is refused.
    pub async fn send_unanswered(&mut self, pipeline: &Pipeline) {
        for body in std::mem::take(&mut self.unanswered) {
            assert_eq!(pipeline.send(body.clone()).await, Some(200), "a retry is taken");
            self.acknowledged.push(body);
        }
    }
}
