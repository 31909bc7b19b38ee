//! `crm-service policy`: look at the access model, rehearse it, put it in force.

use clap::{Args, Subcommand};
use crm_service::config::OwnArgs;
use crm_service::policy::Policy;
use service_kit::clock::{Clock, SystemClock};
use service_kit::config::Transport;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// What is done with the access model that this release ships.
#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Print the schema and, as comments, the relationships of the roles.
    Print,
    /// Ask authz-service whether it would take the schema; nothing is written.
    Test(Reach),
    /// Replace the schema in force, and grant what the roles file says.
    Apply(Reach),
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
    let policy = Policy::shipped()?;
    match command {
        PolicyCommand::Print => print(&policy),
        PolicyCommand::Test(reach) => test(&policy, reach),
        PolicyCommand::Apply(reach) => apply(&policy, reach),
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
async fn test(policy: &Policy, reach: Reach) -> Result<(), Box<dyn Error>> {
    let warnings = policy
        .rehearse(&reach.clients()?)
        .await
        .map_err(|refusal| told(&refusal))?;
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
    policy
        .replace(&reach.clients()?)
        .await
        .map_err(|refusal| told(&refusal))?;
    let granted = policy.relationships.len();
    writeln!(
        std::io::stdout(),
        "the schema is in force, with {granted} relationships of the roles"
    )?;
    Ok(())
}

/// What authz-service says, for people.
fn told(refusal: &tonic::Status) -> Box<dyn Error> {
    format!("authz-service refuses: {}", refusal.message()).into()
}

impl Reach {
    fn clients(self) -> Result<crm_service::authz::Authz, Box<dyn Error>> {
        let transport = match self.tls_dir {
            Some(folder) => Transport::Tls(folder),
            None => Transport::Insecure,
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let own = OwnArgs::new(self.authz, self.authz_token);
        Ok(own.authz(&transport, &clock)?.clients())
    }
}
