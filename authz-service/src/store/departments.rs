//! Departments.

use service_kit::db::{Db, DbError, Stmt, Tx};

/// A department and the one above it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DepartmentRow {
    /// The id in references.
    pub id: String,
    /// As people write it.
    pub display_name: String,
    /// At the time of the reading. NULL: at the top.
    pub parent: Option<String>,
}

macro_rules! select_departments {
    ($rest:literal) => {
        concat!(
            "
    SELECT d.id, d.display_name,
           (SELECT MIN(r.subject_id)
            FROM relationships r
            WHERE r.resource_type = 'department'
              AND r.resource_id = d.id
              AND r.relation = 'parent'
              AND r.subject_type = 'department'
              AND r.subject_relation = ''
              AND r.condition_name = ''
              AND (r.expires_at_us IS NULL OR r.expires_at_us > $1)) AS parent
    FROM departments d",
            $rest
        )
    };
}

const BY_ID: &str = select_departments!(
    "
    WHERE d.id = $2"
);

/// A department by id.
pub async fn find(tx: &mut Tx, id: &str, now_us: i64) -> Result<Option<DepartmentRow>, DbError> {
    tx.fetch_optional(Stmt::new(BY_ID).bind(now_us).bind(id))
        .await
}

const ALL: &str = select_departments!(
    "
    ORDER BY d.id"
);

/// Every department, by id.
pub async fn all(db: &Db, now_us: i64) -> Result<Vec<DepartmentRow>, DbError> {
    db.fetch_all(Stmt::new(ALL).bind(now_us)).await
}

const PARENTS: &str = "
    SELECT subject_id
    FROM relationships
    WHERE resource_type = 'department'
      AND resource_id = $2
      AND relation = 'parent'
      AND subject_type = 'department'
      AND subject_relation = ''
      AND (expires_at_us IS NULL OR expires_at_us > $1)";

/// Every department right above one, conditional or not: grants can put it below several.
pub async fn parents(tx: &mut Tx, id: &str, now_us: i64) -> Result<Vec<String>, DbError> {
    let stmt = Stmt::new(PARENTS).bind(now_us).bind(id);
    let rows: Vec<(String,)> = tx.fetch_all(stmt).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

const INSERT: &str = "
    INSERT INTO departments (id, display_name, created_at_us)
    VALUES ($1, $2, $3)";

/// Adds a department.
pub async fn insert(
    tx: &mut Tx,
    id: &str,
    display_name: &str,
    created_at_us: i64,
) -> Result<(), DbError> {
    let stmt = Stmt::new(INSERT)
        .bind(id)
        .bind(display_name)
        .bind(created_at_us);
    tx.execute(stmt).await.map(|_| ())
}

const RENAME: &str = "
    UPDATE departments
    SET display_name = $2
    WHERE id = $1";

/// Renames a department.
pub async fn rename(tx: &mut Tx, id: &str, display_name: &str) -> Result<(), DbError> {
    tx.execute(Stmt::new(RENAME).bind(id).bind(display_name))
        .await
        .map(|_| ())
}

const DELETE: &str = "
    DELETE FROM departments
    WHERE id = $1";

/// Removes a department's name.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    tx.execute(Stmt::new(DELETE).bind(id)).await.map(|_| ())
}
