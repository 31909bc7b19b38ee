//! `cargo xtask test` and `cargo xtask lint`.

mod phase;
mod steps;

use clap::ValueEnum;
use e2e::Result;
use e2e::postgres::{Binaries, PrivateServer, SERVER_VARIABLE};
use phase::Phases;
use std::ffi::OsString;

/// What to check.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run the tests on one database only
    #[arg(long, value_name = "DATABASE")]
    only: Option<Only>,
    /// Leave out the checks of the sources: format, clippy, documentation, protos
    #[arg(long)]
    quick: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    /// The embedded default
    Sqlite,
    /// A private server, started for the tests
    Postgres,
}

/// Runs the checks in order of their cost and stops at the first that fails.
pub(crate) fn test(arguments: &Arguments) -> Result<()> {
    let mut phases = Phases::default();
    let outcome = run(arguments, &mut phases);
    println!("\n{}", phases.table());
    outcome
}

/// Runs the checks that need no service.
pub(crate) fn lint() -> Result<()> {
    let mut phases = Phases::default();
    phases.run("format", steps::format)?;
    phases.run("clippy", steps::clippy)?;
    phases.run("house rules", steps::house_rules)?;
    println!("\n{}", phases.table());
    Ok(())
}

fn run(arguments: &Arguments, phases: &mut Phases) -> Result<()> {
    if !arguments.quick {
        phases.run("format", steps::format)?;
        if steps::has_buf() {
            phases.run("protos", steps::protos)?;
        } else {
            phases.leave_out("protos", "there is no `buf` on this machine");
        }
        phases.run("clippy", steps::clippy)?;
        phases.run("documentation", steps::documentation)?;
    }
    phases.run("build", steps::build)?;

    let mut server = None;
    if arguments.only != Some(Only::Sqlite) {
        phases.run("start PostgreSQL", || {
            server = postgres()?;
            Ok(())
        })?;
    }
    let database = server.as_ref().map(TestServer::variable);
    phases.run("house rules", steps::house_rules)?;
    phases.run("unit and property tests", || {
        steps::unit_tests(database.as_ref())
    })?;
    if arguments.only != Some(Only::Postgres) {
        phases.run("both services on SQLite", || {
            steps::end_to_end(&["--skip", "postgres::"], None)
        })?;
    }
    if arguments.only != Some(Only::Sqlite) {
        phases.run("both services on PostgreSQL", || {
            steps::end_to_end(&["postgres::"], database.as_ref())
        })?;
    }
    Ok(())
}

/// The server that the tests use: ours, or one that was named by whoever runs us.
enum TestServer {
    Private(PrivateServer),
    Named(OsString),
}

impl TestServer {
    /// What the tests find it by.
    fn variable(&self) -> (&'static str, OsString) {
        let url = match self {
            Self::Private(server) => server.url().into(),
            Self::Named(url) => url.clone(),
        };
        (SERVER_VARIABLE, url)
    }
}

fn postgres() -> Result<Option<TestServer>> {
    if let Some(url) = std::env::var_os(SERVER_VARIABLE) {
        return Ok(Some(TestServer::Named(url)));
    }
    let binaries = Binaries::find_or_install()?;
    Ok(Some(TestServer::Private(PrivateServer::start(&binaries)?)))
}
