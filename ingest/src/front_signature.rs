//! The signature on Front's application webhooks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How far a request's time may be from ours, either way. Front's retries come within seconds;
/// five minutes forgive a clock that is off and leave little to whoever repeats an old request.
pub const AGE_MS_MAX: u64 = 5 * 60 * 1000;

/// Timestamps above this are milliseconds: as seconds it would be the year 33658.
const SECONDS_MAX: i64 = 1_000_000_000_000;

/// Why a request is not Front's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A header is absent or cannot be read.
    #[error("the signature's headers are absent or unreadable")]
    Headers,
    /// Signed too long ago, or in the future.
    #[error("the request's time is more than five minutes off")]
    Time,
    /// Signed with another secret, or over another body.
    #[error("the signature does not fit the body")]
    Signature,
}

/// Checks `signature`, base64 of HMAC-SHA256 over `timestamp`, a colon and the body's raw bytes.
///
/// # Errors
/// [`Refusal`].
pub fn verify(
    secret: &[u8],
    timestamp: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
    now_ms: i64,
) -> Result<(), Refusal> {
    let (Some(timestamp), Some(signature)) = (timestamp, signature) else {
        return Err(Refusal::Headers);
    };
    let signature = STANDARD.decode(signature.trim()).map_err(|_| Refusal::Headers)?;
    let signed_at: i64 = timestamp.trim().parse().map_err(|_| Refusal::Headers)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a MAC takes keys of any length");
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    mac.verify_slice(&signature).map_err(|_| Refusal::Signature)?;
    let signed_at_ms =
        if signed_at > SECONDS_MAX { signed_at } else { signed_at.saturating_mul(1000) };
    if signed_at_ms.abs_diff(now_ms) > AGE_MS_MAX { Err(Refusal::Time) } else { Ok(()) }
}
