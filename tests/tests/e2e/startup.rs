//! Insecure or doubtful configuration does not start, and says what to do.

use e2e::binaries::Binary;
use e2e::database::{Backend, Database};
use e2e::service::{Launch, Service};
use e2e::world::World;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitStatus;

e2e::facts!(from_scratch:
    orderly_stop_ends_with_success,
    plaintext_off_loopback_is_refused,
    key_that_others_may_read_is_refused,
    second_authz_on_the_same_database_is_refused_or_follows,
    password_in_a_database_url_is_not_printed,
    root_token_that_can_be_guessed_is_refused_before_the_database_is_made,
);

async fn orderly_stop_ends_with_success(backend: Backend) {
    World::start(backend).await.unwrap().stop().await.unwrap();
}

async fn plaintext_off_loopback_is_refused(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    for binary in [Binary::Authz, Binary::Crm] {
        let (status, output) = refused(
            backend,
            binary,
            folder.path(),
            &["--listen", "0.0.0.0:0", "--insecure"],
        )
        .await;
        assert!(!status.success());
        assert!(
            output.contains("--insecure") && output.contains("127.0.0.1"),
            "{output}"
        );
    }
}

async fn key_that_others_may_read_is_refused(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let tls = folder.path().join("tls");
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--tls-dir",
        tls.to_str().unwrap(),
    ];
    let database = Database::create(backend, folder.path(), "authz")
        .await
        .unwrap()
        .url();
    let launch = launch(Binary::Authz, folder.path(), &arguments, &database);
    // The first start makes the certificates.
    drop(Service::start(&launch).unwrap());
    let keys: Vec<_> = std::fs::read_dir(&tls)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("key"))
        .collect();
    assert!(!keys.is_empty());
    for key in &keys {
        let mode = std::fs::metadata(key).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is {mode:o}", key.display());
    }
    let server = keys
        .iter()
        .find(|key| key.to_string_lossy().contains("server"))
        .unwrap();
    std::fs::set_permissions(server, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (status, output) = Service::refused(&launch).unwrap();
    assert!(!status.success());
    assert!(
        output.contains("server") && output.contains("chmod"),
        "{output}"
    );
}

/// One process answers from memory; on a database that another one writes to, it would answer from
/// the past.
async fn second_authz_on_the_same_database_is_refused_or_follows(backend: Backend) {
    let world = World::start_authz(backend).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = world.databases()[0].url();
    let launch = launch(
        Binary::Authz,
        folder.path(),
        &["--listen", "127.0.0.1:0", "--insecure"],
        &url,
    );
    let (status, output) = Service::refused(&launch).unwrap();
    assert!(!status.success());
    assert!(
        output.contains("another") || output.contains("already"),
        "{output}"
    );
}

async fn password_in_a_database_url_is_not_printed(_: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let url = "postgres://menshen:hunter2-hunter2@127.0.0.1:1/nothing";
    for binary in [Binary::Authz, Binary::Crm] {
        let launch = launch(
            binary,
            folder.path(),
            &["--listen", "127.0.0.1:0", "--insecure"],
            url,
        );
        let (status, output) = Service::refused(&launch).unwrap();
        assert!(!status.success());
        assert!(!output.contains("hunter2"), "{output}");
    }
}

async fn root_token_that_can_be_guessed_is_refused_before_the_database_is_made(_: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authz.db");
    let database = format!("sqlite://{}", file.display());
    let arguments = ["--listen", "127.0.0.1:0", "--insecure"];
    for token in ["short", "changemechangeme", "密码密码密码"] {
        let launch = Launch {
            environment: vec![("MENSHEN_ROOT_TOKEN", token.into())],
            ..launch(Binary::Authz, folder.path(), &arguments, &database)
        };
        let (status, output) = Service::refused(&launch).unwrap();
        assert!(!status.success());
        assert!(
            output.contains("authz-service: root_token (MENSHEN_ROOT_TOKEN): "),
            "{output}"
        );
        assert!(!file.exists());
    }
}

async fn refused(
    backend: Backend,
    binary: Binary,
    folder: &Path,
    arguments: &[&str],
) -> (ExitStatus, String) {
    let database = Database::create(backend, folder, binary.name())
        .await
        .unwrap()
        .url();
    Service::refused(&launch(binary, folder, arguments, &database)).unwrap()
}

pub(crate) fn launch(binary: Binary, folder: &Path, arguments: &[&str], database: &str) -> Launch {
    let mut all: Vec<OsString> = ["serve", "--database", database].map(OsString::from).into();
    all.extend(arguments.iter().map(OsString::from));
    let mut environment = vec![(
        "MENSHEN_ROOT_TOKEN",
        OsString::from("mst_a_token_for_a_service_that_is_refused"),
    )];
    if binary == Binary::Crm {
        all.extend(["--authz", "http://127.0.0.1:1"].map(OsString::from));
        environment.push((
            "MENSHEN_CRM_AUTHZ_TOKEN",
            "mst_another_token_for_the_same_purpose".into(),
        ));
    }
    let log = folder.join(format!("{}.log", binary.name()));
    Launch {
        arguments: all,
        environment,
        ..Launch::new(binary, log).unwrap()
    }
}
