//! A request message above the limit is RESOURCE_EXHAUSTED, and one that cannot be read is
//! INVALID_ARGUMENT; tonic's decoder says `OUT_OF_RANGE` and `INTERNAL`.

use crate::status::{self, Reason};
use http::{HeaderMap, HeaderValue};

const CODE: &str = "grpc-status";
const MESSAGE: &str = "grpc-message";
const OUT_OF_RANGE: &[u8] = b"11";
/// How the decoder's message begins, percent-encoded.
const TOO_LARGE: &[u8] = b"Error,%20decoded%20message%20length%20too%20large";
/// What stands before the limit in it.
const LIMIT: &str = "the%20limit%20is:%20";
const INTERNAL: &[u8] = b"13";
/// How its message begins where it is not a message of the method.
const UNREADABLE: &[u8] = b"failed%20to%20decode%20Protobuf%20message";

/// Rewrites the status in an answer's headers or trailers, if it is that one.
pub(super) fn mend(headers: &mut HeaderMap) {
    let says = |name, begins: &[u8]| {
        let value = headers.get(name).map(HeaderValue::as_bytes);
        value.is_some_and(|value: &[u8]| value.starts_with(begins))
    };
    let status = if says(CODE, OUT_OF_RANGE) && says(MESSAGE, TOO_LARGE) {
        let said = headers.get(MESSAGE).and_then(|value| value.to_str().ok());
        let limit = said.and_then(|said| said.split(LIMIT).nth(1)?.split('%').next());
        let limit = limit.map_or_else(String::new, |bytes| format!(" than {bytes} bytes"));
        let message = format!("the request is larger{limit}; send it in parts");
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
