//! What can go wrong with the database, the same for both kinds.

use super::stmt::NulCharacter;
use sqlx::error::DatabaseError;
use std::io::ErrorKind;
use std::path::PathBuf;

/// Why a statement or transaction failed.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A row with the same key exists. `constraint` is the name that PostgreSQL gives:
    /// `table_pkey` for a primary key, `table_column_column_key` for a UNIQUE clause. Name unique
    /// indexes in that way too, and it is the same on SQLite.
    #[error("`{constraint}` already holds this value")]
    UniqueViolation {
        /// For example `customer_email_key`.
        constraint: String,
    },
    /// A row that this one points to is missing, or this one is still pointed to.
    #[error("a foreign key is violated")]
    ForeignKey,
    /// A CHECK clause refused the row. `constraint` is its name where it has one.
    #[error("the check `{constraint}` is violated")]
    Check {
        /// The name in `CONSTRAINT name CHECK (…)`.
        constraint: String,
    },
    /// A text to be bound has a NUL character, which no text in either database has.
    #[error("a text has a NUL character (U+0000)")]
    BadText,
    /// `fetch_one` found no row.
    #[error("no such row")]
    NoRow,
    /// Another transaction was in the way; the same one may succeed when it is run again.
    #[error("the database is busy with other transactions")]
    Busy(#[source] sqlx::Error),
    /// The disk, or the size that the database may have, is used up.
    #[error("the database's disk is full")]
    Full(#[source] sqlx::Error),
    /// No connection became free in time.
    #[error("every connection to the database is in use")]
    Occupied,
    /// The database gave a statement up: the caller's time is over, or there is no end to it.
    #[error("a statement took too long")]
    TooLong(#[source] sqlx::Error),
    /// The database cannot be reached.
    #[error("the database cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// Anything else: a mistake in a statement, or a damaged file.
    #[error("the database refused a statement")]
    Other(#[source] sqlx::Error),
}

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is not one.
    #[error("bad database URL: {0}")]
    Url(String),
    /// The file, its folder or its lock file cannot be used.
    #[error("cannot open `{path}`: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        cause: std::io::Error,
    },
    /// Others may read the file.
    #[error(
        "database file `{path}` can be read by others than its owner; run: chmod 600 {path}",
        path = .0.display()
    )]
    Exposed(PathBuf),
    /// Another process serves the file.
    #[error(
        "`{path}` is in use by another process, which holds `{path}.lock`: stop it first, or give \
         this one a database of its own", path = .0.display()
    )]
    Locked(PathBuf),
    /// SQLite finds the file damaged.
    #[error(
        "`{path}` is damaged ({finding}): restore a backup, or save what can be read with \
         `sqlite3 {path} .recover`", path = .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the integrity check says.
        finding: String,
    },
    /// The database compares text by a language's rules, so pages and ranges would differ.
    #[error(
        "database `{database}` compares text by the rules of locale `{collation}` and not byte by \
         byte: create one with `CREATE DATABASE {database}_c LOCALE 'C' TEMPLATE template0 \
         ENCODING 'UTF8'`"
    )]
    Collation {
        /// Its name.
        database: String,
        /// Its `datcollate` and encoding.
        collation: String,
    },
    /// Another process has claimed the database.
    #[error(
        "another `{name}` serves this database: stop it first, or give this one a database of its \
         own"
    )]
    Claimed {
        /// What was claimed.
        name: String,
    },
    /// The server does not let us in, or there is none.
    #[error("cannot open `{database}`: {cause}; {remedy}")]
    Server {
        /// Where it is.
        database: String,
        /// What the system or the server says.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// The database cannot be reached or used.
    #[error("cannot open the database: {}", .0.with_cause())]
    Db(#[from] DbError),
}

impl DbError {
    /// Whether running the same transaction again may succeed.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Busy(_))
    }

    /// Whether the connection was found dead in use: a read may be tried once more on a fresh one.
    pub(super) fn is_dead_connection(&self) -> bool {
        match self {
            // What is only silent would be silent once more.
            Self::Unavailable(sqlx::Error::Io(cause)) => cause.kind() != ErrorKind::TimedOut,
            Self::Unavailable(sqlx::Error::Database(cause)) => {
                cause.code().is_some_and(|code| code.starts_with("57P"))
            }
            _ => false,
        }
    }

    /// Whether this is a unique violation of `constraint`.
    pub fn is_unique(&self, constraint: &str) -> bool {
        matches!(self, Self::UniqueViolation { constraint: found } if found == constraint)
    }

    /// The message and, where there is one, the driver's own.
    pub fn with_cause(&self) -> String {
        match self.driver() {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }

    /// What the system or the server said, in its own words alone.
    pub(super) fn of_driver(&self) -> String {
        match self.driver() {
            Some(sqlx::Error::Io(cause)) => cause.to_string(),
            Some(sqlx::Error::Database(cause)) => cause.message().to_owned(),
            Some(cause) => cause.to_string(),
            None => self.to_string(),
        }
    }

    /// The server's code for what went wrong; `None` where it is not the server that spoke.
    pub(super) fn sqlstate(&self) -> Option<String> {
        Some(self.driver()?.as_database_error()?.code()?.into_owned())
    }

    fn driver(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Busy(cause)
            | Self::Full(cause)
            | Self::TooLong(cause)
            | Self::Unavailable(cause)
            | Self::Other(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::RowNotFound => Self::NoRow,
            E::Encode(cause) if cause.is::<NulCharacter>() => Self::BadText,
            E::PoolTimedOut => Self::Occupied,
            E::Io(_) | E::Tls(_) | E::PoolClosed | E::WorkerCrashed => Self::Unavailable(error),
            E::Database(cause) => match classify(cause.as_ref()) {
                Class::Unique(constraint) => Self::UniqueViolation { constraint },
                Class::ForeignKey => Self::ForeignKey,
                Class::Check(constraint) => Self::Check { constraint },
                Class::Busy => Self::Busy(error),
                Class::Full => Self::Full(error),
                Class::TooLong => Self::TooLong(error),
                Class::Unavailable => Self::Unavailable(error),
                Class::Other => Self::Other(error),
            },
            _ => Self::Other(error),
        }
    }
}

enum Class {
    Unique(String),
    ForeignKey,
    Check(String),
    Busy,
    Full,
    TooLong,
    Unavailable,
    Other,
}

fn classify(error: &dyn DatabaseError) -> Class {
    let code = error.code().unwrap_or_default();
    match error.constraint() {
        Some(constraint) if error.is_unique_violation() => Class::Unique(constraint.to_owned()),
        Some(constraint) if error.is_check_violation() => Class::Check(constraint.to_owned()),
        _ if error.is_foreign_key_violation() => Class::ForeignKey,
        _ => match code.parse::<i32>() {
            // SQLSTATEs have five characters, SQLite's extended codes at most four digits.
            Ok(number) if code.len() < 5 => classify_sqlite(number, error.message()),
            _ => classify_sqlstate(&code),
        },
    }
}

/// Result codes of <https://www.sqlite.org/rescode.html>; the low byte is the primary code.
fn classify_sqlite(code: i32, message: &str) -> Class {
    match (code, code & 0xff) {
        (1555 | 2067 | 2579, _) => Class::Unique(sqlite_unique_name(code, message)),
        (275, _) => Class::Check(
            message
                .rsplit_once(": ")
                .map_or(message, |(_, name)| name)
                .to_owned(),
        ),
        (_, 5 | 6) => Class::Busy,
        (_, 9) => Class::TooLong,
        (_, 13) => Class::Full,
        (_, 10 | 14) => Class::Unavailable,
        _ => Class::Other,
    }
}

/// `UNIQUE constraint failed: customer.a, customer.b` → `customer_a_b_key`.
fn sqlite_unique_name(code: i32, message: &str) -> String {
    let columns = message
        .rsplit_once("failed: ")
        .map_or(message, |(_, columns)| columns);
    if let Some(index) = columns.strip_prefix("index '") {
        return index.trim_end_matches('\'').to_owned();
    }
    let table = columns.split('.').next().unwrap_or_default();
    if code != 2067 {
        return format!("{table}_pkey");
    }
    let names: Vec<&str> = columns
        .split(", ")
        .filter_map(|column| column.split_once('.').map(|(_, c)| c))
        .collect();
    format!("{table}_{}_key", names.join("_"))
}

/// Classes of <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn classify_sqlstate(code: &str) -> Class {
    match code {
        // serialization_failure, deadlock_detected, lock_not_available
        "40001" | "40P01" | "55P03" => Class::Busy,
        "53100" => Class::Full,
        // query_canceled
        "57014" => Class::TooLong,
        // read_only_sql_transaction: a standby, in the middle of a failover
        "25006" => Class::Unavailable,
        _ if ["08", "53", "57P", "58"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            Class::Unavailable
        }
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_unique_names_read_like_postgres() {
        let name = sqlite_unique_name(2067, "UNIQUE constraint failed: account.org, account.email");
        assert_eq!(name, "account_org_email_key");
        let name = sqlite_unique_name(1555, "UNIQUE constraint failed: account.id");
        assert_eq!(name, "account_pkey");
        let name = sqlite_unique_name(2067, "UNIQUE constraint failed: index 'account_fold_key'");
        assert_eq!(name, "account_fold_key");
    }

    #[test]
    fn postgres_conflicts_are_told_from_outages() {
        assert!(matches!(classify_sqlstate("40001"), Class::Busy));
        assert!(matches!(classify_sqlstate("57P01"), Class::Unavailable));
        assert!(matches!(classify_sqlstate("53100"), Class::Full));
        assert!(matches!(classify_sqlstate("42601"), Class::Other));
    }
}
