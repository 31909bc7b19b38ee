//! What can go wrong with a database, in terms that a caller can act on.

/// A database's refusal.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A row with this key exists.
    #[error("a unique value exists already ({constraint})")]
    UniqueViolation {
        /// The constraint's or column's name, as the database gives it.
        constraint: String,
    },
    /// A row refers to one that does not exist.
    #[error("a referenced row does not exist ({constraint})")]
    ForeignKeyViolation {
        /// The constraint's name, where the database gives one.
        constraint: String,
    },
    /// Other transactions were in the way; the same call may succeed.
    #[error("the database is busy")]
    Busy(#[source] sqlx::Error),
    /// The disk, or the size allowed, is used up.
    #[error("the database has no space left")]
    Full(#[source] sqlx::Error),
    /// The database cannot be reached.
    #[error("the database cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// A query that always has a row had none.
    #[error("a row that must exist does not")]
    NoRow,
    /// The URL, the file or the server is not one that we can serve from.
    #[error("{0}")]
    Unsuitable(String),
    /// Anything else.
    #[error("the database refused: {0}")]
    Other(#[source] sqlx::Error),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed => Self::Unavailable(error),
            sqlx::Error::Database(refusal) => {
                let code = refusal.code().unwrap_or_default().into_owned();
                let constraint = || refusal.constraint().unwrap_or(refusal.message()).to_owned();
                if refusal.is_unique_violation() {
                    Self::UniqueViolation {
                        constraint: constraint(),
                    }
                } else if refusal.is_foreign_key_violation() {
                    Self::ForeignKeyViolation {
                        constraint: constraint(),
                    }
                } else {
                    by_code(&code, error)
                }
            }
            _ => Self::Other(error),
        }
    }
}

/// SQLite's result codes (primary code in the low byte) and PostgreSQL's SQLSTATE classes.
fn by_code(code: &str, error: sqlx::Error) -> DbError {
    if let (Ok(number), true) = (code.parse::<u32>(), code.len() < 5) {
        return match number & 0xff {
            5 | 6 => DbError::Busy(error),
            13 => DbError::Full(error),
            10 | 14 => DbError::Unavailable(error),
            _ => DbError::Other(error),
        };
    }
    match code.get(..2) {
        Some("40") => DbError::Busy(error),
        Some("53") => DbError::Full(error),
        Some("08" | "57") => DbError::Unavailable(error),
        _ => DbError::Other(error),
    }
}
