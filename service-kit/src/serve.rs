//! Serving gRPC: one thread a core, each with a listener and a runtime of its own.
//!
//! `main` owns a multi-threaded runtime, on which database pools and background tasks live ([`Io`]).
//! Requests are served by single-threaded runtimes that share nothing but the service itself; the
//! kernel spreads connections over their listeners (`SO_REUSEPORT`).
//!
//! Around the service that is handed in, every call goes through the edge: it is counted, shed when
//! there is too much work, given a deadline, and its panic becomes an INTERNAL with an id. Health and
//! reflection are answered before the service is asked.

mod accept;
mod activity;
mod connection;
mod deadline;
mod edge;
mod health;
mod io;
mod limits;
mod listen;
mod observed;
mod open;
mod oversize;
mod peer;
mod places;
mod process;
mod routes;
mod signal;
mod threads;
mod work;

pub use health::Health;
pub use io::Io;
pub use limits::{Limits, MAX_BULK_REQUEST_BYTES, MAX_REQUEST_BYTES};
pub use listen::ServeError;
pub use process::{PrepareError, Process, told};
pub use routes::Routes;
pub use signal::terminated;
pub use threads::Serving;

use crate::tls::ServerTls;
use http::{Request, Response};
use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use tonic::body::Body;
use tower::Service;

/// What is served, and where.
pub struct ServeOptions {
    /// The process, as it names itself: `authz-service`.
    pub name: &'static str,
    /// Full names of the gRPC services, for health, reflection and metrics.
    pub services: Vec<&'static str>,
    /// Port 0 picks a free one.
    pub listen: SocketAddr,
    /// `None`: plaintext.
    pub tls: Option<ServerTls>,
    /// How many serving threads.
    pub threads: NonZeroUsize,
    /// What one caller, and all together, may ask for.
    pub limits: Limits,
    /// NOT_SERVING until it is told that the service is ready.
    pub health: Health,
}

/// A service that answers every request, be it with an error status.
pub trait GrpcService:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static
{
}

impl<S> GrpcService for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static
{
}

/// Serves until `shutdown` resolves, and then until the calls in flight are answered or
/// [`Limits::drain`] has passed.
///
/// `make_service` is called once a thread. When every listener accepts, one line goes to standard
/// output: `authz-service listening on 127.0.0.1:50051`.
///
/// # Errors
/// The address cannot be bound, or a serving thread ended by itself.
pub async fn run<S: GrpcService>(
    options: ServeOptions,
    make_service: impl Fn() -> S + Send + Sync + 'static,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let name = options.name;
    if let Some(tls) = options.tls.clone() {
        tokio::spawn(tls.keep_fresh());
    }
    let mut serving = start(options, make_service)?;
    let address = serving.address();
    // A closed standard output is no reason not to serve.
    let _ = writeln!(std::io::stdout(), "{name} listening on {address}");
    tokio::select! {
        () = shutdown => {}
        error = serving.failed() => return Err(error),
    }
    tracing::info!("shutting down; answering what is in flight");
    serving.drain().await;
    Ok(())
}

/// Starts serving; every listener accepts when it returns.
///
/// # Errors
/// The address cannot be bound, or a thread cannot be started.
pub fn start<S: GrpcService>(
    options: ServeOptions,
    make_service: impl Fn() -> S + Send + Sync + 'static,
) -> Result<Serving, ServeError> {
    Serving::start(options, make_service)
}

#[cfg(test)]
mod tests;
