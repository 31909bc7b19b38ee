//! Where the data lives.

use super::error::OpenError;
use sqlx::postgres::PgConnectOptions;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A parsed `--database`: `sqlite:///path/file.db`, `sqlite://relative/file.db` or `postgres://…`.
///
/// Printing it never shows the password.
#[derive(Clone)]
pub struct DatabaseUrl(pub(super) Target);

#[derive(Clone)]
pub(super) enum Target {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

impl DatabaseUrl {
    /// The URL of an SQLite file.
    pub fn sqlite(path: impl AsRef<Path>) -> Self {
        Self(Target::Sqlite(path.as_ref().to_owned()))
    }

    #[cfg(any(test, feature = "testing"))]
    pub(super) fn postgres(options: PgConnectOptions) -> Self {
        Self(Target::Postgres(Box::new(options)))
    }
}

impl FromStr for DatabaseUrl {
    type Err = OpenError;

    fn from_str(text: &str) -> Result<Self, OpenError> {
        let refuse = |why: String| Err(OpenError::Url(why));
        if let Some(path) = text.strip_prefix("sqlite://") {
            return match path {
                "" => refuse("`sqlite://` names no file: write `sqlite:///path/file.db`".into()),
                _ if path.contains(['?', '#']) => {
                    refuse("an SQLite URL takes no options: end it with the file's name".into())
                }
                _ => Ok(Self(Target::Sqlite(path.into()))),
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return match PgConnectOptions::from_str(text) {
                Ok(options) => Ok(Self(Target::Postgres(Box::new(options)))),
                // The cause may quote the password, so it is not repeated.
                Err(_) => refuse(
                    "not a PostgreSQL URL: write `postgres://user:password@host:5432/database`"
                        .into(),
                ),
            };
        }
        match text.split_once("://") {
            Some((scheme, _)) => refuse(format!(
                "unknown scheme `{scheme}`: use `sqlite://` or `postgres://`"
            )),
            None => refuse("no scheme: write `sqlite:///path/file.db` or `postgres://…`".into()),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Target::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Target::Postgres(options) => f.write_str(&shown(options)),
        }
    }
}

/// Where a PostgreSQL database is, without who connects to it.
pub(super) fn shown(options: &PgConnectOptions) -> String {
    format!(
        "postgres://{}:{}/{}",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or(options.get_username()),
    )
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_a_url_hides_the_password() {
        let url: DatabaseUrl = "postgres://ann:s3cret@db.example:6432/crm".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://db.example:6432/crm");
        assert_eq!(format!("{url:?}"), "postgres://db.example:6432/crm");
    }

    #[test]
    fn sqlite_paths_are_taken_literally() {
        let url: DatabaseUrl = "sqlite:///var/lib/a b%20.db".parse().unwrap();
        assert_eq!(url.to_string(), "sqlite:///var/lib/a b%20.db");
    }

    #[test]
    fn bad_urls_say_what_to_write() {
        for (text, says) in [
            ("sqlite://", "names no file"),
            ("sqlite:///a.db?mode=ro", "takes no options"),
            ("mysql://x/y", "unknown scheme `mysql`"),
            ("authz.db", "no scheme"),
            ("postgres://u:hunter2@h:notaport/d", "not a PostgreSQL URL"),
        ] {
            let error = text.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
            assert!(!error.contains("hunter2"));
        }
    }
}
