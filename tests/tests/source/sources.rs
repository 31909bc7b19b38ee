//! The workspace's own Rust files.

use std::path::{Path, PathBuf};

/// A source file.
pub(crate) struct Source {
    /// From the workspace's folder, with `/` between.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// The workspace's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every Rust file of ours below a folder, and of the module that has its name.
pub(crate) fn below(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    let module = root().join(format!("{folder}.rs"));
    if module.is_file() {
        found.push(module);
    }
    found.sort();
    found.into_iter().map(|path| read(&path)).collect()
}

/// Every Rust file of the workspace.
pub(crate) fn all() -> Vec<Source> {
    [
        "proto",
        "service-kit",
        "authz-service",
        "crm-service",
        "tests",
        "xtask",
    ]
    .into_iter()
    .flat_map(below)
    .collect()
}

impl Source {
    /// The part that is not tests: a test module is last in its file, and test files are files of
    /// their own.
    pub(crate) fn product(&self) -> &str {
        if self.is_test() {
            return "";
        }
        let end = self.text.find("#[cfg(test)]\nmod tests {");
        &self.text[..end.unwrap_or(self.text.len())]
    }

    /// The lines that are not comments.
    pub(crate) fn code(&self) -> impl Iterator<Item = &str> {
        self.product()
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("//"))
    }

    fn is_test(&self) -> bool {
        self.path
            .split('/')
            .skip(1)
            .any(|part| matches!(part, "tests" | "tests.rs" | "benches"))
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> Source {
    let text = std::fs::read_to_string(path).unwrap();
    let path = path
        .strip_prefix(root())
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    Source { path, text }
}
