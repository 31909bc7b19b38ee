//! The CRM as a process.

mod policy_command;

use clap::{Parser, Subcommand};
use crm_service::config::{AuthzConfig, OwnArgs, SOURCES};
use crm_service::mail::Mailer;
use crm_service::policy::Policy;
use crm_service::server::{Application, MIGRATIONS};
use service_kit::config::ServeArgs;
use service_kit::db::{Db, PoolSizes};
use service_kit::serve::{Process, told};
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

/// 1.1 times the throughput of the system's, measured with authz-service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As it names itself.
const NAME: &str = "crm-service";

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
    let outcome = match Arguments::parse().command {
        Command::Serve { serve, own } => run(serve, &own),
        Command::Policy { command } => policy_command::run(command),
    };
    told(NAME, outcome)
}

#[tokio::main]
async fn run(serve: ServeArgs, own: &OwnArgs) -> Result<(), Box<dyn Error>> {
    let (config, own) = serve.resolve(own, &SOURCES)?;
    let process = Process::prepare(NAME, config)?;
    let mailer = own.mailer()?;
    let authz = own.authz(&process.config.transport, &process.clock)?;
    let db = Db::connect(&process.config.database, &PoolSizes::default()).await?;
    let outcome = serve_from(db.clone(), process, &authz, mailer).await;
    db.close().await;
    outcome
}

async fn serve_from(
    db: Db,
    process: Process,
    authz: &AuthzConfig,
    mailer: Option<Mailer>,
) -> Result<(), Box<dyn Error>> {
    db.migrate(&MIGRATIONS).await?;
    let application = Application::new(db, Arc::clone(&process.clock), authz).with_mail(mailer);
    let (server, services) = application.server(&process.health)?;
    application.work_in_background(Policy::shipped()?, process.health.clone());
    Ok(process.serve(services, move || server.clone()).await?)
}
