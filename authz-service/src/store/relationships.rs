//! The relationships in force.

use super::pattern::Pattern;
use super::relationship_row::{DamagedRow, RelationshipRow, StoredGrant, identity, traits};
use super::rows;
use crate::engine::reference::{ObjectRef, SubjectRef};
use crate::engine::relationship::Relationship;
use service_kit::db::{Col, Db, DbError, Stmt, Tx};

/// Why relationships could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A row.
    #[error(transparent)]
    Damaged(#[from] DamagedRow),
}

/// Who wrote a relationship, when and why.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    /// `user:…` or `service:…`
    pub by: &'a str,
    /// Microseconds since the Unix epoch.
    pub at_us: i64,
    /// Why.
    pub reason: &'a str,
    /// The revision.
    pub revision: i64,
}

/// The identity of the last row of a page, as `RelationshipKey::columns` orders it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationshipKey(pub [String; 6]);

const UPSERT: &str = "
    INSERT INTO relationships (
        resource_type, resource_id, relation, subject_type, subject_id, subject_relation,
        condition_name, condition_context, expires_at_us,
        granted_by, granted_at_us, reason, revision
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    ON CONFLICT (resource_type, resource_id, relation, subject_type, subject_id, subject_relation)
    DO UPDATE SET
        condition_name = excluded.condition_name,
        condition_context = excluded.condition_context,
        expires_at_us = excluded.expires_at_us,
        granted_by = excluded.granted_by,
        granted_at_us = excluded.granted_at_us,
        reason = excluded.reason,
        revision = excluded.revision";

/// Writes relationships, each at most once in the list: a second one of the same identity in one
/// statement is an error of PostgreSQL.
pub async fn upsert(
    tx: &mut Tx,
    relationships: &[Relationship],
    written: Written<'_>,
) -> Result<(), DbError> {
    let Written {
        by,
        at_us,
        reason,
        revision,
    } = written;
    let row = |relationship: &Relationship| {
        let Relationship {
            resource,
            relation,
            subject,
            ..
        } = relationship;
        let origin = [by.into(), at_us.into(), reason.into(), revision.into()];
        let identity = identity(resource, relation, subject).into_iter();
        identity.chain(traits(relationship)).chain(origin).collect()
    };
    rows::insert(tx, UPSERT, relationships.iter().map(row).collect()).await
}

const DELETE: &str = "
    DELETE FROM relationships
    WHERE resource_type = $1
      AND resource_id = $2
      AND relation = $3
      AND subject_type = $4
      AND subject_id = $5
      AND subject_relation = $6";

/// Deletes a relationship, if it is there.
pub async fn delete(
    tx: &mut Tx,
    resource: &ObjectRef,
    relation: &str,
    subject: &SubjectRef,
) -> Result<(), DbError> {
    let stmt = Stmt::new(DELETE).bind_all(identity(resource, relation, subject));
    tx.execute(stmt).await.map(|_| ())
}

const COLUMNS: &str = "
    SELECT resource_type, resource_id, relation, subject_type, subject_id, subject_relation,
           condition_name, condition_context, expires_at_us,
           granted_by, granted_at_us, reason
    FROM relationships";
const ORDER: &str = "
    ORDER BY resource_type, resource_id, relation, subject_type, subject_id, subject_relation";
const AFTER: &str =
    "(resource_type, resource_id, relation, subject_type, subject_id, subject_relation)";

#[derive(sqlx::FromRow)]
struct GrantRow {
    #[sqlx(flatten)]
    relationship: RelationshipRow,
    granted_by: String,
    granted_at_us: i64,
    reason: String,
}

impl RelationshipKey {
    /// The key of a relationship.
    pub fn of(relationship: &Relationship) -> Self {
        let Relationship {
            resource,
            relation,
            subject,
            ..
        } = relationship;
        Self(
            identity(resource, relation, subject).map(|column| match column {
                Col::Text(Some(text)) => text,
                _ => String::new(),
            }),
        )
    }
}

/// At most `limit` relationships that match, after a key, in the order of their identity.
/// `expired_at_us`: leave out what has expired by then.
pub async fn list(
    db: &Db,
    pattern: &Pattern,
    expired_at_us: Option<i64>,
    after: Option<&RelationshipKey>,
    limit: i64,
) -> Result<Vec<StoredGrant>, ReadError> {
    let (mut conditions, mut values) = pattern.conditions();
    if let Some(now_us) = expired_at_us {
        values.push(now_us.into());
        conditions.push(format!(
            "(expires_at_us IS NULL OR expires_at_us > ${})",
            values.len()
        ));
    }
    if let Some(RelationshipKey(key)) = after {
        let first = values.len() + 1;
        let places: Vec<_> = (first..first + key.len())
            .map(|place| format!("${place}"))
            .collect();
        values.extend(key.iter().map(Col::from));
        conditions.push(format!("{AFTER} > ({})", places.join(", ")));
    }
    values.push(limit.into());
    let sql = format!(
        "{COLUMNS}{}{ORDER} LIMIT ${}",
        where_all(&conditions),
        values.len()
    );
    let rows: Vec<GrantRow> = db.fetch_all(Stmt::dynamic(sql).bind_all(values)).await?;
    let grants = rows.into_iter().map(|row| {
        Ok(StoredGrant {
            relationship: row.relationship.read()?,
            granted_by: row.granted_by,
            granted_at_us: row.granted_at_us,
            reason: row.reason,
        })
    });
    grants.collect()
}

/// Whether a relationship matches that has not expired by `now_us`.
pub async fn exists(tx: &mut Tx, pattern: &Pattern, now_us: i64) -> Result<bool, DbError> {
    let (mut conditions, mut values) = pattern.conditions();
    values.push(now_us.into());
    conditions.push(format!(
        "(expires_at_us IS NULL OR expires_at_us > ${})",
        values.len()
    ));
    let sql = format!(
        "SELECT 1 FROM relationships{} LIMIT 1",
        where_all(&conditions)
    );
    let row: Option<(i32,)> = tx
        .fetch_optional(Stmt::dynamic(sql).bind_all(values))
        .await?;
    Ok(row.is_some())
}

const SUBJECTS: &str = "
    SELECT subject_type, subject_id, subject_relation
    FROM relationships
    WHERE resource_type = $1
      AND resource_id = $2
      AND relation = $3";

/// Subject type, id and relation of everybody who holds a relation of an object.
pub async fn subjects(
    tx: &mut Tx,
    resource_type: &str,
    resource_id: &str,
    relation: &str,
) -> Result<Vec<(String, String, String)>, DbError> {
    let stmt = Stmt::new(SUBJECTS)
        .bind(resource_type)
        .bind(resource_id)
        .bind(relation);
    tx.fetch_all(stmt).await
}

const NAMING: &str = "
    SELECT resource_type, resource_id, relation, subject_type, subject_id, subject_relation,
           condition_name, condition_context, expires_at_us
    FROM relationships
    WHERE (resource_type = $1 AND resource_id = $2)
       OR (subject_type = $1 AND subject_id = $2)
    LIMIT 1";

/// A relationship that names an object on either side, expired or not.
pub async fn naming(
    tx: &mut Tx,
    object_type: &str,
    id: &str,
) -> Result<Option<Relationship>, ReadError> {
    let stmt = Stmt::new(NAMING).bind(object_type).bind(id);
    let row: Option<RelationshipRow> = tx.fetch_optional(stmt).await?;
    Ok(row.map(RelationshipRow::read).transpose()?)
}

const HOLDS_OWN_RIGHT: &str = "
    SELECT 1
    FROM relationships
    WHERE subject_type = $1
      AND subject_id = $2
      AND subject_relation = ''
      AND resource_type IN ('menshen/authz', 'menshen/role')
    LIMIT 1";

/// Whether a subject holds a relation of the service itself, in person or by a role.
pub async fn holds_own_right(tx: &mut Tx, subject_type: &str, id: &str) -> Result<bool, DbError> {
    let stmt = Stmt::new(HOLDS_OWN_RIGHT).bind(subject_type).bind(id);
    let row: Option<(i32,)> = tx.fetch_optional(stmt).await?;
    Ok(row.is_some())
}

fn where_all(conditions: &[String]) -> String {
    if conditions.is_empty() {
        return String::new();
    }
    format!(" WHERE {}", conditions.join(" AND "))
}
