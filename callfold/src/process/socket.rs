//! The owner-only socket in `log.dir`: where commands ask the process that holds the log, or, where
//! brokers hold it, the one that has a spool there.

use std::convert::Infallible;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use eventlog::LogReader;
use eventlog::spool::Spool;
use futures::StreamExt;
use tokio::net::UnixListener;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::roles::Live;
use crate::config::Settings;
use crate::failure::Failure;
use crate::reach;
use crate::reach::socket_path::{SOCKET, reachable};
use crate::view::events::Query;
use crate::view::known::Known;
use crate::view::spool::SpoolView;
use crate::view::status::Place;
use crate::view::{Names, ViewError, conversation, events, status};

#[derive(Clone)]
struct Shared {
    log: Arc<dyn LogReader>,
    names: Names,
    place: Place,
    live: Live,
    known: Arc<Mutex<Known>>,
    stop: CancellationToken,
}

/// Answers for the log that this process holds, until `stop`.
///
/// A socket that a killed process left is replaced: whoever gets here holds the log's lock.
///
/// # Errors
/// A folder in which no socket can be made.
pub fn serve(
    settings: &Settings,
    log: Arc<dyn LogReader>,
    live: Live,
    stop: CancellationToken,
) -> Result<impl Future<Output = ()> + use<>, Failure> {
    let shared = Shared {
        log,
        names: reach::names(settings),
        place: reach::place(settings),
        live,
        known: Arc::default(),
        stop: stop.clone(),
    };
    let app = Router::new()
        .route("/v1/status", post(answer_status))
        .route("/v1/conversation", post(answer_conversation))
        .route("/v1/events", post(answer_events))
        .with_state(shared);
    answering(&settings.log.dir, app, stop)
}

/// Answers for the spool in `dir`, until `stop`.
///
/// # Errors
/// Another process that has its spool there; a folder in which no socket can be made.
pub async fn serve_spool(
    dir: &Path,
    spool: Arc<Spool>,
    stop: CancellationToken,
) -> Result<impl Future<Output = ()> + use<>, Failure> {
    if reach::answers(dir).await? {
        return Err(Failure::Failed(format!(
            "another process takes webhooks into the spool in {}: give each a log.dir of its own",
            dir.display()
        )));
    }
    let app = Router::new().route("/v1/spool", post(answer_spool)).with_state(spool);
    answering(dir, app, stop)
}

/// Binds the socket, for its owner only, and returns what serves it until `stop`.
fn answering(
    dir: &Path,
    app: Router,
    stop: CancellationToken,
) -> Result<impl Future<Output = ()> + use<>, Failure> {
    let dir = dir.to_owned();
    let failed = |error: &std::io::Error| {
        Failure::because(&format!("making {}", dir.join(SOCKET).display()), error)
    };
    let listener = bind(&dir).map_err(|error| failed(&error))?;
    let ours = file_id(&dir.join(SOCKET)).map_err(|error| failed(&error))?;
    Ok(async move {
        let served =
            axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "the command socket no longer answers");
        }
        // Left behind it would only be refused and replaced. Another process's is left alone: somebody
        // may have removed the folder and started again.
        if file_id(&dir.join(SOCKET)).is_ok_and(|found| found == ours) {
            let _ = std::fs::remove_file(dir.join(SOCKET));
        }
    })
}

fn file_id(path: &Path) -> std::io::Result<(u64, u64)> {
    let found = std::fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// Bound under another name, closed to others, then moved into place: at no moment can somebody
/// else connect.
fn bind(dir: &Path) -> std::io::Result<UnixListener> {
    const UNFINISHED: &str = "callfold.sock.new";
    let unfinished = dir.join(UNFINISHED);
    if unfinished.exists() {
        std::fs::remove_file(&unfinished)?;
    }
    let (path, _folder) = reachable(dir, UNFINISHED)?;
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(&unfinished, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&unfinished, dir.join(SOCKET))?;
    Ok(listener)
}

async fn answer_status(State(shared): State<Shared>) -> Result<Response, Refusal> {
    let live = || shared.live.now();
    let (log, names) = (shared.log.as_ref(), &shared.names);
    // Looks come one after the other: each goes on where the one before it stopped.
    let mut known = shared.known.lock().await;
    let view = status::look(log, names, &shared.place, Some(&live), &mut known).await?;
    Ok(Json(view).into_response())
}

async fn answer_spool(State(spool): State<Arc<Spool>>) -> Json<SpoolView> {
    Json(SpoolView::of(&spool))
}

async fn answer_conversation(
    State(shared): State<Shared>,
    Json(number): Json<String>,
) -> Result<Response, Refusal> {
    let view = conversation::look(shared.log.as_ref(), &shared.names, &number).await?;
    Ok(Json(view).into_response())
}

async fn answer_events(
    State(shared): State<Shared>,
    Json(query): Json<Query>,
) -> Result<Response, Refusal> {
    let lines = events::spawn(shared.log.clone(), &shared.names, query)?;
    let lines = futures::stream::unfold(lines, |mut lines| async {
        let line = lines.recv().await?;
        let text = match line {
            Ok(line) => format!("{line}\n"),
            Err(error) => format!("error: {error}\n"),
        };
        Some((Ok::<_, Infallible>(Bytes::from(text)), lines))
    });
    let lines = lines.take_until(shared.stop.cancelled_owned());
    Ok(Body::from_stream(lines).into_response())
}

struct Refusal(ViewError);

impl From<ViewError> for Refusal {
    fn from(error: ViewError) -> Self {
        Refusal(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = match self.0 {
            ViewError::Request(_) => StatusCode::BAD_REQUEST,
            ViewError::Log(_) | ViewError::Damage(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (code, self.0.to_string()).into_response()
    }
}
