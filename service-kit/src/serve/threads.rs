//! The serving threads, from their start to the last answer.

use super::accept::Acceptor;
use super::edge::{Edge, Shared};
use super::health::Health;
use super::limits::Limits;
use super::listen::{ServeError, listeners};
use super::open::Open;
use super::places::Places;
use super::work::Work;
use super::{GrpcService, ServeOptions};
use crate::telemetry::Calls;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use tokio::net::TcpListener as AsyncListener;
use tokio::sync::{mpsc, watch};

/// A running server. Dropped, it accepts nothing more.
pub struct Serving {
    address: SocketAddr,
    health: Health,
    limits: Limits,
    stop: watch::Sender<bool>,
    /// Closed when the last thread has ended; says so for each.
    ended: mpsc::Receiver<()>,
}

impl Serving {
    pub(super) fn start<S: GrpcService>(
        options: ServeOptions,
        make_service: impl Fn() -> S + Send + Sync + 'static,
    ) -> Result<Self, ServeError> {
        let limits = options.limits;
        let shared = Arc::new(Shared {
            open: Open::new(&options.health, &options.services)?,
            calls: Calls::of(&options.services),
            work: Work::new(&limits),
            limits,
        });
        let listeners = listeners(options.listen, options.threads)?;
        let address = local_address(&listeners, options.listen)?;
        let (stop, stopped) = watch::channel(false);
        let (ending, ended) = mpsc::channel(listeners.len());
        let connections = Places::new(limits.connections, limits.connections_per_peer);
        for (number, listener) in listeners.into_iter().enumerate() {
            let acceptor = Acceptor {
                edge: Edge::new(make_service(), Arc::clone(&shared)),
                tls: options.tls.clone(),
                limits,
                connections: Arc::clone(&connections),
                stop: stopped.clone(),
            };
            thread(number, listener, acceptor, ending.clone()).map_err(ServeError::Thread)?;
        }
        Ok(Self {
            address,
            health: options.health,
            limits,
            stop,
            ended,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resolves when a thread ends though nobody asked it to.
    pub async fn failed(&mut self) -> ServeError {
        self.ended.recv().await;
        ServeError::ThreadEnded
    }

    /// Says NOT_SERVING, accepts nothing more, and waits for the calls in flight, for as long as
    /// [`Limits::drain`] says.
    pub async fn drain(mut self) {
        self.health.drain();
        self.stop.send_replace(true);
        let all = async { while self.ended.recv().await.is_some() {} };
        if tokio::time::timeout(self.limits.drain, all).await.is_err() {
            tracing::warn!("calls were still in flight at the end of the drain; they are cut off");
        }
    }
}

fn local_address(listeners: &[TcpListener], asked: SocketAddr) -> Result<SocketAddr, ServeError> {
    let Some(first) = listeners.first() else {
        return Ok(asked);
    };
    first.local_addr().map_err(|cause| ServeError::Listen {
        address: asked,
        cause,
    })
}

/// The thread ends when its connections have finished after the stop, or when the process does.
fn thread<S: GrpcService>(
    number: usize,
    listener: TcpListener,
    acceptor: Acceptor<S>,
    ending: mpsc::Sender<()>,
) -> std::io::Result<()> {
    let serve = move || {
        // Sent also when the thread panics.
        let _last_word = LastWord(ending);
        if let Err(error) = serve(listener, acceptor) {
            tracing::error!(%error, "a serving thread cannot serve");
        }
    };
    std::thread::Builder::new()
        .name(format!("serve-{number}"))
        .spawn(serve)
        .map(drop)
}

fn serve<S: GrpcService>(listener: TcpListener, acceptor: Acceptor<S>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        acceptor.run(AsyncListener::from_std(listener)?).await;
        Ok(())
    })
}

struct LastWord(mpsc::Sender<()>);

impl Drop for LastWord {
    fn drop(&mut self) {
        // The receiver is gone only when nobody waits any more.
        let _ = self.0.try_send(());
    }
}
