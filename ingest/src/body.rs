//! Reads a request's body within its limits.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::BodyExt;

use crate::answer::Answer;
use crate::limits::{BODY_BYTES_MAX, BODY_DRAINED_BYTES_MAX, BODY_TIMEOUT};
use crate::room::BodyPlace;

/// The whole body. `place` grows with what has come of it.
///
/// # Errors
/// The answer that its sender gets: too large, too slow, broken off, or no room. What is over the limit is
/// read on for a while and dropped, so that a sender that is still writing sees the answer.
pub async fn read(body: Body, place: &mut BodyPlace) -> Result<Bytes, Answer> {
    if body.size_hint().lower() > BODY_DRAINED_BYTES_MAX as u64 {
        return Err(Answer::TooLarge);
    }
    match tokio::time::timeout(BODY_TIMEOUT, collect(body, place)).await {
        Ok(read) => read,
        Err(_) => Err(Answer::TooSlow),
    }
}

async fn collect(mut body: Body, place: &mut BodyPlace) -> Result<Bytes, Answer> {
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    let mut bytes_seen = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Answer::Broken)?;
        let Ok(data) = frame.into_data() else { continue };
        bytes_seen += data.len();
        if bytes_seen > BODY_DRAINED_BYTES_MAX {
            return Err(Answer::TooLarge);
        }
        if bytes_seen > BODY_BYTES_MAX {
            (first, joined) = (Bytes::new(), BytesMut::new());
        } else if !place.grow_to(bytes_seen) {
            return Err(Answer::Busy);
        } else if first.is_empty() && joined.is_empty() {
            first = data;
        } else {
            joined.extend_from_slice(&std::mem::take(&mut first));
            joined.extend_from_slice(&data);
        }
    }
    if bytes_seen > BODY_BYTES_MAX {
        return Err(Answer::TooLarge);
    }
    Ok(if joined.is_empty() { first } else { joined.freeze() })
}
