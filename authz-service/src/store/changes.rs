//! The change log.

use super::relationship_row::{identity, traits};
use super::rows;
use crate::engine::snapshot::Change;
use service_kit::db::{DbError, Tx};

const INSERT: &str = "
    INSERT INTO changes (
        revision, seq, kind,
        resource_type, resource_id, relation, subject_type, subject_id, subject_relation,
        condition_name, condition_context, expires_at_us
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// Appends what a revision did, the first of it at `seq`.
pub async fn append(
    tx: &mut Tx,
    revision: i64,
    seq: i64,
    changes: &[Change],
) -> Result<(), DbError> {
    let rows = changes.iter().zip(seq..).map(|(change, seq)| {
        let (kind, [a, b, c, d, e, f], [g, h, i]) = match change {
            Change::Write(relationship) => (
                "write",
                identity(&relationship.resource, &relationship.relation, &relationship.subject),
                traits(relationship),
            ),
            Change::Delete { resource, relation, subject } => (
                "delete",
                identity(resource, relation, subject),
                ["".into(), "".into(), None::<i64>.into()],
            ),
        };
        [revision.into(), seq.into(), kind.into(), a, b, c, d, e, f, g, h, i]
    });
    rows::insert(tx, INSERT, rows.collect()).await
}
