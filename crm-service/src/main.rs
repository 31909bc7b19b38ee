//! The CRM as a process.

mod policy_command;

use clap::{Parser, Subcommand};
use crm_service::config::{OwnArgs, SOURCES};
use crm_service::policy::Policy;
use crm_service::server::{Application, MIGRATIONS};
use service_kit::clock::{Clock, SystemClock};
use service_kit::config::{ServeArgs, Transport};
use service_kit::db::{Db, PoolSizes};
use service_kit::serve::{self, Health, Limits, ServeOptions};
use service_kit::telemetry;
use service_kit::tls::TlsFolder;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

/// 1.1 times the throughput of the system's, measured with authz-service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A CRM that asks authz-service on every operation.
#[derive(Parser)]
#[command(name = "crm-service", version, arg_required_else_help = true)]
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
    /// Work on the access model.
    Policy {
        #[command(subcommand)]
        command: policy_command::PolicyCommand,
    },
}

fn main() -> ExitCode {
    told(match Arguments::parse().command {
        Command::Serve { serve, own } => run(serve, &own),
        Command::Policy { command } => policy_command::run(command),
    })
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
    eprintln!("crm-service: {text}");
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
    let authz = own.authz(&config.transport, &clock)?;
    let db = Db::connect(&config.database, &PoolSizes::default()).await?;
    db.migrate(&MIGRATIONS).await?;
    let application = Application::new(db, clock, &authz);
    let (server, services) = application.server()?;
    let health = Health::default();
    application.work_in_background(Policy::shipped()?, health.clone());
    let options = ServeOptions {
        name: "crm-service",
        services,
        listen: config.listen,
        tls,
        threads: config.threads,
        limits: Limits::default(),
        health,
    };
    let terminated = serve::terminated()?;
    Ok(serve::run(options, move || server.clone(), terminated).await?)
}
