//! What is counted beside the calls, which the serving edge counts.

use crate::engine::check::Outcome;
use crate::engine::snapshot::Snapshot;
use metrics::{Counter, Gauge};

/// Made once: looking a counter up by its name costs as much as a check.
pub struct Meters {
    allowed: Counter,
    denied: Counter,
    conditional: Counter,
    refused: Counter,
    writes: Counter,
    revision: Gauge,
    relationships: Gauge,
}

impl Default for Meters {
    fn default() -> Self {
        let checks =
            |decision: &'static str| metrics::counter!("authz_check_total", "decision" => decision);
        Self {
            allowed: checks("allowed"),
            denied: checks("denied"),
            conditional: checks("conditional"),
            refused: checks("error"),
            writes: metrics::counter!("authz_write_total"),
            revision: metrics::gauge!("authz_revision_head"),
            relationships: metrics::gauge!("authz_relationships"),
        }
    }
}

impl Meters {
    /// A question was answered, or could not be.
    pub(crate) fn checked<E>(&self, outcome: &Result<Outcome, E>) {
        let counter = match outcome {
            Ok(Outcome::Allowed) => &self.allowed,
            Ok(Outcome::Denied) => &self.denied,
            Ok(Outcome::Conditional(_)) => &self.conditional,
            Err(_) => &self.refused,
        };
        counter.increment(1);
    }

    /// A transaction was committed.
    pub(crate) fn committed(&self) {
        self.writes.increment(1);
    }

    /// The head is this now.
    pub(crate) fn advanced(&self, snapshot: &Snapshot) {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
        let (revision, relationships) = (
            snapshot.revision() as f64,
            snapshot.relationship_count() as f64,
        );
        self.revision.set(revision);
        self.relationships.set(relationships);
    }
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meters").finish_non_exhaustive()
    }
}
