//! A running `callfold run`, what it is asked, and what Aircall sends to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// A running `callfold run` with everything on free ports; nobody answers as Front.
pub struct Running {
    pub process: Child,
    pub output: BufReader<ChildStdout>,
    pub ingest: String,
    pub health: String,
}

pub fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callfold"));
    command
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .env("CALLFOLD_LOG__DIR", "data")
        .env("CALLFOLD_INGEST__LISTEN", "127.0.0.1:0")
        .env("CALLFOLD_TELEMETRY__LISTEN", "127.0.0.1:0")
        .env("CALLFOLD_AIRCALL__WEBHOOK_TOKEN", "sesame-of-aircall")
        .env("CALLFOLD_FRONT__TOKEN", "sesame-of-front")
        // Port 1 of this machine: refused at once.
        .env("CALLFOLD_FRONT__API_URL", "http://127.0.0.1:1");
    command
}

pub fn ask(dir: &Path, arguments: &[&str]) -> Output {
    command(dir, arguments).output().expect("the executable starts")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

impl Running {
    pub fn start(dir: &Path) -> Running {
        Running::start_with(dir, &[])
    }

    pub fn start_with(dir: &Path, variables: &[(&str, &str)]) -> Running {
        let mut process = command(dir, &["run"])
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the executable starts");
        let mut output = BufReader::new(process.stdout.take().expect("piped"));
        let mut address = |name: &str| loop {
            let mut line = String::new();
            let read = output.read_line(&mut line).expect("readable");
            assert!(read > 0, "run ended before it named {name}");
            if line.trim_start().starts_with(name) {
                let rest = line.split("http://").nth(1).expect("an address");
                break rest.split('/').next().expect("a host").to_owned();
            }
        };
        let (ingest, health) = (address("webhooks"), address("health"));
        Running { process, output, ingest, health }
    }

    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.process.id()).expect("an id");
        kill_process(Pid::from_raw(id).expect("not 0"), signal).expect("it can be signalled");
    }

    pub fn ends(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).expect("readable");
        let output = self.process.wait_with_output().expect("it ends");
        (output.status.code(), text(&output.stderr))
    }
}

pub fn http(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    match stream.read_to_string(&mut answer) {
        Ok(_) => {}
        // A process that is ending gives no answer.
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("it answers: {error}"),
    }
    answer
}

pub fn get(address: &str, path: &str) -> String {
    http(address, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
}

pub fn send_call(address: &str, call: i64) -> String {
    let body = format!(
        r#"{{"resource":"call","event":"call.ended","timestamp":1700000100,"token":"sesame-of-aircall",
        "data":{{"id":{call},"direction":"inbound","status":"done","started_at":1700000000,
        "answered_at":1700000010,"ended_at":1700000090,"raw_digits":"+33 6 00 00 00 01",
        "number":{{"id":5,"name":"Support","digits":"+33 1 00 00 00 02","country":"FR",
        "time_zone":"Europe/Paris"}},"comments":[],"tags":[]}}}}"#
    );
    http(
        address,
        &format!(
            "POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
    )
}
