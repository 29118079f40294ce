//! A broker that speaks TLS alone, knows its users by their passwords (SCRAM), and lets each do no more
//! than it was allowed. The certificate is made here, by the keytool of the JDK.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::broker::Place;

/// Who may do everything: the broker itself, and whoever allows the others.
pub const ADMIN: &str = "admin";
const MECHANISM: &str = "SCRAM-SHA-512";
const STORE_PASSWORD: &str = "of-the-key-store";

/// The certificate, and the users.
#[derive(Debug)]
pub(super) struct Secured {
    dir: PathBuf,
    users: Vec<String>,
}

impl Secured {
    /// Makes a certificate for this machine in `dir`; `users` can log in, and so can [`ADMIN`].
    pub(super) fn new(java: &Path, dir: &Path, users: &[&str]) -> Secured {
        let mut users: Vec<String> = users.iter().map(|user| (*user).to_owned()).collect();
        users.push(ADMIN.to_owned());
        let secured = Secured { dir: dir.to_owned(), users };
        let store = secured.key_store().display().to_string();
        let common = ["-alias", "broker", "-storetype", "PKCS12", "-keystore", &store];
        let made = [
            "-genkeypair",
            "-keyalg",
            "RSA",
            "-keysize",
            "2048",
            "-dname",
            "CN=127.0.0.1",
            "-ext",
            "SAN=IP:127.0.0.1",
            "-validity",
            "2",
        ];
        keytool(java, &[&common[..], &made].concat());
        let certificate = secured.certificate().display().to_string();
        keytool(java, &[&common[..], &["-exportcert", "-rfc", "-file", &certificate]].concat());
        secured
    }

    /// The certificate that clients must trust, as PEM.
    pub(super) fn certificate(&self) -> PathBuf {
        self.dir.join("broker.pem")
    }

    fn key_store(&self) -> PathBuf {
        self.dir.join("broker.p12")
    }

    /// What the broker's configuration says beside the usual; a later line wins over an earlier one.
    pub(super) fn lines(&self, place: &Place) -> String {
        let (port, controller_port) = (place.port, place.controller_port);
        let store = self.key_store();
        format!(
            "listeners=SASL_SSL://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}\n\
             advertised.listeners=SASL_SSL://127.0.0.1:{port}\n\
             listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT\n\
             inter.broker.listener.name=SASL_SSL\n\
             sasl.enabled.mechanisms={MECHANISM}\n\
             sasl.mechanism.inter.broker.protocol={MECHANISM}\n\
             listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={jaas}\n\
             ssl.keystore.type=PKCS12\n\
             ssl.keystore.location={store}\n\
             ssl.keystore.password={STORE_PASSWORD}\n\
             ssl.truststore.type=PKCS12\n\
             ssl.truststore.location={store}\n\
             ssl.truststore.password={STORE_PASSWORD}\n\
             authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
             super.users=User:{ADMIN};User:ANONYMOUS\n",
            jaas = jaas(ADMIN),
            store = store.display(),
        )
    }

    /// What the storage is formatted with: the users.
    pub(super) fn format_arguments(&self) -> Vec<String> {
        let user = |user: &String| {
            let password = password(user);
            let user = format!("{MECHANISM}=[name={user},password={password}]");
            ["--add-scram".to_owned(), user]
        };
        self.users.iter().flat_map(user).collect()
    }

    /// A file that lets one of Kafka's own commands act as this user.
    pub(super) fn properties_of(&self, user: &str) -> PathBuf {
        let file = self.dir.join(format!("{user}.properties"));
        let text = format!(
            "security.protocol=SASL_SSL\n\
             sasl.mechanism={MECHANISM}\n\
             sasl.jaas.config={jaas}\n\
             ssl.truststore.type=PEM\n\
             ssl.truststore.location={certificate}\n",
            jaas = jaas(user),
            certificate = self.certificate().display(),
        );
        fs::write(&file, text).expect("a file can be written");
        file
    }

    /// The properties of librdkafka with which a client is this user.
    pub(super) fn librdkafka_of(&self, user: &str) -> Vec<(String, String)> {
        let certificate = self.certificate().display().to_string();
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", MECHANISM),
            ("sasl.username", user),
            ("sasl.password", &password(user)),
            ("ssl.ca.location", &certificate),
        ]
        .map(|(property, value)| (property.to_owned(), value.to_owned()))
        .into()
    }
}

/// A user's password.
#[must_use]
pub fn password(user: &str) -> String {
    format!("password-of-{user}")
}

fn jaas(user: &str) -> String {
    let password = password(user);
    format!(
        "org.apache.kafka.common.security.scram.ScramLoginModule required \
         username=\"{user}\" password=\"{password}\";"
    )
}

/// Runs the program `keytool` that lies beside `java`.
fn keytool(java: &Path, arguments: &[&str]) {
    let mut command = Command::new(java.with_file_name("keytool"));
    command.args(arguments).args(["-storepass", STORE_PASSWORD]);
    let answer = command.output().expect("a JDK has a keytool");
    let said = String::from_utf8_lossy(&answer.stdout);
    assert!(answer.status.success(), "keytool: {said}");
}
