//! An answer's body, redacted message by message as it is sent.

use super::body::{PREFIX_BYTES, framed, message_length};
use super::plan::Plan;
use crate::status;
use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use http_body::Frame;
use menshen_proto::rules::FieldRule;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tonic::Status;
use tonic::body::Body;

/// Passes on a body without the fields that the caller may not read.
pub(super) struct RedactedBody {
    inner: Body,
    plan: Arc<Plan>,
    hidden: Vec<&'static FieldRule>,
    pending: BytesMut,
    ended: bool,
}

impl RedactedBody {
    /// The body without the hidden fields. Where nothing is hidden it is the body itself.
    pub(super) fn around(inner: Body, plan: &Arc<Plan>, hidden: &[&'static FieldRule]) -> Body {
        if hidden.is_empty() {
            return inner;
        }
        Body::new(Self {
            inner,
            plan: Arc::clone(plan),
            hidden: hidden.to_vec(),
            pending: BytesMut::new(),
            ended: false,
        })
    }

    /// The next whole message of what has arrived, redacted and framed.
    fn next_message(&mut self) -> Result<Option<Bytes>, Status> {
        let Some(length) = message_length(&self.pending)? else {
            return Ok(None);
        };
        if self.pending.len() - PREFIX_BYTES < length {
            return Ok(None);
        }
        self.pending.advance(PREFIX_BYTES);
        let message = self.pending.split_to(length);
        let seen = self
            .plan
            .redaction
            .apply(&self.hidden, &message)
            .map_err(|problem| status::internal(&problem))?;
        framed(&seen).map(Some)
    }

    /// Ends the answer with a status in place of what cannot be redacted.
    fn end_with(&mut self, status: &Status) -> Frame<Bytes> {
        self.ended = true;
        let mut trailers = HeaderMap::new();
        if status.add_header(&mut trailers).is_err() {
            trailers.insert(Status::GRPC_STATUS, http::HeaderValue::from_static("13"));
        }
        Frame::trailers(trailers)
    }
}

impl http_body::Body for RedactedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        while !self.ended {
            match self.next_message() {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(Frame::data(message)))),
                Ok(None) => {}
                Err(status) => return Poll::Ready(Some(Ok(self.end_with(&status)))),
            }
            match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.pending.extend_from_slice(&data),
                    Err(trailers) => {
                        self.ended = true;
                        return Poll::Ready(Some(Ok(trailers)));
                    }
                },
                Some(Err(status)) => return Poll::Ready(Some(Err(status))),
                None => self.ended = true,
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.ended || (self.pending.is_empty() && self.inner.is_end_stream())
    }
}
