//! A webhook as bytes, with a call id, a time and a number that change in place.

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// How many contacts call: as many as a large centre has in its state.
pub const CONTACTS: u64 = 100_000;

pub struct Request {
    bytes: Vec<u8>,
    body_from: usize,
    call_ids: Vec<usize>,
    digits: Vec<usize>,
}

impl Request {
    pub fn new() -> Request {
        let body = template();
        let head = format!(
            "POST /webhooks/aircall HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n\
             user-agent: axios/1.7\r\naircall-origin: webhooks\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let bytes = [head.as_bytes(), body.as_bytes()].concat();
        let places = |mark: &str| {
            let text = std::str::from_utf8(&bytes).unwrap();
            text.match_indices(mark).map(|(place, _)| place).collect::<Vec<_>>()
        };
        let (call_ids, digits) = (places("3000000000"), places("818 0000"));
        Request { body_from: head.len(), call_ids, digits, bytes }
    }

    /// Makes it the request of this number: another call, one of the contacts.
    pub fn number(&mut self, number: u64) {
        let call_id = (3_000_000_000 + number).to_string();
        for place in &self.call_ids {
            self.bytes[*place..place + 10].copy_from_slice(call_id.as_bytes());
        }
        let contact = number.wrapping_mul(48_271) % CONTACTS;
        let digits = format!("8{:02} {:04}", contact / 10_000 + 10, contact % 10_000);
        for place in &self.digits {
            self.bytes[*place..place + 8].copy_from_slice(digits.as_bytes());
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn body(&self) -> &[u8] {
        &self.bytes[self.body_from..]
    }
}

/// As large as Aircall's: a call event has 1.6 to 2.9 kB.
fn template() -> String {
    let user = r#"{"id":731001,"direct_link":"https://api.aircall.example/v1/users/731001","name":"Agent One","email":"agent.one@example.com","available":true,"availability_status":"available","language":"en-US","wrap_up_time":90}"#;
    let message = |kind: &str| {
        format!(
            r#""{kind}":"https://media.aircall.example/tracks/tts/languages/de/voices/one/0011223344556677889900112233445566778899.mp3""#
        )
    };
    let messages = ["welcome", "waiting", "ivr", "voicemail", "closed", "callback_later"]
        .map(message)
        .join(",");
    format!(
        r#"{{"resource":"call","event":"call.ended","timestamp":1767261655,"token":"{TOKEN}","data":{{"id":3000000000,"direct_link":"https://api.aircall.example/v1/calls/3000000000","direction":"inbound","status":"done","missed_call_reason":null,"started_at":1767261600,"answered_at":1767261612,"ended_at":1767261625,"duration":25,"cost":"0.0","hangup_cause":null,"voicemail":null,"recording":null,"asset":null,"raw_digits":"+44 330 818 0000","user":{user},"number":{{"id":397001,"direct_link":"https://api.aircall.example/v1/numbers/397001","name":"Support line","digits":"+43 720 880000","country":"AT","time_zone":"Europe/Vienna","open":true,"availability_status":"custom","is_ivr":false,"live_recording_activated":false,"messages":{{{messages}}}}},"archived":false,"teams":[],"comments":[],"tags":[{{"id":81,"name":"Follow up","tagged_by":{user},"tagged_at":1767261640}}]}}}}"#
    )
}
