//! The commands that the documents tell people to run.

use crate::sources::root;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The documents at the top, and those in `docs`.
fn documents() -> Vec<(PathBuf, String)> {
    let folders = [root().to_owned(), root().join("docs")];
    folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// The variants of xtask's `Command`, as clap spells them.
fn subcommands() -> BTreeSet<String> {
    let main = std::fs::read_to_string(root().join("xtask/src/main.rs")).unwrap();
    let from = main.find("enum Command {").expect("xtask has subcommands");
    let body = &main[from..];
    body[..body.find("\n}").unwrap()]
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with(char::is_uppercase))
        .filter_map(|line| line.split(|c: char| !c.is_alphanumeric()).next())
        .map(str::to_lowercase)
        .collect()
}

#[test]
fn xtask_commands_in_the_documents_exist() {
    let known = subcommands();
    assert!(
        known.contains("demo") && known.contains("test"),
        "{known:?}"
    );
    let mut wrong = Vec::new();
    for (path, text) in documents() {
        for after in text.split("cargo xtask ").skip(1) {
            let word: String = after.chars().take_while(char::is_ascii_lowercase).collect();
            if !word.is_empty() && !known.contains(&word) {
                wrong.push(format!("{}: `cargo xtask {word}`", path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "there is no such command:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn links_between_the_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    for (path, text) in documents() {
        for after in text.split("](").skip(1) {
            let target = after.split([')', '#', ' ']).next().unwrap();
            let is_ours =
                !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:");
            if is_ours && !path.parent().unwrap().join(target).exists() {
                wrong.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "dead links:\n{}", wrong.join("\n"));
}

/// Of the map above all: a file that was renamed must not stay on it.
#[test]
fn paths_in_the_documents_exist() {
    const FILES: [&str; 6] = [".rs", ".zed", ".yaml", ".proto", ".md", "/"];
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, text) in documents() {
        // What stands between backticks is every second part.
        for quoted in text.split('`').skip(1).step_by(2) {
            let is_word = !quoted.contains(char::is_whitespace) && !quoted.contains("://");
            if is_word && quoted.contains('/') && FILES.iter().any(|end| quoted.ends_with(end)) {
                seen += 1;
                if !root().join(quoted).exists() {
                    wrong.push(format!("{}: `{quoted}`", path.display()));
                }
            }
        }
    }
    assert!(seen > 30, "{seen} paths");
    assert!(
        wrong.is_empty(),
        "there is no such place:\n{}",
        wrong.join("\n")
    );
}

/// gRPC methods named in the documents, as in `menshen.authz.v1.AuthzService/Check`.
#[test]
fn methods_in_the_documents_exist() {
    let known: BTreeSet<String> = e2e::dynamic::methods()
        .map(|method| {
            e2e::dynamic::path(&method)
                .trim_start_matches('/')
                .to_owned()
        })
        .collect();
    let mut wrong = Vec::new();
    for (path, text) in documents() {
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || "./_".contains(c))) {
            let is_method = word.starts_with("menshen.") && word.contains("Service/");
            if is_method && !known.contains(word.trim_end_matches('.')) {
                wrong.push(format!("{}: {word}", path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "there is no such method:\n{}",
        wrong.join("\n")
    );
}
