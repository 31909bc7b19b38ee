//! The answer's body on its way out: its last word is the call's outcome.

use super::activity::Ongoing;
use super::io::panicked;
use super::oversize;
use super::work::Share;
use crate::telemetry::Call;
use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Frame, SizeHint};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::{Code, Status, body::Body};

/// A body that reports how the call ended. Dropped before its end, the call counts as cancelled.
pub(super) struct Observed {
    inner: Body,
    call: Call,
    /// What the call has taken, given back with it.
    _taken: Taken,
}

pub(super) type Taken = (Ongoing, Option<Arc<Share>>);

impl Observed {
    pub(super) fn of(mut response: Response<Body>, mut call: Call, taken: Taken) -> Response<Self> {
        oversize::mend(response.headers_mut());
        if let Some(code) = code_in(response.headers()) {
            call.ended(code);
        }
        response.map(|inner| Self {
            inner,
            call,
            _taken: taken,
        })
    }
}

impl http_body::Body for Observed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let inner = Pin::new(&mut self.inner);
        // A stream's items are made while the body is polled.
        let polled = catch_unwind(AssertUnwindSafe(|| inner.poll_frame(context)));
        let polled = polled.unwrap_or_else(|panic| {
            self.inner = Body::empty();
            Poll::Ready(Some(Ok(Frame::trailers(trailers(&panicked(&*panic))))))
        });
        polled.map_ok(|mut frame| {
            if let Some(trailers) = frame.trailers_mut() {
                oversize::mend(trailers);
                self.call.ended(code_in(trailers).unwrap_or(Code::Unknown));
            }
            frame
        })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn code_in(headers: &HeaderMap) -> Option<Code> {
    let value = headers.get("grpc-status")?;
    Some(Code::from_bytes(value.as_bytes()))
}

fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    // INVARIANT: an internal status is made of valid header values.
    let _ = status.add_header(&mut trailers);
    trailers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::activity::Activity;
    use crate::serve::limits::Limits;
    use crate::telemetry::Calls;
    use futures::stream;
    use http_body_util::{BodyExt, StreamBody};
    use tonic_types::StatusExt;

    fn taken() -> Taken {
        let activity = Activity::since(std::time::Instant::now(), Limits::default());
        (activity.begin(true), None)
    }

    async fn last_word<F>(frames: F) -> Status
    where
        F: futures::Stream<Item = Result<Frame<Bytes>, Status>> + Send + 'static,
    {
        let (call, _) = Calls::of(&[]).begin("/any/Method");
        let response = Observed::of(
            Response::new(Body::new(StreamBody::new(frames))),
            call,
            taken(),
        );
        let trailers = response
            .into_body()
            .collect()
            .await
            .unwrap()
            .trailers()
            .cloned();
        Status::from_header_map(&trailers.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_panic_while_a_stream_is_made_ends_it_with_internal() {
        let status = last_word(stream::poll_fn(|_| panic!("as asked"))).await;
        assert_eq!(status.code(), Code::Internal);
    }

    #[tokio::test]
    async fn a_message_that_cannot_be_read_is_invalid() {
        for (cause, field) in [
            (
                "CheckRequest.context: Struct.fields: Value.kind: recursion limit reached",
                "context",
            ),
            (
                "BatchCheckRequest.checks: CheckRequest.context: Struct.fields: recursion limit reached",
                "checks.context",
            ),
            ("CheckRequest.subject: invalid wire type", "request"),
        ] {
            let message = format!("failed to decode Protobuf message: {cause}");
            let decoder = trailers(&Status::internal(message));
            let status = last_word(stream::iter([Ok(Frame::trailers(decoder))])).await;
            assert_eq!(status.code(), Code::InvalidArgument);
            let violations = status.get_details_bad_request().unwrap().field_violations;
            assert_eq!(violations[0].field, field, "{cause}");
        }
    }

    #[tokio::test]
    async fn an_oversize_message_of_a_stream_is_resource_exhausted() {
        let message =
            "Error, decoded message length too large: found 9 bytes, the limit is: 4 bytes";
        let decoder = trailers(&Status::out_of_range(message));
        let status = last_word(stream::iter([Ok(Frame::trailers(decoder))])).await;
        assert_eq!(status.code(), Code::ResourceExhausted);
    }

    #[tokio::test]
    async fn a_handlers_own_out_of_range_stays() {
        let own = trailers(&Status::out_of_range("page 9 of 3"));
        let status = last_word(stream::iter([Ok(Frame::trailers(own))])).await;
        assert_eq!(
            (status.code(), status.message()),
            (Code::OutOfRange, "page 9 of 3")
        );
    }
}
