//! The last look before the socket write: a body that refuses to be read when its attempt is too late.
//! Without its body a request is no request, so one that was stopped here has not happened.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::boottime;

/// Until when, and as long as what, a write may start.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    /// On the clock that counts suspension.
    pub(crate) deadline_ms: i64,
    /// False when another process is active.
    pub(crate) active: Arc<AtomicBool>,
}

impl Guard {
    /// Whether the write may start now.
    #[must_use]
    pub(crate) fn allows(&self) -> bool {
        self.active.load(Ordering::SeqCst) && boottime::now_ms() < self.deadline_ms
    }
}

/// The attempt is too late.
#[derive(Debug, thiserror::Error)]
#[error("the attempt's deadline has passed, or another process is active")]
pub(crate) struct Late;

/// A body that looks at its guard when it is read.
pub(crate) struct GuardedBody {
    guard: Guard,
    body: Option<Bytes>,
}

impl GuardedBody {
    pub(crate) fn new(guard: Guard, body: String) -> GuardedBody {
        GuardedBody { guard, body: Some(Bytes::from(body)) }
    }
}

impl Body for GuardedBody {
    type Data = Bytes;
    type Error = Late;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Late>>> {
        if self.body.is_some() && !self.guard.allows() {
            return Poll::Ready(Some(Err(Late)));
        }
        Poll::Ready(self.body.take().map(|body| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(guard: Guard) -> Option<Result<(), ()>> {
        let mut body = GuardedBody::new(guard, "{}".into());
        let mut context = Context::from_waker(std::task::Waker::noop());
        match Pin::new(&mut body).poll_frame(&mut context) {
            Poll::Ready(frame) => frame.map(|frame| frame.map(drop).map_err(drop)),
            Poll::Pending => panic!("never waits"),
        }
    }

    #[test]
    fn a_late_body_is_never_read_nor_one_of_a_process_that_was_replaced() {
        for (in_ms, active, verdict) in [
            (60_000, true, Some(Ok(()))),
            (-1, true, Some(Err(()))),
            (60_000, false, Some(Err(()))),
        ] {
            let active = Arc::new(AtomicBool::new(active));
            let guard = Guard { deadline_ms: boottime::now_ms() + in_ms, active };
            assert_eq!(read(guard), verdict, "{in_ms}");
        }
    }
}
