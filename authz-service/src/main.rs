//! The authorization service as a process.

mod schema_command;

use authz_service::config::{OwnArgs, SOURCES};
use authz_service::org::{Organization, vigil};
use authz_service::server::server;
use clap::{Parser, Subcommand};
use service_kit::clock::{Clock, SystemClock};
use service_kit::config::{ServeArgs, Transport};
use service_kit::db::{Db, PoolSizes};
use service_kit::serve::{self, Health, Limits, ServeOptions};
use service_kit::telemetry;
use service_kit::tls::TlsFolder;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

/// 1.1 times the throughput of the system's, measured with Check over gRPC.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Work on a schema file, without a server.
    Schema {
        #[command(subcommand)]
        command: schema_command::SchemaCommand,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Serve { serve, own } => told(run(serve, &own)),
        Command::Schema { command } => schema_command::run(&command),
    }
}

/// The last word of a process that could not do its work.
fn told(outcome: Result<(), Box<dyn Error>>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        if !text.contains(&inner.to_string()) {
            text = format!("{text}: {inner}");
        }
        cause = inner.source();
    }
    eprintln!("authz-service: {text}");
    ExitCode::FAILURE
}

#[tokio::main]
async fn run(serve: ServeArgs, own: &OwnArgs) -> Result<(), Box<dyn Error>> {
    let (config, own) = serve.resolve(own, &SOURCES)?;
    telemetry::log_to_stderr(&config.log)?;
    if let Some(address) = config.metrics {
        telemetry::export_metrics(address)?;
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tls = match &config.transport {
        Transport::Tls(folder) => Some(TlsFolder::open(folder, Arc::clone(&clock))?.server()?),
        Transport::Insecure => {
            tracing::warn!("serving plaintext: anybody on this machine can read every call");
            None
        }
    };
    let db = Db::connect(&config.database, &PoolSizes::default()).await?;
    let claim = db.claim(vigil::CLAIM).await?;
    let org = Organization::open(db, clock, own.root_token()).await?;
    let health = Health::default();
    let (guarded, services) = server(&org, &health)?;
    let options = ServeOptions {
        name: "authz-service",
        services,
        listen: config.listen,
        tls,
        threads: config.threads,
        limits: Limits::default(),
        health: health.clone(),
    };
    let terminated = serve::terminated()?;
    health.ready();
    let serving = serve::run(options, move || guarded.clone(), terminated);
    tokio::select! {
        ended = serving => Ok(ended?),
        error = vigil::keep(&org, claim, &health) => Err(error.into()),
    }
}
