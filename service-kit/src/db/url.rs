//! Where the database is.

use super::error::DbError;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// `sqlite:///path/to/file.db` or `postgres://user:password@host:port/database`.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A file, made when it is missing.
    Sqlite(PathBuf),
    /// A server.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = DbError;

    fn from_str(text: &str) -> Result<Self, DbError> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            if path.is_empty() || path.contains('?') {
                return Err(DbError::Unsuitable(format!(
                    "database `{text}` names no file; write sqlite:///absolute/path/to/file.db"
                )));
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        // The text may hold a password; only its scheme is shown.
        let scheme = text.split(':').next().unwrap_or_default();
        Err(DbError::Unsuitable(format!(
            "database scheme `{scheme}` is not known; write sqlite:///path/to/file.db or postgres://…"
        )))
    }
}

impl fmt::Display for DatabaseUrl {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => {
                let place = url.rsplit('@').next().unwrap_or_default();
                write!(f, "postgres://{}", place.trim_start_matches("postgres://"))
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
