//! How a store tells the guard that the row changed after the decision.

use super::{Reason, aborted};
use http::{HeaderMap, HeaderValue};
use tonic::Status;

/// Marks an answer as "decide again". It never leaves the process: the guard takes it off.
pub const STALE_HEADER: &str = "menshen-stale";

/// The write found another row version than the one that was decided on. The guard takes the
/// decision again and repeats the call.
pub fn stale() -> Status {
    let mut status = aborted(
        Reason::Contended,
        "the record kept changing while the call was decided; read it and try again",
    );
    status.metadata_mut().insert(
        STALE_HEADER,
        tonic::metadata::MetadataValue::from_static("1"),
    );
    status
}

/// Whether an answer's headers carry the mark.
pub fn is_stale(headers: &HeaderMap<HeaderValue>) -> bool {
    headers.contains_key(STALE_HEADER)
}
