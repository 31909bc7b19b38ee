//! How long a call may still take, for those who can tell others: a database.

use std::time::{Duration, Instant};
use tokio::task::futures::TaskLocalFuture;

tokio::task_local! {
    static END: Option<Instant>;
}

/// When the call that runs here must be answered; `None` where nobody has said.
pub(crate) fn end() -> Option<Instant> {
    END.try_with(|end| *end).ok().flatten()
}

/// What is left until then.
pub(crate) fn left() -> Option<Duration> {
    end().map(|end| end.saturating_duration_since(Instant::now()))
}

/// Runs a call, or a part of it, that must be answered by then.
pub(crate) fn until<F: Future>(
    end: Option<Instant>,
    call: F,
) -> TaskLocalFuture<Option<Instant>, F> {
    END.scope(end, call)
}
