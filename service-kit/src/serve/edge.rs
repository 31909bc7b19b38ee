//! What every call goes through before and after the service.

use super::io::panicked;
use super::limits::Limits;
use super::observed::Observed;
use super::open::Open;
use super::peer::Peer;
use super::{GrpcService, deadline};
use crate::status::{self, Reason};
use crate::telemetry::{Calls, Pattern};
use futures::FutureExt;
use http::{Request, Response};
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tonic::{Status, body::Body};
use tower::ServiceExt;

/// How long a caller should wait after it was refused for too much work.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// One thread's service and what all threads share.
#[derive(Clone)]
pub(super) struct Edge<S> {
    service: S,
    shared: Arc<Shared>,
}

/// The same for every thread.
pub(super) struct Shared {
    pub(super) open: Open,
    pub(super) calls: Calls,
    pub(super) in_flight: Semaphore,
    pub(super) limits: Limits,
}

impl<S: GrpcService> Edge<S> {
    pub(super) fn new(service: S, shared: Arc<Shared>) -> Self {
        Self { service, shared }
    }

    pub(super) async fn handle(
        self,
        mut request: Request<Body>,
        peer: &Peer,
    ) -> Response<Observed> {
        let (call, pattern) = self.shared.calls.begin(request.uri().path());
        peer.describe(request.extensions_mut());
        let answer = AssertUnwindSafe(self.answer(request, pattern)).catch_unwind();
        let answer = answer.await.unwrap_or_else(|panic| Err(panicked(&*panic)));
        Observed::of(answer.unwrap_or_else(|status| status.into_http()), call)
    }

    async fn answer(
        self,
        request: Request<Body>,
        pattern: Pattern,
    ) -> Result<Response<Body>, Status> {
        let shared = self.shared;
        if Open::answers(request.uri().path()) {
            return Ok(shared.open.call(request).await.unwrap_or_else(never));
        }
        let _place = shared.in_flight.try_acquire().map_err(|_| overloaded())?;
        let timeout = shared.limits.timeout(&request, pattern)?;
        let answered = self.service.oneshot(request);
        match timeout {
            None => Ok(answered.await.unwrap_or_else(never)),
            Some(timeout) => tokio::time::timeout(timeout, answered)
                .await
                .map(|answer| answer.unwrap_or_else(never))
                .map_err(|_| too_late(timeout)),
        }
    }
}

impl Limits {
    /// How long this call may take until its answer begins; a stream may take as long as its caller
    /// likes.
    fn timeout(
        &self,
        request: &Request<Body>,
        pattern: Pattern,
    ) -> Result<Option<Duration>, Status> {
        let of_caller = deadline::of_caller(request.headers()).map_err(|text| {
            let problem =
                format!("`{text}` is no timeout; write up to 8 digits and H, M, S, m, u or n");
            status::invalid_field("grpc-timeout", problem)
        })?;
        Ok(match pattern {
            Pattern::Unary => {
                Some(of_caller.map_or(self.call_timeout, |own| own.min(self.call_timeout)))
            }
            Pattern::Stream => of_caller,
        })
    }
}

fn never<T>(error: Infallible) -> T {
    match error {}
}

fn overloaded() -> Status {
    let message = "the service has as much work as it can take; try again in a moment";
    status::resource_exhausted(Reason::Overloaded, message, Some(RETRY_AFTER))
}

fn too_late(timeout: Duration) -> Status {
    status::deadline_exceeded(format!("the call was not answered within its {timeout:?}"))
}
