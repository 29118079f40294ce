//! A journey: what Aircall sends and what people do in Front, step by step, as data.

use bytes::Bytes;
use simulators::aircall::bodies::EventBody;
use simulators::front::{Act, On, What};

/// The token that every journey's webhooks carry.
pub const TOKEN: &str = "journey-token-of-the-webhook";

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Step {
    /// Aircall sends a webhook, which must be answered 200.
    Webhook(Bytes),
    /// A person does something in Front.
    Act(Act),
    /// Everybody waits until nothing more will happen by itself.
    Settle,
}

/// A named story with everything that happens in it.
#[derive(Debug, Clone)]
pub struct Journey {
    /// The name of its golden file.
    pub name: &'static str,
    /// Whether the article's four company rules are on in Front.
    pub company_rules: bool,
    /// What happens, in order. At the end everybody waits as with [`Step::Settle`].
    pub steps: Vec<Step>,
}

impl Journey {
    /// A journey without steps.
    #[must_use]
    pub fn new(name: &'static str) -> Journey {
        Journey { name, company_rules: false, steps: Vec::new() }
    }

    /// With the article's company rules switched on in Front.
    #[must_use]
    pub fn with_company_rules(mut self) -> Journey {
        self.company_rules = true;
        self
    }

    /// Whether a voicemail must come within the settle time, because its call is heard of before and
    /// nobody rests between the two. Then the settle time may be as long as a busy machine needs: nothing
    /// waits it out.
    #[must_use]
    pub fn hurries(&self) -> bool {
        let told = |step: &Step| match step {
            Step::Webhook(body) => String::from_utf8_lossy(body).contains("call.voicemail_left"),
            Step::Act(_) | Step::Settle => false,
        };
        let mut between_rests = self.steps.split(|it| matches!(it, Step::Settle));
        between_rests.any(|steps| steps.len() > 1 && steps.iter().any(told))
    }

    /// Then Aircall sends this.
    #[must_use]
    pub fn webhook(mut self, event: &EventBody) -> Journey {
        self.steps.push(Step::Webhook(event.to_bytes(TOKEN)));
        self
    }

    /// Then everything comes to rest.
    #[must_use]
    pub fn settle(mut self) -> Journey {
        self.steps.push(Step::Settle);
        self
    }

    /// Then everything comes to rest, and a teammate does this with the contact's conversation.
    #[must_use]
    pub fn person(mut self, by: &str, contact: &str, what: What) -> Journey {
        self.steps.push(Step::Settle);
        let on = On::Contact(contact.to_owned());
        self.steps.push(Step::Act(Act { by: by.to_owned(), on, what }));
        self
    }
}
