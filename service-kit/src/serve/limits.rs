//! What one caller, and all together, may ask for.

use std::time::Duration;

/// The largest request message. Set it on every generated server:
/// `AuthzServiceServer::new(…).max_decoding_message_size(MAX_REQUEST_BYTES)`.
pub const MAX_REQUEST_BYTES: usize = 512 * 1024;

/// The largest request message of methods that carry much at once; see [`super::Routes::with_bulk`].
pub const MAX_BULK_REQUEST_BYTES: usize = 4 * 1024 * 1024;

const MOST_CONNECTIONS: usize = 8192;
/// What systems allow at least, where they do not say.
const FEWEST_FILES: usize = 1024;

/// Limits of a server. The defaults are meant for production.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Unary calls, over all connections, until their answers are sent; what comes on top is refused
    /// at once.
    pub calls_in_flight: usize,
    /// The same for streams, so that they do not stand in the way of calls.
    pub streams_in_flight: usize,
    /// What the large requests of unary calls may hold of memory together: a request's first 16 KiB do
    /// not count.
    pub request_bytes: usize,
    /// Calls in progress on one connection.
    pub streams_per_connection: u32,
    /// Open connections; what comes on top is closed at once. By default 8192, or three quarters of
    /// the files that the system lets the process open (`ulimit -n`).
    pub connections: usize,
    /// Those of one address, or of one IPv6 site (/64): by default a quarter of all. The loopback
    /// address has no such limit, as a proxy on this machine speaks for everybody.
    pub connections_per_peer: usize,
    /// How soon a connection must bring its first call.
    pub first_call: Duration,
    /// After so long without a call a connection is asked to be closed.
    pub idle: Duration,
    /// How long a connection that is asked to be closed may go on with its calls. An answer that is
    /// not taken so long after its call's time ends its connection as well.
    pub parting: Duration,
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
            streams_in_flight: 1024,
            request_bytes: 64 * 1024 * 1024,
            streams_per_connection: 256,
            connections: connections(),
            connections_per_peer: connections() / 4,
            first_call: Duration::from_secs(10),
            idle: Duration::from_mins(5),
            parting: Duration::from_mins(1),
            call_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(10),
            connection_age: Duration::from_mins(30),
        }
    }
}

/// The rest of the files are for the database, which must not fail because callers idle.
fn connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    MOST_CONNECTIONS.min(open_files(&limits).unwrap_or(FEWEST_FILES) / 4 * 3)
}

/// The soft limit in `/proc/self/limits`; `None` on a system without this file.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(usize::MAX),
        count => count.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_of_files_is_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 524288               files\n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(
            open_files(&limits.replace("1024 ", "unlimited ")),
            Some(usize::MAX)
        );
        assert_eq!(open_files(""), None);
    }
}
