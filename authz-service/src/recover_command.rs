//! `authz-service recover`: the way back in, for whoever holds the database.

use authz_service::config::{OwnArgs, SOURCES};
use authz_service::org::{recover, vigil};
use clap::Args;
use service_kit::clock::SystemClock;
use service_kit::config::DatabaseArgs;
use service_kit::db::{Db, PoolSizes};
use service_kit::telemetry::{self, LogFormat, LogOptions};
use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;

/// Who is let in, and where.
#[derive(Args)]
pub(crate) struct RecoverArgs {
    #[command(flatten)]
    database: DatabaseArgs,

    /// Who becomes an administrator. Made if not there; otherwise enabled, with the password taken
    /// away and every session ended.
    #[arg(long, value_name = "ID", default_value = "admin")]
    user: String,

    /// Why, for the audit log.
    #[arg(long, value_name = "TEXT", default_value = "authz-service recover")]
    reason: String,
}

#[tokio::main]
pub(crate) async fn run(arguments: RecoverArgs) -> Result<(), Box<dyn Error>> {
    let url = arguments.database.resolve::<OwnArgs>(&SOURCES)?;
    telemetry::log_to_stderr(&LogOptions {
        format: LogFormat::Text,
        filter: "warn".to_owned(),
    })?;
    let db = Db::connect_existing(&url, &PoolSizes::default()).await?;
    let outcome = recover(&db, &arguments.user, &arguments.reason).await;
    db.close().await;
    write!(std::io::stdout(), "{}", outcome?)?;
    Ok(())
}

async fn recover(db: &Db, user: &str, reason: &str) -> Result<String, Box<dyn Error>> {
    // Held until it is done: a running service would not see what is written here.
    let _claim = db.claim(vigil::CLAIM).await?;
    Ok(recover::administrator(db.clone(), Arc::new(SystemClock), user, reason).await?)
}
