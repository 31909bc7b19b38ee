//! How much work one question may cost before it is refused.

use std::fmt;

/// Limits on the work of one question. Reaching one is a typed error, never an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Pairs of an object and one of its relations or permissions that may be looked at.
    pub nodes: u64,
    /// Relationships that may be followed.
    pub edges: u64,
    /// How far from the question a relationship may be: hops over groups, parents and arrows.
    pub depth: u32,
}

impl Default for Budget {
    /// About a second of work at worst, and deeper than any honest hierarchy.
    fn default() -> Self {
        Self {
            nodes: 500_000,
            edges: 5_000_000,
            depth: 100_000,
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
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nodes => "nodes",
            Self::Edges => "edges",
            Self::Depth => "depth",
        })
    }
}
