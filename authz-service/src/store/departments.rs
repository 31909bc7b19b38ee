//! Departments.

use service_kit::db::{Db, DbError, Stmt, Tx};

/// A department and the one above it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DepartmentRow {
    /// The id in references.
    pub id: String,
    /// As people write it.
    pub display_name: String,
    /// NULL: at the top.
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
              AND r.subject_relation = '') AS parent
    FROM departments d",
            $rest
        )
    };
}

const BY_ID: &str = select_departments!(
    "
    WHERE d.id = $1"
);

/// A department by id.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<DepartmentRow>, DbError> {
    tx.fetch_optional(Stmt::new(BY_ID).bind(id)).await
}

const ALL: &str = select_departments!(
    "
    ORDER BY d.id"
);

/// Every department, by id.
pub async fn all(db: &Db) -> Result<Vec<DepartmentRow>, DbError> {
    db.fetch_all(Stmt::new(ALL)).await
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
