//! What the process tells its operators: logs and metrics.

mod calls;
mod log;
mod prometheus;

pub use calls::{Call, Calls, Pattern};
pub use log::{LogFormat, LogOptions, log_to_stderr};
pub use prometheus::export_metrics;

/// Why the process cannot speak.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter cannot be read.
    #[error(
        "log filter `{filter}`: {problem}; write a level, or parts as in `info,service_kit=debug`"
    )]
    Filter {
        /// As given.
        filter: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Something logs or counts already.
    #[error("the process has been given a log or metrics recorder before: {0}")]
    Twice(String),
    /// The metrics address cannot be served.
    #[error("metrics cannot be served on `{address}`: {problem}; choose another address")]
    Metrics {
        /// As given.
        address: std::net::SocketAddr,
        /// What the system says.
        problem: String,
    },
}
