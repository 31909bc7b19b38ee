//! The way from a serving thread to the runtime on which the database lives.

use crate::status::{self, Reason};
use crate::time_left;
use std::any::Any;
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};
use tonic::Status;
use tracing::Instrument;

/// Runs what touches the database, or takes long, off the serving threads.
///
/// A serving thread has many connections and must never wait; a pool's connections are driven by the
/// runtime that opened them. What runs here is dropped with the call that asked for it.
#[derive(Clone, Debug)]
pub struct Io(Handle);

impl Io {
    /// The runtime of `main`.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub fn current() -> Self {
        Self(Handle::current())
    }

    /// Runs a future there. Dropped before it ends (the caller has gone, or its deadline passed), the
    /// future is dropped too, and with it an open transaction.
    ///
    /// # Errors
    /// Those of the future; INTERNAL if it panics.
    pub async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T, Status>> + Send + 'static,
    ) -> Result<T, Status> {
        let future = time_left::until(time_left::end(), future);
        joined(&mut Dropped(self.0.spawn(future.in_current_span())).0).await
    }

    /// Runs what computes for milliseconds, as a password hash does, on a thread for such work.
    ///
    /// # Errors
    /// Those of the work; INTERNAL if it panics.
    pub async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Status> + Send + 'static,
    ) -> Result<T, Status> {
        let span = tracing::Span::current();
        joined(&mut self.0.spawn_blocking(move || span.in_scope(work))).await
    }
}

/// A task that ends with its owner.
struct Dropped<T>(JoinHandle<T>);

impl<T> Drop for Dropped<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn joined<T>(task: &mut JoinHandle<Result<T, Status>>) -> Result<T, Status> {
    task.await.unwrap_or_else(|error| Err(unfinished(error)))
}

fn unfinished(error: JoinError) -> Status {
    match error.try_into_panic() {
        Ok(panic) => panicked(&*panic),
        // Only a runtime that is shutting down cancels a task whose owner waits.
        Err(_) => status::unavailable(
            Reason::ShuttingDown,
            "the service is shutting down; try again",
        ),
    }
}

/// INTERNAL for a panic; what it said goes to the log.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> Status {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without words");
    status::internal_message(said)
}
