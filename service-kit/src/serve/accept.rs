//! A serving thread's listener.

use super::GrpcService;
use super::connection;
use super::edge::Edge;
use super::limits::Limits;
use super::places::Places;
use crate::tls::ServerTls;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Pause after the system refused to accept: it has no file descriptors left.
const PAUSE: Duration = Duration::from_millis(100);

/// What a thread needs to serve its connections.
pub(super) struct Acceptor<S> {
    pub(super) edge: Edge<S>,
    pub(super) tls: Option<ServerTls>,
    pub(super) limits: Limits,
    /// Over all threads.
    pub(super) connections: Arc<Places>,
    pub(super) stop: watch::Receiver<bool>,
}

impl<S: GrpcService> Acceptor<S> {
    /// Accepts until `stop`, then waits for the connections to finish.
    pub(super) async fn run(self, listener: TcpListener) {
        let mut stop = self.stop.clone();
        let mut open = JoinSet::new();
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                Some(_) = open.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.welcome(stream, peer.ip(), &mut open),
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(PAUSE).await;
                    }
                },
            }
        }
        drop(listener);
        while open.join_next().await.is_some() {}
    }

    fn welcome(&self, stream: TcpStream, peer: IpAddr, open: &mut JoinSet<()>) {
        let Some(place) = self.connections.take(peer) else {
            metrics::counter!("connections_refused_total").increment(1);
            return;
        };
        let tls = self.tls.as_ref().map(ServerTls::acceptor);
        let served = connection::serve(
            stream,
            tls,
            self.edge.clone(),
            self.limits,
            self.stop.clone(),
        );
        open.spawn(async move {
            served.await;
            drop(place);
        });
    }
}
