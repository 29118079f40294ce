//! Recordings and voicemails: their stable page, and the signed URLs that die.

use sha2::{Digest, Sha256};

/// What was recorded of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Media {
    /// The conversation of an answered call.
    Recording,
    /// What a caller said to the machine.
    Voicemail,
}

impl Media {
    /// The word in URLs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Voicemail => "voicemail",
        }
    }
}

/// The page that asks for an Aircall login and never changes.
#[must_use]
pub fn asset_url(call_id: i64, media: Media) -> String {
    format!("https://assets.aircall.io/calls/{call_id}/{}", media.as_str())
}

/// A direct URL that was signed at `signed_at` (Unix seconds) and is good for 600 s. Two events of one
/// call differ in its query and in nothing else. The host is reserved and cannot exist.
#[must_use]
pub fn signed_url(call_id: i64, media: Media, signed_at: i64) -> String {
    let word = media.as_str();
    let file = short_hash(&format!("{call_id} {word}"));
    let signature = short_hash(&format!("{call_id} {word} {signed_at}"));
    format!(
        "https://media.aircall.example/recordings/call-{call_id}-{file}-{word}.mp3\
         ?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={signed_at}&X-Amz-Expires=600\
         &X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
    )
}

fn short_hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
