//! Asking the running process: HTTP over its socket.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;

use super::socket_path::{SOCKET, reachable};
use crate::failure::Failure;

/// A process that answers. Every question is a connection of its own.
pub struct Client {
    dir: PathBuf,
}

/// The process that holds the log of this folder, if one answers.
///
/// # Errors
/// A socket that is there and may not be used.
pub async fn connect(dir: &Path) -> Result<Option<Client>, Failure> {
    match open(dir).await {
        Ok(_) => Ok(Some(Client { dir: dir.to_owned() })),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Ok(None),
            io::ErrorKind::PermissionDenied => Err(Failure::Failed(format!(
                "{} belongs to another user: run this command as the user that runs callfold",
                dir.join(SOCKET).display()
            ))),
            _ => Err(Failure::because(
                &format!("connecting to {}", dir.join(SOCKET).display()),
                &error,
            )),
        },
    }
}

/// How a stream of lines ended.
pub enum StreamEnd {
    /// The process closed it.
    Whole,
    /// The process went away.
    Cut(Failure),
}

async fn open(dir: &Path) -> io::Result<UnixStream> {
    let (path, _folder) = reachable(dir, SOCKET)?;
    UnixStream::connect(path).await
}

impl Client {
    /// Asks and reads one document.
    ///
    /// # Errors
    /// What the process says, or that it went away.
    pub async fn ask<A: DeserializeOwned>(
        &self,
        path: &str,
        question: &impl Serialize,
    ) -> Result<A, Failure> {
        let response = self.send(path, question).await??;
        let body = response.into_body().collect().await.map_err(|error| gone(&error))?;
        serde_json::from_slice(&body.to_bytes())
            .map_err(|error| Failure::because("reading the answer of the running process", &error))
    }

    /// Asks and tells line by line what comes. A process that goes away meanwhile is no error
    /// here: the caller knows whether that matters.
    ///
    /// # Errors
    /// As [`Client::ask`], and what `tell` returns.
    pub async fn stream(
        &self,
        path: &str,
        question: &impl Serialize,
        mut tell: impl FnMut(&str) -> Result<(), Failure>,
    ) -> Result<StreamEnd, Failure> {
        let mut body = match self.send(path, question).await {
            Ok(answer) => answer?.into_body(),
            Err(gone) => return Ok(StreamEnd::Cut(gone)),
        };
        let mut text = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => return Ok(StreamEnd::Cut(gone(&error))),
            };
            let Some(data) = frame.data_ref() else { continue };
            text.extend_from_slice(data);
            while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = text.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line[..end]);
                match line.strip_prefix("error: ") {
                    Some(error) => return Err(Failure::Failed(error.to_owned())),
                    None => tell(&line)?,
                }
            }
        }
        Ok(StreamEnd::Whole)
    }

    /// The answer, or what the process says instead of one.
    ///
    /// # Errors
    /// It went away before it said anything.
    async fn send(
        &self,
        path: &str,
        question: &impl Serialize,
    ) -> Result<Result<Response<Incoming>, Failure>, Failure> {
        let stream = open(&self.dir).await.map_err(|error| gone(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| gone(&error))?;
        // It ends with the answer's body; an error is seen there.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        let body = serde_json::to_vec(question)
            .map_err(|error| Failure::because("writing the question", &error))?;
        let request = Request::post(path)
            .header("host", "callfold")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| Failure::because("writing the question", &error))?;
        let response = sender.send_request(request).await.map_err(|error| gone(&error))?;
        match response.status() {
            StatusCode::OK => Ok(Ok(response)),
            status => Ok(Err(refused(status, response).await)),
        }
    }
}

async fn refused(status: StatusCode, response: Response<Incoming>) -> Failure {
    let sentence = match response.into_body().collect().await {
        Ok(body) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        Err(error) => return gone(&error),
    };
    match status {
        StatusCode::BAD_REQUEST => Failure::Usage(sentence),
        StatusCode::NOT_FOUND => Failure::Failed(
            "the running process does not know this command: it is of another version".to_owned(),
        ),
        _ => Failure::Failed(sentence),
    }
}

fn gone(error: &dyn std::fmt::Display) -> Failure {
    Failure::because("the running process went away while it answered", error)
}
