//! Logs, on standard error.

use super::TelemetryError;
use serde::{Deserialize, Serialize};
use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// How a line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// How a line looks.
    pub format: LogFormat,
    /// `info`, or by module: `info,service_kit=debug`.
    pub filter: String,
}

/// Logs to standard error from here on, panics included.
///
/// # Errors
/// The filter cannot be read, or logging was set up before.
pub fn log_to_stderr(options: &LogOptions) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&options.filter).map_err(|problem| TelemetryError::Filter {
        filter: options.filter.clone(),
        problem: problem.to_string(),
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let done = match options.format {
        LogFormat::Text => lines.with_ansi(false).finish().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init(),
    };
    done.map_err(|error| TelemetryError::Twice(error.to_string()))?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    let said = panic.payload_as_str().unwrap_or_default();
    let backtrace = Backtrace::capture();
    tracing::error!(place, said, %backtrace, "a panic: this is a defect");
}
