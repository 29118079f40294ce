//! The model and the simulated Front agree about what is shown: what the model expects, written to
//! Front as an integration would write it, compares clean, and people's acts are seen.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::sync::Arc;

use serde_json::{Value, json};
use simulators::aircall::{Centre, GenerateConfig, generate};
use simulators::front::{
    Act, Config, InboxSeed, Limits, On, PHONE_INBOX, Simulator, Span, TeammateSeed, What,
};
use simulators::model::{
    self, Class, Comments, ExpectedMessage, ExpectedThread, ModelConfig, PersonAct, compare, expect,
};

struct Writer {
    front: Simulator,
    client: reqwest::Client,
}

impl Writer {
    async fn start(centre: &Centre) -> Self {
        let agents = centre.agents.iter().filter(|agent| agent.in_front);
        let members: Vec<String> = agents.map(|agent| agent.email.to_lowercase()).collect();
        let inbox = |name: &str| InboxSeed { name: name.to_owned(), members: members.clone() };
        let config = Config {
            inboxes: vec![inbox(PHONE_INBOX), inbox("Claims")],
            teammates: members.iter().map(|email| TeammateSeed::from_email(email)).collect(),
            limits: Limits {
                requests_per_minute: 1_000_000,
                per_resource_per_s: 1_000_000,
                ..Limits::default()
            },
            visible_delay_ms: Span { min: 1, max: 5 },
            ..Config::default()
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let client =
            reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap();
        Self { front: Simulator::start(config).await.unwrap(), client }
    }

    async fn send(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.front.url());
        let request = self.client.request(method, url).bearer_auth(self.front.token());
        let answer = request.json(body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    async fn post(&self, path: &str, body: Value) {
        self.send(reqwest::Method::POST, path, &body).await;
    }

    /// Everything that the thread must show: contact, activities, then comments.
    async fn write(&self, thread: &ExpectedThread) {
        let anonymous = thread.handle.starts_with("anonymous:");
        let mut handles = vec![json!({"handle": thread.handle, "source": "custom"})];
        if !anonymous {
            handles.push(json!({"handle": thread.handle, "source": "phone"}));
        }
        let name = thread.names.first().unwrap_or(&thread.handle);
        self.post("/contacts", json!({"handles": handles, "name": name})).await;
        for call in &thread.calls {
            for message in &call.forms[0].messages {
                self.import(thread, call.id, message).await;
            }
        }
        self.front.settled().await;
        let conversation = self.conversation(&thread.handle);
        for comment in thread.calls.iter().flat_map(|call| &call.comments) {
            let mut body = json!({"body": comment.body});
            if let Some(author) = &comment.authors[0] {
                body["author_id"] = json!(format!("alt:email:{author}"));
            }
            self.post(&format!("/conversations/{conversation}/comments"), body).await;
        }
        if let Some(assignee) = &thread.assignees[0] {
            let body = json!({"assignee_id": format!("alt:email:{assignee}")});
            let path = format!("/conversations/{conversation}/assignee");
            self.send(reqwest::Method::PUT, &path, &body).await;
        }
    }

    async fn import(&self, thread: &ExpectedThread, call: i64, message: &ExpectedMessage) {
        let lines: Vec<&str> = message.lines.iter().map(|line| line.texts[0].as_str()).collect();
        let mut body = json!({
            "sender": {"handle": message.sender},
            "to": [message.to],
            "subject": message.subjects[0],
            "body": lines.join("\n"),
            "external_id": format!("{call} {:?}", message.piece),
            "created_at": message.created_at,
            "type": "custom",
            "metadata": {
                "thread_ref": thread.handle,
                "is_inbound": message.inbound,
                "is_archived": false,
                "should_skip_rules": false,
            },
        });
        if let Some(author) = &message.authors[0] {
            body["sender"]["author_id"] = json!(self.teammate(author).await);
        }
        self.post("/inboxes/inb_1/imported_messages", body).await;
    }

    async fn teammate(&self, email: &str) -> Value {
        let path = format!("/teammates/alt:email:{}", email.replace('@', "%40"));
        self.send(reqwest::Method::GET, &path, &Value::Null).await["id"].clone()
    }

    fn conversation(&self, handle: &str) -> String {
        let mut all = self.front.snapshot().conversations.into_iter();
        all.find(|conversation| conversation.contact_handle == handle).unwrap().id
    }
}

/// What Front must show, with all comments.
fn wanted(centre: &Centre, acts: &[PersonAct]) -> model::Expectation {
    expect(centre, acts, &ModelConfig { comments: Comments::All, ..ModelConfig::default() })
}

#[tokio::test]
async fn what_the_model_expects_can_be_written_to_front_and_compares_clean() {
    let centre = generate(&GenerateConfig { calls: 60, contacts: 20, ..GenerateConfig::default() });
    let writer = Writer::start(&centre).await;
    let expectation = wanted(&centre, &[]);
    for thread in &expectation.threads {
        writer.write(thread).await;
    }
    let differences = compare(&expectation, &writer.front.snapshot());
    assert!(differences.is_empty(), "{:#?}", &differences[..differences.len().min(3)]);

    let handle = expectation.threads[0].handle.clone();
    let other = "agent.02@example.com".to_owned();
    let act = |what| Act {
        by: "agent.01@example.com".to_owned(),
        on: On::Conversation(writer.conversation(&handle)),
        what,
    };
    writer.front.act(&act(What::Archive)).unwrap();
    writer.front.act(&act(What::Move("Claims".to_owned()))).unwrap();
    writer.front.act(&act(What::Assign(Some(other.clone())))).unwrap();
    let seen: Vec<Class> =
        compare(&expectation, &writer.front.snapshot()).iter().map(|one| one.class).collect();
    assert!(seen.contains(&Class::WrongStatus) && seen.contains(&Class::WrongInbox), "{seen:?}");

    let person = |act| PersonAct {
        at: centre.start_at + 90_000,
        contact: handle.clone(),
        act,
        settled: true,
    };
    let acts = [
        person(model::Act::Archive),
        person(model::Act::Move("Claims".to_owned())),
        person(model::Act::Assign(Some(other))),
    ];
    assert_eq!(compare(&wanted(&centre, &acts), &writer.front.snapshot()), []);
    writer.front.stop().await;
}
