//! The authorization service as a process.

mod recover_command;
mod schema_command;

use authz_service::config::{OwnArgs, SOURCES};
use authz_service::org::{Organization, vigil};
use authz_service::server::server;
use clap::{Parser, Subcommand};
use secrecy::SecretString;
use service_kit::config::ServeArgs;
use service_kit::db::{Db, PoolSizes};
use service_kit::serve::{Process, told};
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

/// 1.1 times the throughput of the system's, measured with Check over gRPC.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As it names itself.
const NAME: &str = "authz-service";

/// Who may do what, why, until when, and who said so.
#[derive(Parser)]
#[command(name = "authz-service", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API.
    Serve {
        #[command(flatten)]
        serve: ServeArgs,
        #[command(flatten)]
        own: OwnArgs,
    },
    /// Make somebody an administrator and print the line that lets them in, while the service is
    /// stopped.
    ///
    /// For when nobody can administer it any more. Whoever can run this can read and write the
    /// database anyhow. It is noted in the audit log.
    Recover(recover_command::RecoverArgs),
    /// Work on a schema file, without a server.
    Schema {
        #[command(subcommand)]
        command: schema_command::SchemaCommand,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Serve { serve, own } => told(NAME, run(serve, &own)),
        Command::Recover(arguments) => told(NAME, recover_command::run(arguments)),
        Command::Schema { command } => schema_command::run(&command),
    }
}

#[tokio::main]
async fn run(serve: ServeArgs, own: &OwnArgs) -> Result<(), Box<dyn Error>> {
    let (config, own) = serve.resolve(own, &SOURCES)?;
    let root_token = own.root_token()?;
    let process = Process::prepare(NAME, config)?;
    let db = Db::connect(&process.config.database, &PoolSizes::default()).await?;
    let outcome = serve_from(db.clone(), process, root_token).await;
    db.close().await;
    outcome
}

async fn serve_from(
    db: Db,
    process: Process,
    root_token: Option<SecretString>,
) -> Result<(), Box<dyn Error>> {
    let claim = db.claim(vigil::CLAIM).await?;
    let org = Organization::open(db, Arc::clone(&process.clock), root_token).await?;
    let health = process.health.clone();
    let (guarded, services) = server(&org, &health)?;
    let serving = process.serve(services, move || guarded.clone());
    health.ready();
    tokio::select! {
        biased;
        error = vigil::keep(&org, claim, &health) => Err(error.into()),
        ended = serving => Ok(ended?),
    }
}
