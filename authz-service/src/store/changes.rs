//! The change log.

use super::relationship_row::{RelationshipRow, identity, traits};
use super::relationships::ReadError;
use super::rows;
use crate::engine::snapshot::Change;
use service_kit::db::{Db, DbError, Stmt, Tx};

const WRITE: &str = "write";
const DELETE: &str = "delete";

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
        let (kind, identity, traits) = match change {
            Change::Write(one) => {
                let identity = identity(&one.resource, &one.relation, &one.subject);
                (WRITE, identity, traits(one))
            }
            Change::Delete {
                resource,
                relation,
                subject,
            } => {
                let none = ["".into(), "".into(), None::<i64>.into()];
                (DELETE, identity(resource, relation, subject), none)
            }
        };
        let place = [revision.into(), seq.into(), kind.into()];
        place.into_iter().chain(identity).chain(traits).collect()
    });
    rows::insert(tx, INSERT, rows.collect()).await
}

const AFTER: &str = "
    SELECT kind, resource_type, resource_id, relation, subject_type, subject_id, subject_relation,
           condition_name, condition_context, expires_at_us
    FROM changes
    WHERE revision > $1
    ORDER BY revision, seq";

#[derive(sqlx::FromRow)]
struct ChangeRow {
    kind: String,
    #[sqlx(flatten)]
    relationship: RelationshipRow,
}

/// Everything that was done after a revision, in order.
pub async fn after(db: &Db, revision: i64) -> Result<Vec<Change>, ReadError> {
    let rows: Vec<ChangeRow> = db.fetch_all(Stmt::new(AFTER).bind(revision)).await?;
    let changes = rows.into_iter().map(|row| {
        let relationship = row.relationship.read()?;
        Ok(if row.kind == WRITE {
            Change::Write(relationship)
        } else {
            let crate::engine::relationship::Relationship {
                resource,
                relation,
                subject,
                ..
            } = relationship;
            Change::Delete {
                resource,
                relation,
                subject,
            }
        })
    });
    changes.collect()
}
