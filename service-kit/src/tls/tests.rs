use super::{ServerTls, TlsError, TlsFolder};
use crate::clock::{ManualClock, SystemClock};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::thread;

const FILES: [&str; 6] = [
    "ca.key",
    "ca.pem",
    "crm.key",
    "crm.pem",
    "server.key",
    "server.pem",
];

fn open(folder: &Path) -> Result<TlsFolder, TlsError> {
    TlsFolder::open(folder, Arc::new(SystemClock))
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |name: &str| (name.to_owned(), fs::read(folder.join(name)).unwrap());
    FILES.map(read).into()
}

fn refusal<T>(result: Result<T, TlsError>) -> String {
    match result {
        Ok(_) => panic!("it was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_empty_folder_is_filled_once() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("tls");
    let opened = open(&folder).unwrap();
    opened.server().unwrap();
    opened.crm_client().unwrap();
    let first = contents(&folder);
    open(&folder).unwrap();
    assert_eq!(contents(&folder), first);
}

#[test]
fn keys_are_for_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).unwrap();
    for name in ["ca.key", "crm.key", "server.key"] {
        let mode = fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn services_that_start_at_once_agree_on_one_authority() {
    let folder = tempfile::tempdir().unwrap();
    let start = Barrier::new(8);
    thread::scope(|scope| {
        let threads = (0..8).map(|_| {
            scope.spawn(|| {
                start.wait();
                let opened = open(folder.path()).unwrap();
                opened.server().unwrap();
                opened.crm_client().unwrap();
                contents(folder.path())
            })
        });
        let threads: Vec<_> = threads.collect();
        let mut seen = threads.into_iter().map(|thread| thread.join().unwrap());
        let first = seen.next().unwrap();
        assert!(seen.all(|other| other == first));
    });
}

#[test]
fn a_lost_leaf_is_signed_anew_by_the_same_authority() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).unwrap();
    let before = contents(folder.path());
    fs::remove_file(folder.path().join("server.pem")).unwrap();
    open(folder.path()).unwrap().server().unwrap();
    let after = contents(folder.path());
    assert_eq!(
        (&after["ca.pem"], &after["crm.pem"]),
        (&before["ca.pem"], &before["crm.pem"])
    );
    assert_ne!(after["server.key"], before["server.key"]);
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_command_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let opened = open(folder.path()).unwrap();
    for (name, mode) in [("server.key", 0o640), ("crm.key", 0o604)] {
        let path = folder.path().join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = match name {
            "server.key" => refusal(opened.server()),
            _ => refusal(opened.crm_client()),
        };
        assert!(
            error.ends_with(&format!("run: chmod 600 {}", path.display())),
            "{error}"
        );
    }
}

#[test]
fn a_key_that_this_process_does_not_use_is_refused_too() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).unwrap();
    let path = folder.path().join("ca.key");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let error = refusal(open(folder.path()));
    assert!(
        error.ends_with(&format!("run: chmod 600 {}", path.display())),
        "{error}"
    );
}

#[test]
fn an_operators_folder_is_not_filled() {
    let made = tempfile::tempdir().unwrap();
    open(made.path()).unwrap();
    let theirs = tempfile::tempdir().unwrap();
    for name in ["ca.pem", "server.pem", "server.key"] {
        fs::copy(made.path().join(name), theirs.path().join(name)).unwrap();
    }
    let opened = open(theirs.path()).unwrap();
    opened.server().unwrap();
    let error = refusal(opened.crm_client());
    assert!(
        error.contains("crm.pem` is missing; have your authority sign"),
        "{error}"
    );

    fs::remove_file(theirs.path().join("server.key")).unwrap();
    let error = refusal(open(theirs.path()));
    assert!(
        error.contains("server.key` is missing; put ca.pem, server.pem and server.key"),
        "{error}"
    );
    assert!(!theirs.path().join("ca.key").exists());
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let opened = open(folder.path()).unwrap();
    fs::copy(
        folder.path().join("crm.key"),
        folder.path().join("server.key"),
    )
    .unwrap();
    let error = refusal(opened.server());
    assert!(error.contains("server.pem` cannot be used"), "{error}");
}

#[test]
fn new_files_are_used_and_bad_ones_are_not() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let tls = open(folder.path()).unwrap().server().unwrap();
    open(other.path()).unwrap();
    assert!(!tls.reload().unwrap());
    fs::copy(
        other.path().join("server.pem"),
        folder.path().join("server.pem"),
    )
    .unwrap();
    assert!(
        tls.reload().is_err(),
        "the certificate is new, the key is not"
    );
    fs::copy(
        other.path().join("server.key"),
        folder.path().join("server.key"),
    )
    .unwrap();
    assert!(tls.reload().unwrap());
}

#[test]
fn a_certificate_is_valid_from_an_hour_ago_for_825_days() {
    const NOW: i64 = 1_800_000_000;
    let folder = tempfile::tempdir().unwrap();
    TlsFolder::open(folder.path(), Arc::new(ManualClock::at(NOW * 1_000_000))).unwrap();
    let days = |count: i64| NOW + count * 24 * 3600;
    for (name, until) in [
        ("server.pem", days(825)),
        ("crm.pem", days(825)),
        ("ca.pem", days(3650)),
    ] {
        let pem = fs::read(folder.path().join(name)).unwrap();
        let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).unwrap();
        let validity = pem.parse_x509().unwrap().validity().clone();
        assert_eq!(validity.not_before.timestamp(), NOW - 3600, "{name}");
        assert_eq!(validity.not_after.timestamp(), until, "{name}");
    }
}

#[test]
fn every_certificate_of_the_folder_is_told_to_expire() {
    const DAY_US: i64 = 24 * 3600 * 1_000_000;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(1_800_000_000_000_000));
    let opened = TlsFolder::open(folder.path(), Arc::clone(&clock) as _).unwrap();
    let tls = opened.server().unwrap();
    let told = |tls: &ServerTls| {
        let told = tls.expiring().into_iter();
        told.map(|(file, days)| (file.file_name().unwrap().to_owned(), days))
            .collect::<Vec<_>>()
    };
    clock.advance_us(795 * DAY_US);
    assert_eq!(told(&tls), []);
    clock.advance_us(DAY_US);
    assert_eq!(
        told(&tls),
        [("server.pem".into(), 29), ("crm.pem".into(), 29)]
    );
    clock.advance_us(2_900 * DAY_US);
    let left: Vec<i64> = told(&tls).into_iter().map(|(_, days)| days).collect();
    assert_eq!(left, [-46, -2_871, -2_871]);
}
