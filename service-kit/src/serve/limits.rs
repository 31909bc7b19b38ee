//! What one caller, and all together, may ask for.

use std::time::Duration;

/// The largest request message. Set it on every generated server:
/// `AuthzServiceServer::new(…).max_decoding_message_size(MAX_REQUEST_BYTES)`.
pub const MAX_REQUEST_BYTES: usize = 4 * 1024 * 1024;

/// Limits of a server. The defaults are meant for production.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Calls in progress, over all connections; what comes on top is refused at once.
    pub calls_in_flight: usize,
    /// Calls in progress on one connection.
    pub streams_per_connection: u32,
    /// Open connections; what comes on top is closed at once.
    pub connections: usize,
    /// How long a unary call may take; a caller's own deadline can only be shorter.
    pub call_timeout: Duration,
    /// How long calls in flight may go on after the signal to stop.
    pub drain: Duration,
    /// After this a connection is asked to be opened anew, so that load spreads over new replicas.
    pub connection_age: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls_in_flight: 1024,
            streams_per_connection: 256,
            connections: 8192,
            call_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(10),
            connection_age: Duration::from_secs(30 * 60),
        }
    }
}
