//! librdkafka's own properties, which are passed on to it: what of them may be shown, and which of them
//! callfold sets itself.

use super::keys::FREE_SECTION;
use super::problem::Problem;
use super::resolve::Resolved;

/// What holds a secret, wherever it stands in a name.
const SECRET: [&str; 6] = ["password", "secret", "pem", "oauth", "jaas", "token"];

/// How the names end of what is a number, a word of librdkafka's, or a path.
const HARMLESS_ENDS: [&str; 14] = [
    ".ms",
    ".bytes",
    ".kbytes",
    ".messages",
    ".size",
    ".protocol",
    ".mechanism",
    ".mechanisms",
    ".location",
    ".algorithm",
    ".level",
    ".codec",
    ".type",
    ".strategy",
];

/// The other names of which the value may be read by anybody.
const HARMLESS: [&str; 4] = ["client.id", "client.rack", "client.dns.lookup", "debug"];

/// Whether the value of a property may be shown. What is not known is masked: librdkafka gets new
/// properties, and one too many is masked rather than one too few.
#[must_use]
pub fn is_harmless(property: &str) -> bool {
    let secret = SECRET.iter().any(|word| property.contains(word));
    let known =
        HARMLESS.contains(&property) || HARMLESS_ENDS.iter().any(|end| property.ends_with(end));
    known && !secret
}

/// The properties that cannot be set, each where it stands.
pub fn refused(resolved: &Resolved, problems: &mut Vec<Problem>) {
    for (property, set) in resolved.passed_on() {
        let Some(why) = refusal(property) else { continue };
        let instead = match property.as_str() {
            "bootstrap.servers" | "metadata.broker.list" => "write log.brokers instead",
            _ => "take it out",
        };
        let what = format!("`{FREE_SECTION}{property}` cannot be set: {why}; {instead}");
        problems.push(Problem { source: set.source.clone(), what });
    }
}

#[cfg(feature = "kafka")]
use eventlog::kafka::refusal;

/// Without Kafka the kind of the log is refused, and nothing is passed on.
#[cfg(not(feature = "kafka"))]
fn refusal(_property: &str) -> Option<&'static str> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_to_be_harmless_is_shown() {
        for (property, shown) in [
            ("security.protocol", true),
            ("sasl.mechanisms", true),
            ("linger.ms", true),
            ("ssl.ca.location", true),
            ("client.rack", true),
            ("sasl.username", false),
            ("sasl.password", false),
            ("ssl.key.password", false),
            ("ssl.key.pem", false),
            ("sasl.oauthbearer.config", false),
            ("sasl.oauthbearer.client.secret.ms", false),
            ("sasl.kerberos.kinit.cmd", false),
            ("something.new", false),
        ] {
            assert_eq!(is_harmless(property), shown, "{property}");
        }
    }
}
