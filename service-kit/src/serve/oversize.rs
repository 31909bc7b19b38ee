//! A request message above the limit is RESOURCE_EXHAUSTED, and one that cannot be read is
//! INVALID_ARGUMENT; tonic's decoder says `OUT_OF_RANGE` and `INTERNAL`.

use super::limits::MAX_REQUEST_BYTES;
use crate::status::{self, Reason};
use http::{HeaderMap, HeaderValue};

const CODE: &str = "grpc-status";
const MESSAGE: &str = "grpc-message";
const OUT_OF_RANGE: &[u8] = b"11";
/// How the decoder's message begins, percent-encoded.
const TOO_LARGE: &[u8] = b"Error,%20decoded%20message%20length%20too%20large";
const INTERNAL: &[u8] = b"13";
const UNREADABLE: &[u8] = b"failed%20to%20decode%20Protobuf%20message";

/// Rewrites the status in an answer's headers or trailers, if it is that one.
pub(super) fn mend(headers: &mut HeaderMap) {
    let says = |name, begins: &[u8]| {
        let value = headers.get(name).map(HeaderValue::as_bytes);
        value.is_some_and(|value: &[u8]| value.starts_with(begins))
    };
    let status = if says(CODE, OUT_OF_RANGE) && says(MESSAGE, TOO_LARGE) {
        let message =
            format!("the request is larger than {MAX_REQUEST_BYTES} bytes; send it in parts");
        status::resource_exhausted(Reason::TooLarge, message, None)
    } else if says(CODE, INTERNAL) && says(MESSAGE, UNREADABLE) {
        let cause = headers.get(MESSAGE).and_then(|value| value.to_str().ok());
        status::unreadable(&cause.unwrap_or_default().replace("%20", " "))
    } else {
        return;
    };
    // INVARIANT: our message and details are valid header values; otherwise the status stays as it is.
    let _ = status.add_header(headers);
}
