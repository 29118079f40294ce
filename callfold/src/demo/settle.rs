//! Waiting until everything that came in is in Front and can be seen there.

use std::time::Duration;

use tokio::time::Instant;

use super::child::Child;
use super::progress::Progress;
use super::world::World;
use crate::failure::Failure;

/// The least that is waited for: an import may be visible after 5 s, and what looks again at it
/// comes at the lowest priority.
const PATIENCE: Duration = Duration::from_secs(180);

/// Waits for callfold's own word that all is settled, and for Front to show all it accepted.
///
/// How long is reasonable depends on what was asked of Front: a limit of 60 requests per minute
/// takes its minutes.
///
/// # Errors
/// Something that does not come to an end.
pub async fn wait(world: &World, child: &Child, progress: &Progress) -> Result<(), Failure> {
    let mut last_change = Instant::now();
    let mut last_requests = 0;
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    loop {
        ticks.tick().await;
        let status = child.status().await?;
        let requests = world.front.counts().requests;
        if requests != last_requests {
            (last_change, last_requests) = (Instant::now(), requests);
        }
        let lanes = &status.lanes;
        let open = lanes.queued + lanes.intended + lanes.in_doubt + lanes.accepted;
        progress.settling(status.lag.projector + status.lag.dispatcher, status.due, open);
        if status.settled {
            world.front.settled().await;
            return Ok(());
        }
        if last_change.elapsed() > PATIENCE {
            return Err(Failure::Failed(format!(
                "not settled: for {} s no request came to Front, and there are still {} calls due, \
                 {open} effects open, {} records not read",
                PATIENCE.as_secs(),
                status.due,
                status.lag.projector + status.lag.dispatcher
            )));
        }
    }
}
