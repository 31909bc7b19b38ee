//! Whether the process is ready: `grpc.health.v1`.

use crate::status;
use futures::{Stream, stream};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::watch;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{self, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

/// The one state of a process, for all of its services. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Health(Arc<watch::Sender<State>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    NotReady,
    Ready,
    Draining,
}

impl Default for Health {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(State::NotReady)))
    }
}

impl Health {
    /// Migrations are done, the database answers: SERVING.
    pub fn ready(&self) {
        self.set(State::Ready);
    }

    /// Something that every call needs is missing: NOT_SERVING.
    pub fn not_ready(&self) {
        self.set(State::NotReady);
    }

    /// Resolves when the process is about to stop. Endless streams should end then, or they are cut
    /// off at the end of [`super::Limits::drain`].
    pub async fn draining(&self) {
        let mut state = self.0.subscribe();
        // INVARIANT: the sender lives in `self`, so the wait cannot fail.
        let _ = state.wait_for(|state| *state == State::Draining).await;
    }

    pub(super) fn drain(&self) {
        self.set(State::Draining);
    }

    pub(super) fn service(&self, names: &[&'static str]) -> HealthServer<HealthService> {
        HealthServer::new(HealthService {
            health: self.clone(),
            names: names.into(),
        })
    }

    fn set(&self, new: State) {
        self.0.send_if_modified(|state| {
            let changes = *state != State::Draining && *state != new;
            if changes {
                *state = new;
            }
            changes
        });
    }
}

/// Answers `Check` and `Watch`.
pub(super) struct HealthService {
    health: Health,
    names: Arc<[&'static str]>,
}

impl HealthService {
    /// The empty name is the process as a whole.
    fn knows(&self, service: &str) -> bool {
        service.is_empty() || self.names.contains(&service)
    }
}

fn answer(state: State) -> HealthCheckResponse {
    let status = match state {
        State::Ready => ServingStatus::Serving,
        State::NotReady | State::Draining => ServingStatus::NotServing,
    };
    HealthCheckResponse {
        status: status.into(),
    }
}

#[tonic::async_trait]
impl health_server::Health for HealthService {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        if !self.knows(&service) {
            return Err(status::no_service(&service));
        }
        Ok(Response::new(answer(*self.health.0.borrow())))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        if !self.knows(&request.into_inner().service) {
            // The protocol keeps such a stream open: the service may yet appear. Ours never do.
            let unknown = HealthCheckResponse {
                status: ServingStatus::ServiceUnknown.into(),
            };
            return Ok(Response::new(Box::pin(tokio_stream::once(Ok(unknown)))));
        }
        let mut states = self.health.0.subscribe();
        states.mark_changed();
        Ok(Response::new(Box::pin(stream::unfold(
            Some(states),
            next_answer,
        ))))
    }
}

/// NOT_SERVING is the last word when the process stops: a watcher must not hold up the drain.
async fn next_answer(
    states: Option<watch::Receiver<State>>,
) -> Option<(
    Result<HealthCheckResponse, Status>,
    Option<watch::Receiver<State>>,
)> {
    let mut states = states?;
    states.changed().await.ok()?;
    let state = *states.borrow_and_update();
    Some((
        Ok(answer(state)),
        (state != State::Draining).then_some(states),
    ))
}
