//! What a service is as a process: before its own work, around it, and its last word.

use super::{GrpcService, Health, Limits, ServeError, ServeOptions, run, terminated};
use crate::clock::{Clock, SystemClock};
use crate::config::{ServeConfig, Transport};
use crate::telemetry::{self, TelemetryError};
use crate::tls::{ServerTls, TlsError, TlsFolder};
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

/// A process that can log, tell the time and show a certificate, and does not serve yet.
pub struct Process {
    /// As given.
    pub config: ServeConfig,
    /// The system's.
    pub clock: Arc<dyn Clock>,
    /// NOT_SERVING until it is told otherwise.
    pub health: Health,
    name: &'static str,
    tls: Option<ServerTls>,
}

/// Why a process cannot begin its work.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// It could not log or count.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The files of `--tls-dir`.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Process {
    /// From here on there is a log. `name` is as the process names itself: `authz-service`.
    ///
    /// # Errors
    /// [`PrepareError`]
    pub fn prepare(name: &'static str, config: ServeConfig) -> Result<Self, PrepareError> {
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
        Ok(Self {
            config,
            clock,
            health: Health::default(),
            name,
            tls,
        })
    }

    /// Serves until SIGTERM or SIGINT, and then until the calls in flight are answered; see
    /// [`run`].
    ///
    /// # Errors
    /// As [`run`].
    pub async fn serve<S: GrpcService>(
        self,
        services: Vec<&'static str>,
        make_service: impl Fn() -> S + Send + Sync + 'static,
    ) -> Result<(), ServeError> {
        let options = ServeOptions {
            name: self.name,
            services,
            listen: self.config.listen,
            tls: self.tls,
            threads: self.config.threads,
            limits: Limits::default(),
            health: self.health,
        };
        let terminated = terminated().map_err(ServeError::Signals)?;
        run(options, make_service, terminated).await
    }
}

/// The last word of the process `name`, which could not do its work or did it.
pub fn told(name: &str, outcome: Result<(), Box<dyn Error>>) -> ExitCode {
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
    eprintln!("{name}: {text}");
    ExitCode::FAILURE
}
