//! Any bytes are an event or a reason, their tokens go, and reading what was kept gives the same.
#![no_main]

use ingest::redact::Redactor;
use ingest::{Seen, front_body, normalise};
use libfuzzer_sys::fuzz_target;
use schemas::{Origin, TimeMs};

const TOKEN: &str = "0123456789abcdef";

fuzz_target!(|body: &[u8]| {
    let seen = Seen {
        received_at: TimeMs(1),
        origin: Origin::Webhook,
        default_region: Some("FR"),
    };
    let _ = ingest::envelope::token_of(body);
    let _ = front_body::read(body);
    let _ = normalise(body, &seen);
    let kept = Redactor::new([TOKEN]).redact(body);
    assert!(kept.len() <= body.len());
    assert_eq!(normalise(&kept, &seen), normalise(&kept, &seen));
});
