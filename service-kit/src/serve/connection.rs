//! One connection, from its first byte to its last call.

use super::GrpcService;
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
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tonic::body::Body;

/// A peer that does not finish its handshake in time is cut off.
const HANDSHAKE: Duration = Duration::from_secs(10);
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
    let Some(tls) = tls else {
        let peer = Peer::plain(&stream);
        return converse(stream, peer, edge, limits, stop).await;
    };
    match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let peer = Peer::tls(&stream);
            converse(stream, peer, edge, limits, stop).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn converse<S: GrpcService>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    edge: Edge<S>,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let peer = Arc::new(peer);
    let service = service_fn(move |request: Request<Incoming>| {
        let (edge, peer) = (edge.clone(), Arc::clone(&peer));
        async move { Ok::<_, Infallible>(edge.handle(request.map(Body::new), &peer).await) }
    });
    let connection = protocol(limits).serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = time_to_part(&mut stop, limits.connection_age) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

async fn time_to_part(stop: &mut watch::Receiver<bool>, age: Duration) {
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        () = tokio::time::sleep(age) => {}
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
