//! How much work one question may cost before it is refused.

use std::cell::OnceCell;
use std::fmt;
use std::time::{Duration, Instant};

/// Limits on the work of one question. Reaching one is a typed error, never an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Pairs of an object and one of its relations or permissions that may be looked at.
    pub nodes: u64,
    /// Relationships that may be followed.
    pub edges: u64,
    /// How far from the question a relationship may be: hops over groups, parents and arrows.
    pub depth: u32,
    /// How long conditions may be evaluated and relationships followed, all in all. Questions of one
    /// batch share it.
    pub time: Duration,
}

impl Default for Budget {
    /// About a second of work at worst, and deeper than any honest hierarchy.
    fn default() -> Self {
        Self {
            nodes: 500_000,
            edges: 5_000_000,
            depth: 100_000,
            time: Duration::from_secs(5),
        }
    }
}

/// Which limit of a [`Budget`] was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`Budget::nodes`]
    Nodes,
    /// [`Budget::edges`]
    Edges,
    /// [`Budget::depth`]
    Depth,
    /// [`Budget::time`]
    Time,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nodes => "nodes",
            Self::Edges => "edges",
            Self::Depth => "depth",
            Self::Time => "milliseconds",
        })
    }
}

/// How long a call has been at work. The clock is read only once there is much to do: most questions
/// are answered before.
#[derive(Debug)]
pub(crate) struct Timer {
    allowed: Duration,
    started: OnceCell<Instant>,
}

impl Timer {
    pub(crate) fn new(budget: &Budget) -> Self {
        Self {
            allowed: budget.time,
            started: OnceCell::new(),
        }
    }

    /// Starts the time, or looks at it.
    pub(crate) fn is_over(&self) -> bool {
        self.started.get_or_init(Instant::now).elapsed() >= self.allowed
    }

    /// In milliseconds.
    pub(crate) fn allowed(&self) -> u64 {
        u64::try_from(self.allowed.as_millis()).unwrap_or(u64::MAX)
    }
}
