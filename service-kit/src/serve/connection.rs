//! One connection, from its first byte to its last call.

use super::GrpcService;
use super::activity::{Activity, Useless};
use super::edge::Edge;
use super::limits::Limits;
use super::peer::Peer;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// A quiet connection is pinged after this, so that dead peers are found.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(30);
const KEEPALIVE_ANSWER: Duration = Duration::from_secs(20);
const MAX_HEADER_BYTES: u32 = 16 * 1024;

/// Serves a connection until it closes. `stop` turning true finishes it gracefully.
pub(super) async fn serve<S: GrpcService>(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    edge: Edge<S>,
    limits: Limits,
    stop: watch::Receiver<bool>,
) {
    // Answers are small and complete: waiting for more to send costs 40 ms and gains nothing.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection closed before it began");
        return;
    }
    let activity = Activity::since(Instant::now(), limits);
    let Some(tls) = tls else {
        let peer = Peer::plain(&stream);
        return converse(stream, peer, edge, activity, limits, stop).await;
    };
    match tokio::time::timeout(limits.first_call, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let peer = Peer::tls(&stream);
            converse(stream, peer, edge, activity, limits, stop).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn converse<S: GrpcService>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    edge: Edge<S>,
    activity: Arc<Activity>,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let peer = Arc::new(peer);
    let calls = Arc::clone(&activity);
    let service = service_fn(move |request: Request<Incoming>| {
        let (edge, peer, activity) = (edge.clone(), Arc::clone(&peer), Arc::clone(&calls));
        async move { Ok::<_, Infallible>(edge.handle(request, &peer, &activity).await) }
    });
    let connection = protocol(limits).serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        parting = time_to_part(&mut stop, limits.connection_age, &activity) => {
            connection.as_mut().graceful_shutdown();
            let patience = parting.patience(&limits);
            tokio::time::timeout(patience, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

/// Why a connection is asked to be closed.
enum Parting {
    /// The server stops, and says itself how long it waits.
    Stop,
    Age,
    Useless(Useless),
}

impl Parting {
    /// How long what is in progress may go on.
    fn patience(self, limits: &Limits) -> Duration {
        match self {
            Self::Stop => limits.drain,
            Self::Age | Self::Useless(Useless::Quiet) => limits.parting,
            Self::Useless(Useless::Silent) => Duration::ZERO,
        }
    }
}

async fn time_to_part(
    stop: &mut watch::Receiver<bool>,
    age: Duration,
    activity: &Activity,
) -> Parting {
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => Parting::Stop,
        () = tokio::time::sleep(age) => Parting::Age,
        why = activity.over() => Parting::Useless(why),
    }
}

fn protocol(limits: Limits) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams_per_connection)
        .max_header_list_size(MAX_HEADER_BYTES)
        .keep_alive_interval(KEEPALIVE_EVERY)
        .keep_alive_timeout(KEEPALIVE_ANSWER);
    builder
}
