//! Whether a connection is of use to its peer.

use super::limits::Limits;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What is going on on a connection.
pub(super) struct Activity {
    limits: Limits,
    state: Mutex<State>,
}

struct State {
    /// Whether there ever was a call.
    asked: bool,
    /// Since when there is none.
    quiet_since: Instant,
    next: u64,
    /// Calls whose answer is not taken, the oldest first; with when they began, if it may not take
    /// as long as the caller likes.
    open: BTreeMap<u64, Option<Instant>>,
}

/// A call, until its answer is taken or it is given up.
pub(super) struct Ongoing {
    activity: Arc<Activity>,
    number: u64,
}

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Useless {
    /// Nothing was asked since it was accepted.
    Silent,
    /// Nothing is asked any more, or an answer is not taken.
    Quiet,
}

impl Activity {
    pub(super) fn since(accepted: Instant, limits: Limits) -> Arc<Self> {
        let state = State {
            asked: false,
            quiet_since: accepted,
            next: 0,
            open: BTreeMap::new(),
        };
        Arc::new(Self {
            limits,
            state: Mutex::new(state),
        })
    }

    pub(super) fn begin(self: &Arc<Self>, has_one_answer: bool) -> Ongoing {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.asked = true;
        let began = has_one_answer.then(Instant::now);
        state.open.insert(number, began);
        Ongoing {
            activity: Arc::clone(self),
            number,
        }
    }

    /// Resolves when it is of no use.
    pub(super) async fn over(&self) -> Useless {
        loop {
            let (end, why) = self.end();
            if end <= Instant::now() {
                return why;
            }
            tokio::time::sleep_until(end.into()).await;
        }
    }

    /// When it is of no use, if nothing changes until then.
    fn end(&self) -> (Instant, Useless) {
        let state = self.state();
        if !state.asked {
            return (state.quiet_since + self.limits.first_call, Useless::Silent);
        }
        if state.open.is_empty() {
            return (state.quiet_since + self.limits.idle, Useless::Quiet);
        }
        let answered = self.limits.call_timeout + self.limits.parting;
        let oldest = state.open.values().flatten().next();
        let since = oldest.copied().unwrap_or_else(Instant::now);
        (since + answered, Useless::Quiet)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        let mut state = self.activity.state();
        state.open.remove(&self.number);
        if state.open.is_empty() {
            state.quiet_since = Instant::now();
        }
    }
}
