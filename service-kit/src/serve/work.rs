//! What a call takes of what all share: a place among the calls, and memory for its request.

use super::edge::overloaded;
use super::limits::Limits;
use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use tower::BoxError;

/// The beginning of each request, which is not counted: the calls are. So who sends much can be in the
/// way of those alone who do so too.
const FREE_BYTES: usize = 16 * 1024;

/// What there is to share.
pub(super) struct Work {
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    request_bytes: Arc<Semaphore>,
}

/// What a call has taken, until its answer is sent.
pub(super) struct Share {
    _place: OwnedSemaphorePermit,
    request_bytes: Arc<Semaphore>,
    counted: AtomicUsize,
}

impl Work {
    pub(super) fn new(limits: &Limits) -> Self {
        let of = |count: usize| Arc::new(Semaphore::new(count));
        Self {
            calls: of(limits.calls_in_flight),
            streams: of(limits.streams_in_flight),
            request_bytes: of(limits.request_bytes),
        }
    }

    /// # Errors
    /// `RESOURCE_EXHAUSTED`
    pub(super) fn begin(&self, has_one_answer: bool) -> Result<Arc<Share>, Status> {
        let places = if has_one_answer {
            &self.calls
        } else {
            &self.streams
        };
        let place = Arc::clone(places).try_acquire_owned();
        Ok(Arc::new(Share {
            _place: place.map_err(|_| overloaded())?,
            request_bytes: Arc::clone(&self.request_bytes),
            counted: AtomicUsize::new(0),
        }))
    }
}

impl Share {
    /// # Errors
    /// `RESOURCE_EXHAUSTED`
    fn count(&self, bytes: usize) -> Result<(), Status> {
        let count = u32::try_from(bytes).map_err(|_| overloaded())?;
        let permit = self.request_bytes.try_acquire_many(count);
        permit.map_err(|_| overloaded())?.forget();
        self.counted.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.request_bytes.add_permits(*self.counted.get_mut());
    }
}

/// The request of a unary call, which somebody will hold as a whole.
pub(super) struct Counted<B> {
    inner: B,
    share: Arc<Share>,
    bytes: usize,
}

impl<B> Counted<B> {
    pub(super) fn of(inner: B, share: Arc<Share>) -> Self {
        Self {
            inner,
            share,
            bytes: 0,
        }
    }

    fn count(&mut self, bytes: usize) -> Result<(), Status> {
        let before = self.bytes.max(FREE_BYTES);
        self.bytes += bytes;
        match self.bytes.saturating_sub(before) {
            0 => Ok(()),
            beyond => self.share.count(beyond),
        }
    }
}

/// What a connection brings.
pub(super) trait RequestBody:
    Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static
{
}

impl<B> RequestBody for B where B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static
{}

impl<B: RequestBody> Body for Counted<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.inner).poll_frame(context));
        let bytes = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Buf::remaining),
            _ => 0,
        };
        Poll::Ready(match self.count(bytes) {
            Ok(()) => frame.map(|frame| frame.map_err(Into::into)),
            Err(refused) => Some(Err(refused.into())),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
