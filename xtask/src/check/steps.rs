//! The checks themselves.

use crate::cargo::{cargo, root, run};
use e2e::Result;
use std::ffi::OsString;
use std::process::{Command, Stdio};

/// A variable for the tests to find their database by.
type Variable = (&'static str, OsString);

pub(super) fn format() -> Result<()> {
    run(&mut cargo(&["fmt", "--all", "--check"])?)
}

/// Whether buf is installed; it is not a Rust program, so we do not ask for it.
pub(super) fn has_buf() -> bool {
    Command::new("buf")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Lints the protos.
pub(super) fn protos() -> Result<()> {
    run(Command::new("buf").arg("lint").current_dir(root()?))
}

pub(super) fn clippy() -> Result<()> {
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    run(&mut cargo(&arguments)?)
}

pub(super) fn documentation() -> Result<()> {
    let mut command = cargo(&[
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ])?;
    // Private items are documented too, so a link to one leads somewhere.
    let flags = "-D warnings -A rustdoc::private_intra_doc_links";
    run(command.env("RUSTDOCFLAGS", flags))
}

/// Services and tests in one go: what follows compiles nothing.
pub(super) fn build() -> Result<()> {
    run(&mut cargo(&["build", "--workspace", "--all-targets"])?)
}

pub(super) fn unit_tests(database: Option<&Variable>) -> Result<()> {
    let arguments = ["test", "--workspace", "--exclude", "e2e", "--tests"];
    run(with(&mut cargo(&arguments)?, database))?;
    run(&mut cargo(&["test", "--package", "e2e", "--lib"])?)
}

pub(super) fn house_rules() -> Result<()> {
    run(&mut cargo(&["test", "--workspace", "--test", "source"])?)
}

pub(super) fn end_to_end(selection: &[&str], database: Option<&Variable>) -> Result<()> {
    let mut command = cargo(&["test", "--workspace", "--test", "e2e", "--"])?;
    run(with(command.args(selection), database))
}

fn with<'a>(command: &'a mut Command, database: Option<&Variable>) -> &'a mut Command {
    if let Some((name, url)) = database {
        command.env(name, url);
    }
    command
}
