//! How files look.

use crate::sources::{all, root};
use std::process::Command;

/// A longer file holds two ideas.
const MOST_LINES: usize = 400;

#[test]
fn files_are_short() {
    let long: Vec<String> = all()
        .iter()
        .map(|source| (source.product().lines().count(), &source.path))
        .filter(|(lines, _)| *lines > MOST_LINES)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert!(
        long.is_empty(),
        "over {MOST_LINES} lines:\n{}",
        long.join("\n")
    );
}

#[test]
fn files_are_named_after_what_they_hold() {
    const SAYS_NOTHING: [&str; 8] = [
        "util.rs",
        "utils.rs",
        "helper.rs",
        "helpers.rs",
        "common.rs",
        "misc.rs",
        "manager.rs",
        "mod.rs",
    ];
    let wrong: Vec<String> = all()
        .into_iter()
        .filter(|source| SAYS_NOTHING.contains(&source.path.rsplit('/').next().unwrap()))
        .map(|source| source.path)
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not hold them itself.
    let later = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["unimple", "mented!"],
        ["X", "XX:"],
    ]
    .map(|parts| parts.concat());
    let mut wrong = Vec::new();
    for source in all() {
        for (line, number) in source.text.lines().zip(1..) {
            if later.iter().any(|word| line.contains(word.as_str())) {
                wrong.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What one of the two databases does not know, or does otherwise.
#[test]
fn sql_runs_on_both_databases() {
    const ONE_SIDED: [&str; 6] = [
        " ILIKE ",
        "ANY(",
        " now()",
        "SELECT *",
        "AUTOINCREMENT",
        "SERIAL",
    ];
    let mut wrong = Vec::new();
    let mut selects = 0;
    for source in all()
        .iter()
        .filter(|source| !source.path.starts_with("tests/"))
    {
        for line in source.code() {
            selects += usize::from(line.contains("SELECT "));
            if ONE_SIDED.iter().any(|word| line.contains(word)) {
                wrong.push(format!("{}: {line}", source.path));
            }
        }
    }
    assert!(selects > 50, "{selects} selects");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_test_is_left_out_only_for_a_reason() {
    let bare = ["#[ign", "ore]"].concat();
    let wrong: Vec<String> = all()
        .into_iter()
        .filter(|source| source.text.contains(&bare))
        .map(|source| source.path)
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<String> = all()
        .into_iter()
        .filter(|source| !source.path.contains("/tests/") || source.path.starts_with("tests/"))
        .filter(|source| !source.path.ends_with("/tests.rs"))
        .filter(|source| !source.text.starts_with("//!"))
        .map(|source| source.path)
        .collect();
    assert!(silent.is_empty(), "no `//!` on top:\n{}", silent.join("\n"));
}

#[test]
fn only_files_of_ours_are_committed() {
    let listed = Command::new("git")
        .arg("ls-files")
        .current_dir(root())
        .output();
    let Ok(output) = listed else {
        // A source archive has no history to look at.
        return;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let stray: Vec<&str> = text
        .lines()
        .filter(|path| {
            let extension = path.rsplit('.').next().unwrap();
            ["db", "db-wal", "db-shm", "pem", "key", "log", "orig", "rej"].contains(&extension)
        })
        .collect();
    assert!(stray.is_empty(), "{}", stray.join("\n"));
}
