//! Configuration: a flag beats an environment variable, which beats the file of `--config`.
//!
//! One key has the same name everywhere: `--tls-dir`, `MENSHEN_AUTHZ_TLS_DIR`, `tls_dir = "…"`. A
//! service has keys of its own in a struct beside [`ServeArgs`]; what is secret there comes from the
//! environment or the file only (`#[arg(skip)] #[serde(skip_serializing)]`), as flags are seen by
//! everybody on the machine.

mod error;
mod keys;
mod layers;
mod parsed;
mod resolve;

pub use error::ConfigError;
pub use parsed::parsed;

use crate::db::DatabaseUrl;
use crate::telemetry::{LogFormat, LogOptions};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// The flags that every service has. They do not print: a database URL may hold a password.
#[derive(Clone, Default, clap::Args, Serialize, Deserialize)]
pub struct ServeArgs {
    /// Address to listen on; port 0 picks a free one.
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<String>,

    /// Where the data is: `sqlite:///path/to/file.db` or `postgres://user:password@host/database`.
    #[arg(long, value_name = "URL")]
    database: Option<String>,

    /// Folder of the TLS files; an empty one is filled with development certificates.
    #[arg(long, value_name = "DIR")]
    tls_dir: Option<PathBuf>,

    /// Serve plaintext; on loopback only.
    #[arg(long, num_args = 0, default_missing_value = "true")]
    #[serde(default, deserialize_with = "parsed")]
    insecure: Option<bool>,

    /// Address on which Prometheus finds the metrics.
    #[arg(long, value_name = "IP:PORT")]
    metrics: Option<String>,

    /// How a line of the log looks.
    #[arg(long, value_name = "FORMAT")]
    log: Option<LogFormat>,

    /// What is logged: a level, or parts as in `info,service_kit=debug`; also `RUST_LOG`.
    #[arg(long, value_name = "FILTER")]
    log_filter: Option<String>,

    /// Serving threads; one a core unless told otherwise.
    #[arg(long, value_name = "COUNT")]
    #[serde(default, deserialize_with = "parsed")]
    threads: Option<NonZeroUsize>,

    /// A TOML file with the same keys, words joined by `_`.
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
}

/// The flags of a command that works on a service's database while nobody serves it.
#[derive(Default, clap::Args)]
pub struct DatabaseArgs {
    /// Where the data is: `sqlite:///path/to/file.db` or `postgres://user:password@host/database`.
    #[arg(long, value_name = "URL")]
    database: Option<String>,

    /// The service's own TOML file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Where a service looks for its configuration.
#[derive(Clone, Copy, Debug)]
pub struct Sources {
    /// Before the key in capitals: `MENSHEN_AUTHZ_`.
    pub env_prefix: &'static str,
    /// Variables with names of their own, and their keys: `("MENSHEN_ROOT_TOKEN", "root_token")`.
    pub env_names: &'static [(&'static str, &'static str)],
    /// Where it listens unless told otherwise.
    pub listen: SocketAddr,
}

/// What every service needs to know to serve, checked.
#[derive(Clone, Debug)]
pub struct ServeConfig {
    /// Port 0 picks a free one.
    pub listen: SocketAddr,
    /// Where the data is.
    pub database: DatabaseUrl,
    /// Plaintext or not.
    pub transport: Transport,
    /// Where Prometheus finds the metrics.
    pub metrics: Option<SocketAddr>,
    /// What is logged, and how.
    pub log: LogOptions,
    /// Serving threads.
    pub threads: NonZeroUsize,
}

/// Plaintext or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// With the files of this folder.
    Tls(PathBuf),
    /// Plaintext, on loopback.
    Insecure,
}
