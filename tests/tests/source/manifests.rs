//! What the manifests declare is used.

use crate::sources::{below, root};

const CRATES: [&str; 6] = [
    "proto",
    "service-kit",
    "authz-service",
    "crm-service",
    "tests",
    "xtask",
];

/// Named by code that a macro or a build script writes, and not in our sources.
const NAMED_BY_GENERATED_CODE: &[(&str, &str)] = &[
    ("proto", "tonic-prost"),
    ("proto", "prost"),
    ("proto", "prost-types"),
];

/// Declared so that features agree: see xtask/Cargo.toml.
const FOR_THEIR_FEATURES: &[(&str, &str)] = &[("xtask", "authz-service"), ("xtask", "crm-service")];

#[test]
fn every_declared_dependency_is_named_in_the_sources() {
    let mut wrong = Vec::new();
    for folder in CRATES {
        let code: String = below(folder)
            .into_iter()
            .map(|source| source.text + "\n")
            .collect();
        for dependency in dependencies(&manifest(folder)) {
            let name = dependency.replace('-', "_");
            let excused = [NAMED_BY_GENERATED_CODE, FOR_THEIR_FEATURES]
                .concat()
                .contains(&(folder, dependency.as_str()));
            if !excused && !names(&code, &name) {
                wrong.push(format!("{folder}/Cargo.toml: {dependency}"));
            }
        }
    }
    assert!(wrong.is_empty(), "named nowhere:\n{}", wrong.join("\n"));
}

#[test]
fn every_dependency_of_the_workspace_is_some_crates() {
    let used: Vec<String> = CRATES
        .iter()
        .flat_map(|folder| dependencies(&manifest(folder)))
        .collect();
    let unused: Vec<String> = dependencies(&manifest(""))
        .into_iter()
        .filter(|declared| !used.contains(declared))
        .collect();
    assert!(
        unused.is_empty(),
        "no crate has them:\n{}",
        unused.join("\n")
    );
}

fn manifest(folder: &str) -> String {
    std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap()
}

/// The names in the tables of dependencies, of whatever kind.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim_end_matches(']').ends_with("dependencies");
        } else if inside && line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let name = line.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
            found.extend(name.take(1).map(str::to_owned));
        }
    }
    found
}

/// Whether code names a crate: as a path, or in a `use` of the whole.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        let after = &code[at + name.len()..];
        let whole = !(before.is_alphanumeric() || before == '_');
        whole && (after.starts_with("::") || after.starts_with(';') || after.starts_with(" as "))
    })
}
