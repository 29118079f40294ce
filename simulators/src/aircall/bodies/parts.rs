//! The objects inside a call's body: user, number (line) and contact.

use serde_json::{Value, json};

/// An Aircall user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserBody {
    id: i64,
    name: String,
    email: String,
}

impl UserBody {
    /// A user with everything that decides anything.
    #[must_use]
    pub fn new(id: i64, name: &str, email: &str) -> Self {
        Self { id, name: name.to_owned(), email: email.to_owned() }
    }

    /// The user in a webhook's call.
    #[must_use]
    pub fn to_webhook(&self) -> Value {
        json!({
            "id": self.id,
            "direct_link": format!("https://api.aircall.io/v1/users/{}", self.id),
            "name": self.name,
            "email": self.email,
            "available": true,
            "availability_status": "available",
            "language": "en-US",
            "wrap_up_time": 0,
        })
    }

    /// The user in REST: with `created_at` and `time_zone`, without `wrap_up_time`.
    #[must_use]
    pub fn to_rest(&self) -> Value {
        json!({
            "id": self.id,
            "direct_link": format!("https://api.aircall.io/v1/users/{}", self.id),
            "name": self.name,
            "email": self.email,
            "available": true,
            "availability_status": "available",
            "created_at": "2025-01-02T11:41:01.000Z",
            "time_zone": "Etc/UTC",
            "language": "en-US",
        })
    }
}

/// An Aircall number: the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineBody {
    id: i64,
    name: String,
    digits: String,
    e164: Option<String>,
    country: String,
    time_zone: String,
    is_ivr: bool,
}

impl LineBody {
    /// A French line; `digits` is the display form, for example `+33 1 99 00 00 01`.
    #[must_use]
    pub fn new(id: i64, name: &str, digits: &str) -> Self {
        let e164 = digits.chars().filter(|c| *c == '+' || c.is_ascii_digit()).collect();
        Self {
            id,
            name: name.to_owned(),
            digits: digits.to_owned(),
            e164: Some(e164),
            country: "FR".to_owned(),
            time_zone: "Europe/Paris".to_owned(),
            is_ivr: false,
        }
    }

    /// ISO 3166 country of two letters.
    #[must_use]
    pub fn country(mut self, country: &str) -> Self {
        country.clone_into(&mut self.country);
        self
    }

    /// IANA time zone.
    #[must_use]
    pub fn time_zone(mut self, zone: &str) -> Self {
        zone.clone_into(&mut self.time_zone);
        self
    }

    /// The line has a menu.
    #[must_use]
    pub fn ivr(mut self, is_ivr: bool) -> Self {
        self.is_ivr = is_ivr;
        self
    }

    /// Leaves out `e164_digits`, which older webhooks do not have.
    #[must_use]
    pub fn without_e164(mut self) -> Self {
        self.e164 = None;
        self
    }

    /// The number in a webhook's call.
    #[must_use]
    pub fn to_webhook(&self) -> Value {
        let mut number = json!({
            "id": self.id,
            "direct_link": format!("https://api.aircall.io/v1/numbers/{}", self.id),
            "name": self.name,
            "digits": self.digits,
            "country": self.country,
            "time_zone": self.time_zone,
            "open": true,
            "availability_status": "custom",
            "is_ivr": self.is_ivr,
            "live_recording_activated": true,
            "messages": {
                "welcome": "https://media.aircall.example/tracks/welcome.mp3",
                "waiting": "https://media.aircall.example/tracks/waiting.mp3",
                "ivr": "https://media.aircall.example/tracks/ivr.mp3",
                "voicemail": "https://media.aircall.example/tracks/voicemail.mp3",
                "closed": "https://media.aircall.example/tracks/closed.mp3",
                "callback_later": "https://media.aircall.example/tracks/callback.mp3",
            },
        });
        if let Some(e164) = &self.e164 {
            number["e164_digits"] = json!(e164);
        }
        number
    }
}

/// An Aircall contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactBody {
    id: i64,
    first_name: Option<String>,
    last_name: Option<String>,
    company_name: Option<String>,
    number: Option<String>,
}

impl ContactBody {
    /// A contact with a first and a last name; an empty one is written as null.
    #[must_use]
    pub fn new(id: i64, first_name: &str, last_name: &str) -> Self {
        let some = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        Self {
            id,
            first_name: some(first_name),
            last_name: some(last_name),
            company_name: None,
            number: None,
        }
    }

    /// The company's name.
    #[must_use]
    pub fn company(mut self, name: &str) -> Self {
        self.company_name = Some(name.to_owned());
        self
    }

    /// One phone number, in any spelling.
    #[must_use]
    pub fn number(mut self, value: &str) -> Self {
        self.number = Some(value.to_owned());
        self
    }

    /// The contact in a call.
    #[must_use]
    pub fn to_webhook(&self) -> Value {
        let numbers: Vec<Value> = self
            .number
            .iter()
            .map(|value| json!({"id": self.id * 10 + 1, "label": "Work", "value": value}))
            .collect();
        json!({
            "id": self.id,
            "direct_link": format!("https://api.aircall.io/v1/contacts/{}", self.id),
            "first_name": self.first_name,
            "last_name": self.last_name,
            "company_name": self.company_name,
            "information": null,
            "is_shared": true,
            "phone_numbers": numbers,
            "emails": [],
        })
    }
}
