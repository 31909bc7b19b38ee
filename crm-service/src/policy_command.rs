//! `crm-service policy`: look at the access model, ask whether it would be taken, put it in force.

use clap::{Args, Subcommand};
use crm_service::config::{AuthzConfig, OwnArgs};
use crm_service::policy::Policy;
use service_kit::clock::{Clock, SystemClock};
use service_kit::config::Transport;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// What is done with an access model: the one that this release ships, or another.
#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Print the schema and, as comments, the relationships of the roles.
    Print {
        #[command(flatten)]
        model: Model,
    },
    /// Ask authz-service whether it would take the schema; nothing is written.
    Check {
        #[command(flatten)]
        model: Model,
        #[command(flatten)]
        reach: Reach,
    },
    /// Replace the schema in force, grant what the rights say, and let the CRM assert what its rows hold.
    Apply {
        #[command(flatten)]
        model: Model,
        #[command(flatten)]
        reach: Reach,
    },
}

/// Which access model.
#[derive(Args)]
pub(crate) struct Model {
    /// Folder with `model/*.zed`, `roles.yaml` and `rights/*.yaml`. Default: those that this release ships.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// How authz-service is reached.
#[derive(Args)]
pub(crate) struct Reach {
    /// Where authz-service is: `https://HOST:PORT`, or `http://HOST:PORT` with `--insecure`.
    #[arg(long, value_name = "URL")]
    authz: Option<String>,

    /// Folder of the TLS files.
    #[arg(long, value_name = "DIR", required_unless_present = "insecure")]
    tls_dir: Option<PathBuf>,

    /// Speak plaintext.
    #[arg(long, conflicts_with = "tls_dir")]
    insecure: bool,

    /// Read from the environment, so that it need not stand where everybody sees it.
    #[arg(long, env = "MENSHEN_CRM_AUTHZ_TOKEN", hide = true)]
    authz_token: Option<String>,
}

pub(crate) fn run(command: PolicyCommand) -> Result<(), Box<dyn Error>> {
    match command {
        PolicyCommand::Print { model } => print(&model.policy()?),
        PolicyCommand::Check { model, reach } => check(&model.policy()?, reach),
        PolicyCommand::Apply { model, reach } => apply(&model.policy()?, reach),
    }
}

impl Model {
    fn policy(&self) -> Result<Policy, Box<dyn Error>> {
        match &self.folder {
            None => Ok(Policy::shipped()?),
            Some(folder) => Ok(Policy::read(folder)?),
        }
    }
}

fn print(policy: &Policy) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{}\n// Relationships of the roles:",
        policy.schema.trim_end()
    )?;
    for line in policy.lines() {
        writeln!(out, "// {line}")?;
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn check(policy: &Policy, reach: Reach) -> Result<(), Box<dyn Error>> {
    let authz = reach.config()?;
    let rehearsed = policy.rehearse(&authz.clients()).await;
    let warnings = rehearsed.map_err(|refusal| told(&authz, &refusal))?;
    let mut out = std::io::stdout().lock();
    for warning in &warnings {
        writeln!(out, "warning: {warning}")?;
    }
    writeln!(
        out,
        "authz-service would take the schema ({} warnings)",
        warnings.len()
    )?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn apply(policy: &Policy, reach: Reach) -> Result<(), Box<dyn Error>> {
    let authz = reach.config()?;
    let replaced = policy.replace(&authz.clients()).await;
    replaced.map_err(|refusal| told(&authz, &refusal))?;
    let granted = policy.relationships.len();
    writeln!(
        std::io::stdout(),
        "the schema is in force, with {granted} relationships of the roles"
    )?;
    Ok(())
}

/// What authz-service says, for people.
fn told(authz: &AuthzConfig, refusal: &tonic::Status) -> Box<dyn Error> {
    format!("{}: {}", authz.address(), refusal.message()).into()
}

impl Reach {
    fn config(self) -> Result<AuthzConfig, Box<dyn Error>> {
        let transport = match self.tls_dir {
            Some(folder) => Transport::Tls(folder),
            None => Transport::Insecure,
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let own = OwnArgs::new(self.authz, self.authz_token);
        Ok(own.authz(&transport, &clock)?)
    }
}
