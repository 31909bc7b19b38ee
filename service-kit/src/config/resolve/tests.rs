use super::*;
use crate::telemetry::LogFormat;
use clap::Parser;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// A service with a flag, a number and a secret of its own.
#[derive(Default, clap::Args, Serialize, Deserialize)]
struct Own {
    #[arg(long)]
    authz: Option<String>,
    #[arg(long)]
    #[serde(default, deserialize_with = "crate::config::parsed")]
    retries: Option<u32>,
    #[arg(skip)]
    #[serde(skip_serializing)]
    authz_token: Option<SecretString>,
}

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    serve: ServeArgs,
    #[command(flatten)]
    own: Own,
}

const SOURCES: Sources = Sources {
    env_prefix: "MENSHEN_CRM_",
    env_names: &[("MENSHEN_TOKEN", "authz_token")],
    listen: SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 50052),
};

const ENOUGH: &str = "--database sqlite:///tmp/a.db --insecure";

fn resolve(flags: &str, variables: &[(&str, &str)]) -> Result<(ServeConfig, Own), ConfigError> {
    let words = std::iter::once("crm-service").chain(flags.split_whitespace());
    let command = Command::parse_from(words);
    command.serve.resolve_in(&command.own, &SOURCES, |name| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn refusal(flags: &str, variables: &[(&str, &str)]) -> String {
    match resolve(flags, variables) {
        Ok(_) => panic!("`{flags}` was accepted"),
        Err(error) => error.to_string(),
    }
}

fn file(text: &str) -> (tempfile::NamedTempFile, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let flag = format!("--config {}", file.path().display());
    (file, flag)
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let (_file, config) = file(
        "listen = '127.0.0.1:1'\nmetrics = '127.0.0.1:1'\nauthz = 'http://file'\nlog = 'json'\nretries = 7",
    );
    let environment = [
        ("MENSHEN_CRM_LISTEN", "127.0.0.1:2"),
        ("MENSHEN_CRM_METRICS", "127.0.0.1:2"),
        ("MENSHEN_CRM_THREADS", "2"),
    ];
    let flags = format!("{ENOUGH} {config} --listen 127.0.0.1:3");
    let (serve, own) = resolve(&flags, &environment).unwrap();
    assert_eq!(serve.listen.port(), 3);
    assert_eq!(serve.metrics.unwrap().port(), 2);
    assert_eq!(
        (serve.threads.get(), serve.log.format),
        (2, LogFormat::Json)
    );
    assert_eq!(
        (own.authz.as_deref(), own.retries),
        (Some("http://file"), Some(7))
    );
}

#[test]
fn defaults_need_no_word() {
    let (serve, own) = resolve(ENOUGH, &[]).unwrap();
    assert_eq!(
        (serve.listen, serve.log.filter.as_str()),
        (SOURCES.listen, "info")
    );
    assert!(own.authz.is_none() && own.authz_token.is_none());
}

#[test]
fn a_secret_keeps_every_character() {
    for variable in ["MENSHEN_TOKEN", "MENSHEN_CRM_AUTHZ_TOKEN"] {
        let (_, own) = resolve(ENOUGH, &[(variable, "007")]).unwrap();
        assert_eq!(
            own.authz_token.unwrap().expose_secret(),
            "007",
            "{variable}"
        );
    }
}

#[test]
fn a_secret_of_the_wrong_type_is_not_repeated() {
    let (_file, config) = file("authz_token = 123456");
    let error = refusal(&format!("{ENOUGH} {config}"), &[]);
    assert!(error.starts_with("authz_token (file `"), "{error}");
    assert!(!error.contains("123456"), "{error}");
}

#[test]
fn an_unknown_key_in_the_file_is_named_with_the_one_that_was_meant() {
    let (named, config) = file("lisen = '127.0.0.1:1'");
    let error = refusal(&format!("{ENOUGH} {config}"), &[]);
    let path = named.path().display();
    let expected =
        format!("configuration file `{path}` has the unknown key `lisen`; did you mean `listen`?");
    assert_eq!(error, expected);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = refusal(&format!("{ENOUGH} --config /nowhere/a.toml"), &[]);
    assert!(
        error.starts_with("configuration file `/nowhere/a.toml`: "),
        "{error}"
    );
}

#[test]
fn a_bad_value_is_told_with_its_source_and_the_remedy() {
    let cases = [
        (
            "MENSHEN_CRM_LISTEN",
            "localhost",
            "listen (MENSHEN_CRM_LISTEN): `localhost`",
        ),
        (
            "MENSHEN_CRM_METRICS",
            "9464",
            "metrics (MENSHEN_CRM_METRICS): `9464`",
        ),
        (
            "MENSHEN_CRM_THREADS",
            "0",
            "threads (MENSHEN_CRM_THREADS): ",
        ),
        ("MENSHEN_CRM_LOG", "xml", "log (MENSHEN_CRM_LOG): "),
    ];
    for (variable, value, begins) in cases {
        let error = refusal(ENOUGH, &[(variable, value)]);
        assert!(error.starts_with(begins), "{error}");
    }
}

#[test]
fn a_database_without_a_known_scheme_is_refused() {
    let error = refusal("--database mysql://u:secret@h/d --insecure", &[]);
    assert!(error.starts_with("database (--database): "), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn no_database_is_told_with_flag_and_variable() {
    let error = refusal("--insecure", &[]);
    let expected = "database is missing; write --database sqlite:///path/to/file.db, or set MENSHEN_CRM_DATABASE";
    assert_eq!(error, expected);
}

#[test]
fn plaintext_has_to_be_asked_for() {
    let error = refusal("--database sqlite:///tmp/a.db", &[]);
    assert!(
        error.contains("--tls-dir DIR") && error.contains("--insecure"),
        "{error}"
    );
}

#[test]
fn plaintext_is_refused_off_loopback() {
    for listen in ["0.0.0.0:1", "[::]:1", "192.168.1.1:1"] {
        let error = refusal(&format!("{ENOUGH} --listen {listen}"), &[]);
        assert!(error.contains(&format!("refused on `{listen}`")), "{error}");
    }
    assert!(resolve(&format!("{ENOUGH} --listen [::1]:1"), &[]).is_ok());
}

#[test]
fn tls_and_plaintext_exclude_each_other() {
    let error = refusal(ENOUGH, &[("MENSHEN_CRM_TLS_DIR", "/tmp/tls")]);
    let expected =
        "--tls-dir (MENSHEN_CRM_TLS_DIR) and --insecure (--insecure) exclude each other; drop one";
    assert_eq!(error, expected);
}

#[test]
fn a_command_on_the_database_reads_the_services_own_file() {
    let (_file, flag) = file("database = \"sqlite:///tmp/b.db\"\nretries = 3\ninsecure = true\n");
    let args = |config: Option<&str>| DatabaseArgs {
        database: None,
        config: config.and_then(|flag| Some(flag.split_once(' ')?.1.into())),
    };
    let url = args(Some(&flag)).resolve_in::<Own>(&SOURCES, |_| None);
    assert_eq!(url.unwrap().to_string(), "sqlite:///tmp/b.db");
    let missing = args(None).resolve_in::<Own>(&SOURCES, |_| None);
    let missing = missing.unwrap_err().to_string();
    assert!(missing.contains("MENSHEN_CRM_DATABASE"), "{missing}");
}
