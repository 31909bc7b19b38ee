//! What every call goes through before and after the service.

use super::activity::Activity;
use super::io::panicked;
use super::limits::Limits;
use super::observed::Observed;
use super::open::Open;
use super::peer::Peer;
use super::work::{Counted, RequestBody, Work};
use super::{GrpcService, deadline};
use crate::status::{self, Reason};
use crate::telemetry::{Calls, Pattern};
use crate::time_left;
use futures::FutureExt;
use http::{Request, Response};
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
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
    pub(super) work: Work,
    pub(super) limits: Limits,
}

impl<S: GrpcService> Edge<S> {
    pub(super) fn new(service: S, shared: Arc<Shared>) -> Self {
        Self { service, shared }
    }

    pub(super) async fn handle<B: RequestBody>(
        self,
        mut request: Request<B>,
        peer: &Peer,
        activity: &Arc<Activity>,
    ) -> Response<Observed> {
        let (call, pattern) = self.shared.calls.begin(request.uri().path());
        let is_open = Open::answers(request.uri().path());
        // Who watches health or talks to reflection does so as long as they like.
        let is_unary = pattern == Pattern::Unary && !is_open;
        let ongoing = activity.begin(is_unary);
        peer.describe(request.extensions_mut());
        if is_open {
            let request = request.map(Body::new);
            let response = self.shared.open.call(request).await;
            return Observed::of(response.unwrap_or_else(never), call, (ongoing, None));
        }
        let share = match self.shared.work.begin(is_unary) {
            Ok(share) => share,
            Err(refused) => return Observed::of(refused.into_http(), call, (ongoing, None)),
        };
        let request = request.map(|body| match pattern {
            Pattern::Unary => Body::new(Counted::of(body, Arc::clone(&share))),
            Pattern::Stream => Body::new(body),
        });
        let answer = AssertUnwindSafe(self.answer(request, pattern)).catch_unwind();
        let answer = answer.await.unwrap_or_else(|panic| Err(panicked(&*panic)));
        let response = answer.unwrap_or_else(Status::into_http);
        Observed::of(response, call, (ongoing, Some(share)))
    }

    async fn answer(
        self,
        request: Request<Body>,
        pattern: Pattern,
    ) -> Result<Response<Body>, Status> {
        let timeout = self.shared.limits.timeout(&request, pattern)?;
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let answered = time_left::until(end, self.service.oneshot(request));
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

pub(super) fn overloaded() -> Status {
    let message = "the service has as much work as it can take; try again in a moment";
    status::resource_exhausted(Reason::Overloaded, message, Some(RETRY_AFTER))
}

fn too_late(timeout: Duration) -> Status {
    status::deadline_exceeded(format!("the call was not answered within its {timeout:?}"))
}
