//! The configuration as a person meets it: all mistakes at once, with lines and what to write
//! instead, and no secret ever shown.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;

use callfold::config::{self, Needs, Problem, Role, Source, Unread, environment, keys::KEYS, show};

fn no_file(_: &str) -> io::Result<String> {
    Err(io::Error::other("no such file"))
}

fn variables(set: &[(&str, &str)]) -> Vec<(String, String)> {
    set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn mistakes(text: &str, set: &[(&str, &str)], needs: Needs) -> String {
    let checked = config::check(Some(("callfold.toml", text)), &variables(set), &no_file, needs);
    checked.expect_err("there are mistakes").to_string()
}

#[test]
fn all_mistakes_are_told_at_once_with_file_line_and_what_to_write() {
    let text = r#"
[front]
tokn = "sesame"
budget_share = 3
inbox = ""
requests_per_minute = "50"
layout = "compct"
api_url = "http://front.example.com"

[aircall]
settle_s = 45.5
lines = []
api_id = "0f2c"
region = "fr"

[lgo]
dir = 1

[log]
kind = "kafak"
brokers = "broker:9092"
partitions = 0

[log.librdkafka]
"sasl.username" = "u"

[rules]
file = "rules.toml"

[telemetry]
listen = "127.0.0.1:8080"
log = "loud"
"#;
    insta::assert_snapshot!(mistakes(text, &[("CALLFOLD_FRONT__TIMEOUT", "9")], Needs::Run));
}

#[test]
fn a_file_that_is_not_toml_is_told_with_its_line_and_the_rest_is_checked_all_the_same() {
    let text = "[front]\ninbox = \nlayout = \"compct\"\n";
    insta::assert_snapshot!(mistakes(text, &[], Needs::Look));
}

#[test]
fn a_forgotten_underscore_is_told_and_another_service_s_variable_is_not() {
    let set = [("CALLFOLD_FRONT_TOKEN", "x"), ("CALLFOLD_SERVICE_HOST", "10.0.0.1")];
    insta::assert_snapshot!(mistakes("", &set, Needs::Look), @r"
    CALLFOLD_FRONT_TOKEN: sections end with two underscores: write CALLFOLD_FRONT__TOKEN
    1 thing to correct in the configuration; nothing was started
    ");
}

#[test]
fn no_mistake_with_a_secret_shows_it() {
    let text = "[front]\ntoken = [\"sesame\"]\n[ingest]\npath_secret = \"sesame/\"\n\
                [aircall]\nwebhook_token = \"sesame, \"\napi_token = \"sesame sesame\"\n";
    let told = mistakes(text, &[], Needs::Look);
    assert_eq!(told.lines().count(), 6, "{told}");
    assert!(!told.contains("sesame"), "{told}");
}

#[test]
fn a_secret_comes_from_a_file_and_is_masked_in_every_form() {
    let read = |path: &str| match path {
        "/run/secrets/front" => Ok("sesame-of-front\n".to_owned()),
        _ => no_file(path),
    };
    let set = variables(&[
        ("CALLFOLD_FRONT__TOKEN_FILE", "/run/secrets/front"),
        ("CALLFOLD_AIRCALL__WEBHOOK_TOKEN", "sesame-1,sesame-2"),
        ("CALLFOLD_INGEST__PATH_SECRET", "sesame-path"),
    ]);
    let (resolved, settings) =
        config::check(None, &set, &read, Needs::Run).expect("nothing to correct");
    let shown = [
        show::table(&resolved),
        show::document(&resolved).to_string(),
        format!("{resolved:?}"),
        format!("{settings:?}"),
    ];
    for text in shown {
        assert!(!text.contains("sesame"), "{text}");
    }
    assert_eq!(settings.aircall.webhook_tokens.len(), 2);
    assert!(show::table(&resolved).contains("\"********,********\""));
}

#[test]
fn a_secret_and_its_file_in_one_place_are_refused() {
    let set = [("CALLFOLD_FRONT__TOKEN", "sesame"), ("CALLFOLD_FRONT__TOKEN_FILE", "/secret")];
    let told = mistakes("", &set, Needs::Look);
    assert!(told.contains("`front.token` and `front.token_file` are both set"), "{told}");
}

#[test]
fn the_environment_wins_over_the_file_and_the_source_of_each_is_told() {
    let text = "[aircall]\nsettle_s = 50\ncomments = \"all\"\n";
    let set = variables(&[("CALLFOLD_AIRCALL__SETTLE_S", "60")]);
    let (resolved, settings) =
        config::check(Some(("my.toml", text)), &set, &no_file, Needs::Look).expect("right");
    assert_eq!(settings.aircall.settle_s, 60);
    let sources = ["aircall.settle_s", "aircall.comments", "front.inbox"]
        .map(|key| resolved.source(key).to_string());
    assert_eq!(sources, ["CALLFOLD_AIRCALL__SETTLE_S", "my.toml:3", "default"]);
}

#[test]
fn plain_http_goes_to_this_machine_only() {
    for (url, fits) in [
        ("http://127.0.0.1:9000", true),
        ("http://localhost", true),
        ("http://[::1]:9000", true),
        ("https://api2.frontapp.com", true),
        ("http://127.0.0.1.example.com", false),
        ("http://front.example.com", false),
        ("http://10.0.0.1", false),
        ("ftp://localhost", false),
        ("https://user@api2.frontapp.com", false),
    ] {
        let set = variables(&[("CALLFOLD_FRONT__API_URL", url)]);
        let checked = config::check(None, &set, &no_file, Needs::Look);
        assert_eq!(checked.is_ok(), fits, "{url}");
    }
}

#[test]
fn every_default_is_right_and_every_example_too() {
    let (resolved, _) =
        config::check(None, &[], &no_file, Needs::Look).expect("defaults are right");
    for key in KEYS.iter().filter(|key| config::resolve::is_usable(key)) {
        assert_eq!(resolved.get(key.name).is_some(), key.default.is_some(), "{}", key.name);
        if key.example.is_empty() || key.kind.is_secret() {
            continue;
        }
        let written = if key.example.starts_with('[') { "all" } else { key.example };
        let raw = config::value::Raw::Text(written.to_owned());
        config::value::read(key, &raw).unwrap_or_else(|what| panic!("{} {what}", key.name));
    }
}

#[test]
fn the_version_changes_with_what_the_fold_uses_and_with_nothing_else() {
    let version = |name: &str, value: &str| {
        let set = variables(&[(name, value)]);
        let (resolved, _) = config::check(None, &set, &no_file, Needs::Look).expect("right");
        show::version(&resolved)
    };
    let standard = version("CALLFOLD_AIRCALL__SETTLE_S", "45");
    assert_eq!(standard, version("CALLFOLD_FRONT__TIMEOUT_S", "9"));
    assert_eq!(standard, version("CALLFOLD_FRONT__TOKEN", "sesame"));
    assert_ne!(standard, version("CALLFOLD_AIRCALL__SETTLE_S", "46"));
    assert_ne!(standard, version("CALLFOLD_TEMPLATES__SUBJECT__MISSED", "Missed"));
}

#[test]
fn the_example_configuration_of_deploy_is_right_and_names_every_key() {
    let text = include_str!("../../deploy/callfold.example.toml");
    let set = variables(&[
        ("CALLFOLD_AIRCALL__WEBHOOK_TOKEN", "sesame"),
        ("CALLFOLD_FRONT__TOKEN", "sesame"),
    ]);
    let file = Some(("callfold.example.toml", text));
    config::check(file, &set, &no_file, Needs::Run).expect("the example is right as it stands");

    // Keys that are not set there are written in comments; taken out of them they are right too.
    let whole: String = text
        .lines()
        .map(|line| line.strip_prefix("#: ").unwrap_or(line))
        .fold(String::new(), |text, line| text + line + "\n");
    let anything = |_: &str| Ok("sesame-123".to_owned());
    let (resolved, _) =
        config::check(Some(("example", &whole)), &[], &anything, Needs::Run).expect("right");
    // Beside the embedded log it would be a mistake.
    let of_kafka = ["log.brokers", "log.member", "log.registry_url_file"];
    for name in of_kafka.iter().filter_map(|name| name.strip_prefix("log.")) {
        assert!(text.contains(&format!("\n#:kafka {name} = ")), "{name}");
    }
    let usable = KEYS.iter().filter(|key| config::resolve::is_usable(key));
    for key in usable.filter(|key| !of_kafka.iter().any(|name| name.starts_with(key.name))) {
        assert_ne!(resolved.source(key.name).to_string(), "default", "{} is missing", key.name);
    }
}

#[test]
fn a_template_that_cannot_be_used_is_told_with_its_key_and_line() {
    let told = mistakes("[templates.subject]\nmissed = \"{{ line\"\n", &[], Needs::Look);
    assert!(told.starts_with("callfold.toml:2: `templates.subject.missed` cannot"), "{told}");
}

#[test]
fn a_template_names_the_variable_that_there_is_not_and_those_that_there_are() {
    let text = "[templates.main]\nmissed = \"{{ customer }} by {{ agnet }}\"\n";
    insta::assert_snapshot!(mistakes(text, &[], Needs::Look));
}

#[test]
fn a_file_that_cannot_be_read_hides_no_other_mistake_and_makes_none() {
    let mut unread = Unread::default();
    let (source, what) = (Source::Option("--config"), "x.toml cannot be read".to_owned());
    unread.file(Problem { source, what });
    let set =
        variables(&[("CALLFOLD_AIRCALL__SETTLE_S", "soon"), ("CALLFOLD_AIRCALL__API_ID", "1")]);
    let told = config::check_with(unread, None, &set, &no_file, Needs::Run).expect_err("two");
    insta::assert_snapshot!(told.to_string(), @r"
    CALLFOLD_AIRCALL__SETTLE_S: `aircall.settle_s` is soon: write a whole number from 0 to 3600, for example 45
    --config: x.toml cannot be read
    2 things to correct in the configuration; nothing was started
    ");
}

#[test]
fn a_secret_whose_file_cannot_be_read_is_not_told_as_missing_too() {
    let set = [
        ("CALLFOLD_FRONT__TOKEN_FILE", "/run/secrets/front"),
        ("CALLFOLD_AIRCALL__SETTLE_S", "soon"),
    ];
    insta::assert_snapshot!(mistakes("", &set, Needs::Run), @r"
    CALLFOLD_AIRCALL__SETTLE_S: `aircall.settle_s` is soon: write a whole number from 0 to 3600, for example 45
    CALLFOLD_FRONT__TOKEN_FILE: `front.token_file`: /run/secrets/front cannot be read: no such file
    `aircall.webhook_token` is not set: ingest knows Aircall by it; set CALLFOLD_AIRCALL__WEBHOOK_TOKEN, or `aircall.webhook_token_file` to a file that holds it
    3 things to correct in the configuration; nothing was started
    ");
}

#[test]
fn a_variable_that_is_not_utf8_is_told_and_not_as_missing() {
    let bytes = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    let set = vec![
        ("CALLFOLD_AIRCALL__WEBHOOK_TOKEN".to_owned(), bytes(b"sesame")),
        ("CALLFOLD_FRONT__TOKEN".to_owned(), bytes(b"sesame\xff")),
        ("CALLFOLD_SERVICE_HOST".to_owned(), bytes(b"\xff")),
    ];
    let mut unread = Unread::default();
    let texts = environment::texts(set, &mut unread);
    let told = config::check_with(unread, None, &texts, &no_file, Needs::Run).expect_err("one");
    insta::assert_snapshot!(told.to_string(), @r"
    CALLFOLD_FRONT__TOKEN: `front.token` is not text in UTF-8: set it again, without stray bytes
    1 thing to correct in the configuration; nothing was started
    ");
}

#[test]
fn a_password_in_an_address_is_not_shown() {
    for section in ["front", "aircall"] {
        let text = format!("[{section}]\napi_url = \"https://user:sesame@example.com\"\n");
        let told = mistakes(&text, &[], Needs::Look);
        assert!(told.contains("api_url") && !told.contains("sesame"), "{told}");
    }
}

#[cfg(not(feature = "kafka"))]
#[test]
fn a_build_without_kafka_says_how_to_get_one_with_it() {
    let text = "[log]\nkind = \"kafka\"\nbrokers = \"kafka-1:9092\"\n";
    let told = mistakes(text, &[], Needs::Look);
    assert!(told.contains("cargo build --release --features kafka"), "{told}");
}

#[cfg(feature = "kafka")]
#[test]
fn what_is_said_of_kafka_arrives_and_secrets_are_masked() {
    use secrecy::ExposeSecret;

    let text = "[log]\nkind = \"kafka\"\nbrokers = \"kafka-1:9092\"\nreplication = 2\nmember = \"a-1\"\n\
                [log.librdkafka]\nsecurity.protocol = \"SASL_SSL\"\nstatistics.interval.ms = 5\n\
                sasl.password_file = \"secret-file\"\n";
    let variables = [("CALLFOLD_LOG__LIBRDKAFKA__SASL__USERNAME".to_owned(), "us".to_owned())];
    let file = |path: &str| Ok(format!("what {path} holds\n"));
    let (resolved, settings) =
        config::check(Some(("callfold.toml", text)), &variables, &file, Needs::Kafka).unwrap();
    let kafka = settings.log.kafka.unwrap();
    assert_eq!((kafka.brokers.as_str(), kafka.replication), ("kafka-1:9092", 2));
    assert_eq!(kafka.member.as_deref(), Some("a-1"));
    let passed_on: Vec<(&str, &str)> = kafka
        .librdkafka
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose_secret()))
        .collect();
    assert_eq!(
        passed_on,
        [
            ("sasl.password", "what secret-file holds"),
            ("sasl.username", "us"),
            ("security.protocol", "SASL_SSL"),
            ("statistics.interval.ms", "5"),
        ]
    );
    for shown in [show::table(&resolved), show::document(&resolved).to_string()] {
        assert!(!shown.contains("holds"), "{shown}");
        assert!(!shown.contains("\"us\""), "not known to be harmless: {shown}");
        assert!(shown.contains("log.librdkafka.security.protocol"), "{shown}");
        assert!(shown.contains("SASL_SSL"), "{shown}");
    }
    assert!(!format!("{resolved:?}").contains("holds"), "nor where somebody prints all of it");
}

#[cfg(feature = "kafka")]
#[test]
fn what_callfold_sets_of_kafka_itself_is_refused_all_at_once_with_its_place() {
    let text = "[log]\nkind = \"kafka\"\nbrokers = \"kafka-1:9092\"\n\
                [log.librdkafka]\nbootstrap.servers = \"elsewhere:9092\"\nacks = 1\nlinger.ms = 2\n";
    let told = mistakes(text, &[("CALLFOLD_LOG__LIBRDKAFKA__GROUP__ID", "mine")], Needs::Look);
    insta::assert_snapshot!(told, @r"
    callfold.toml:5: `log.librdkafka.bootstrap.servers` cannot be set: the log has its own list of brokers; write log.brokers instead
    callfold.toml:6: `log.librdkafka.acks` cannot be set: an append is acknowledged when all replicas in sync have it; take it out
    CALLFOLD_LOG__LIBRDKAFKA__GROUP__ID: `log.librdkafka.group.id` cannot be set: it is the role's name with the prefix; take it out
    3 things to correct in the configuration; nothing was started
    ");
}

#[test]
fn what_is_said_of_kafka_needs_the_kafka_log() {
    let told = mistakes("[log.librdkafka]\nlinger.ms = 2\n", &[], Needs::Look);
    assert!(
        told.contains("`log.librdkafka.linger.ms` is set and `log.kind` is embedded"),
        "{told}"
    );
}

#[test]
fn a_role_of_its_own_needs_the_kafka_log_and_what_the_role_needs() {
    let told = mistakes("", &[], Needs::Role(Role::Dispatcher));
    assert!(told.contains("`callfold dispatcher` needs the Kafka log"), "{told}");
    assert!(told.contains("`front.token` is not set"), "{told}");
    assert!(!told.contains("aircall.webhook_token"), "{told}");
    let told = mistakes("[log]\nbrokers = \"kafka-1:9092\"\n", &[], Needs::Look);
    assert!(told.contains("write log.kind = \"kafka\", or take the brokers out"), "{told}");
}

#[test]
fn a_registry_needs_the_kafka_log_and_its_address_is_never_shown() {
    let told = mistakes("[log]\nregistry_url = \"http://registry:8081\"\n", &[], Needs::Look);
    assert!(told.contains("`log.registry_url` is set and `log.kind` is embedded"), "{told}");
    for wrong in ["registry:8081", "ftp://name:sesame@registry", "http://name:sesame@", "http://"] {
        let told = mistakes("", &[("CALLFOLD_LOG__REGISTRY_URL", wrong)], Needs::Look);
        assert!(told.contains("write an address that starts with https://"), "{told}");
        assert!(!told.contains("sesame"), "{told}");
    }
    // Where the Kafka log can be chosen it is right, with a path, a name and a password.
    let variables = variables(&[
        ("CALLFOLD_LOG__KIND", "kafka"),
        ("CALLFOLD_LOG__BROKERS", "kafka-1:9092"),
        ("CALLFOLD_LOG__REGISTRY_URL", "https://name:sesame@registry:8081/apis/ccompat/v7"),
    ]);
    let checked = config::check(None, &variables, &no_file, Needs::Look);
    if cfg!(feature = "kafka") {
        let (resolved, settings) = checked.expect("right");
        assert!(settings.log.kafka.is_some_and(|kafka| kafka.registry_url.is_some()));
        for shown in [show::table(&resolved), show::document(&resolved).to_string()] {
            assert!(!shown.contains("sesame") && shown.contains("log.registry_url"), "{shown}");
        }
    } else {
        assert!(!checked.expect_err("no Kafka").to_string().contains("sesame"));
    }
}
