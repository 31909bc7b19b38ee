//! Metrics, on an address of their own.

use super::TelemetryError;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use std::net::{SocketAddr, TcpListener};

/// Seconds: from what a check takes in memory to the default deadline.
const BUCKETS: [f64; 14] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0,
];

/// Answers every GET on this address with the metrics, in Prometheus' text format. Called before the
/// first counter is made, on the runtime that is to serve it.
///
/// # Errors
/// The address is taken, or metrics were set up before.
pub fn export_metrics(address: SocketAddr) -> Result<(), TelemetryError> {
    let failed = |problem: String| TelemetryError::Metrics { address, problem };
    // The exporter binds only when it is polled, where nobody would see that it failed.
    drop(TcpListener::bind(address).map_err(|error| failed(error.to_string()))?);
    PrometheusBuilder::new()
        .with_http_listener(address)
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
        .and_then(PrometheusBuilder::install)
        .map_err(|error| failed(error.to_string()))
}
