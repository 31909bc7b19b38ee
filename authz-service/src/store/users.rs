//! People.

use service_kit::db::{Db, DbError, Stmt, Tx};

/// A person, with what other tables say of them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UserRow {
    /// The id in references.
    pub id: String,
    /// As people write it.
    pub display_name: String,
    /// As written.
    pub email: String,
    /// NULL: not disabled.
    pub disabled_at_us: Option<i64>,
    /// When it was added.
    pub created_at_us: i64,
    /// NULL: never.
    pub last_sign_in_at_us: Option<i64>,
    /// The department that they are a member of, without conditions and at the time of the reading.
    /// NULL: none.
    pub department: Option<String>,
    /// When the password was set. NULL: there is none.
    pub password_set_at_us: Option<i64>,
}

macro_rules! select_users {
    ($rest:literal) => {
        concat!(
            "
    SELECT u.id, u.display_name, u.email, u.disabled_at_us, u.created_at_us, u.last_sign_in_at_us,
           (SELECT MIN(r.resource_id)
            FROM relationships r
            WHERE r.subject_type = 'user'
              AND r.subject_id = u.id
              AND r.subject_relation = ''
              AND r.resource_type = 'department'
              AND r.relation = 'member'
              AND r.condition_name = ''
              AND (r.expires_at_us IS NULL OR r.expires_at_us > $1)) AS department,
           c.set_at_us AS password_set_at_us
    FROM users u
    LEFT JOIN credentials c ON c.user_id = u.id",
            $rest
        )
    };
}

const BY_ID: &str = select_users!(
    "
    WHERE u.id = $2"
);

/// A person by id.
pub async fn find(db: &Db, id: &str, now_us: i64) -> Result<Option<UserRow>, DbError> {
    db.fetch_optional(Stmt::new(BY_ID).bind(now_us).bind(id))
        .await
}

/// A person by id, in a transaction.
pub async fn find_in(tx: &mut Tx, id: &str, now_us: i64) -> Result<Option<UserRow>, DbError> {
    tx.fetch_optional(Stmt::new(BY_ID).bind(now_us).bind(id))
        .await
}

const BY_SIGN_IN_NAME: &str = select_users!(
    "
    WHERE u.id = $2
       OR u.email_key = $3
    ORDER BY CASE WHEN u.id = $2 THEN 0 ELSE 1 END
    LIMIT 1"
);

/// A person by what they type to sign in: the id, or the e-mail address in any case.
pub async fn find_by_sign_in_name(
    db: &Db,
    name: &str,
    now_us: i64,
) -> Result<Option<UserRow>, DbError> {
    db.fetch_optional(
        Stmt::new(BY_SIGN_IN_NAME)
            .bind(now_us)
            .bind(name)
            .bind(name.to_lowercase()),
    )
    .await
}

const PAGE: &str = select_users!(
    "
    WHERE u.id > $2
    ORDER BY u.id
    LIMIT $3"
);

const PAGE_OF_DEPARTMENT: &str = select_users!(
    "
    WHERE u.id > $2
      AND u.id IN (
          SELECT r.subject_id
          FROM relationships r
          WHERE r.resource_type = 'department'
            AND r.resource_id = $4
            AND r.relation = 'member'
            AND r.subject_type = 'user'
            AND r.subject_relation = ''
            AND r.condition_name = ''
            AND (r.expires_at_us IS NULL OR r.expires_at_us > $1))
    ORDER BY u.id
    LIMIT $3"
);

/// People after an id, in the order of ids; of one department or of all.
pub async fn page(
    db: &Db,
    department: Option<&str>,
    after: &str,
    limit: i64,
    now_us: i64,
) -> Result<Vec<UserRow>, DbError> {
    let sql = match department {
        None => PAGE,
        Some(_) => PAGE_OF_DEPARTMENT,
    };
    let stmt = Stmt::new(sql).bind(now_us).bind(after).bind(limit);
    let stmt = match department {
        None => stmt,
        Some(id) => stmt.bind(id),
    };
    db.fetch_all(stmt).await
}

const DISABLED: &str = "
    SELECT id
    FROM users
    WHERE disabled_at_us IS NOT NULL";

/// The ids of everybody who is locked out.
pub async fn disabled(db: &Db) -> Result<Vec<String>, DbError> {
    let rows: Vec<(String,)> = db.fetch_all(Stmt::new(DISABLED)).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

const INSERT: &str = "
    INSERT INTO users (id, display_name, email, email_key, created_at_us)
    VALUES ($1, $2, $3, $4, $5)";

/// Adds a person.
pub async fn insert(
    tx: &mut Tx,
    id: &str,
    display_name: &str,
    email: &str,
    created_at_us: i64,
) -> Result<(), DbError> {
    let stmt = Stmt::new(INSERT)
        .bind(id)
        .bind(display_name)
        .bind(email)
        .bind(email.to_lowercase())
        .bind(created_at_us);
    tx.execute(stmt).await.map(|_| ())
}

const UPDATE: &str = "
    UPDATE users
    SET display_name = $2,
        email = $3,
        email_key = $4
    WHERE id = $1";

/// Changes a person's name and e-mail address.
pub async fn update(tx: &mut Tx, id: &str, display_name: &str, email: &str) -> Result<(), DbError> {
    let stmt = Stmt::new(UPDATE)
        .bind(id)
        .bind(display_name)
        .bind(email)
        .bind(email.to_lowercase());
    tx.execute(stmt).await.map(|_| ())
}

const SET_DISABLED: &str = "
    UPDATE users
    SET disabled_at_us = $2
    WHERE id = $1";

/// Locks a person out, or lets them in again.
pub async fn set_disabled(
    tx: &mut Tx,
    id: &str,
    disabled_at_us: Option<i64>,
) -> Result<(), DbError> {
    tx.execute(Stmt::new(SET_DISABLED).bind(id).bind(disabled_at_us))
        .await
        .map(|_| ())
}

const SIGNED_IN: &str = "
    UPDATE users
    SET last_sign_in_at_us = $2
    WHERE id = $1";

/// Notes a sign-in.
pub async fn signed_in(tx: &mut Tx, id: &str, at_us: i64) -> Result<(), DbError> {
    tx.execute(Stmt::new(SIGNED_IN).bind(id).bind(at_us))
        .await
        .map(|_| ())
}

const EMAIL_TAKEN: &str = "
    SELECT id
    FROM users
    WHERE email_key = $1";

/// Who has an e-mail address, in any case.
pub async fn owner_of_email(tx: &mut Tx, email: &str) -> Result<Option<String>, DbError> {
    let stmt = Stmt::new(EMAIL_TAKEN).bind(email.to_lowercase());
    let row: Option<(String,)> = tx.fetch_optional(stmt).await?;
    Ok(row.map(|(id,)| id))
}
