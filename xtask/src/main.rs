//! `cargo xtask`: what a developer runs, and what CI runs.

#![expect(clippy::print_stdout, reason = "a command line tool prints")]

mod bench;
mod cargo;
mod check;
mod demo;
mod docs;
mod entity;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Runs, checks and measures Menshen.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start both services with a demo company and show who may do what
    Demo(demo::Arguments),
    /// Run every check that CI runs, on SQLite and on PostgreSQL
    Test(check::Arguments),
    /// Measure a release build against a bare gRPC echo
    Bench(bench::Arguments),
    /// The bare echo, as a process of its own
    #[command(hide = true)]
    Echo,
    /// Run the checks of the sources alone: format, clippy, house rules
    Lint,
    /// Write the documents that are generated from the sources
    Docs,
    /// Write the files of a new guarded kind of record
    Entity(entity::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Test(arguments) => check::test(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Echo => bench::echo::serve(),
        Command::Lint => check::lint(),
        Command::Docs => docs::run(),
        Command::Entity(arguments) => entity::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}
