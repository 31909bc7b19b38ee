//! A PostgreSQL server for tests: the one named by `MENSHEN_TEST_POSTGRES`, or a private one.

mod binaries;
mod private;

pub use binaries::Binaries;
pub use private::PrivateServer;

use crate::Result;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::str::FromStr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Names the server that tests use, as `postgres://user@host:port/postgres`. The user may create databases.
pub const SERVER_VARIABLE: &str = "MENSHEN_TEST_POSTGRES";

/// A server on which each world gets databases of its own.
pub struct Server {
    url: String,
    /// Kept so that it runs as long as the tests do.
    private: Option<PrivateServer>,
}

/// The server of this test run.
///
/// # Errors
///
/// None is named and none can be started.
pub fn server() -> Result<&'static Server> {
    static SERVER: LazyLock<std::result::Result<Server, String>> =
        LazyLock::new(|| Server::find().map_err(|fault| fault.to_string()));
    SERVER.as_ref().map_err(|problem| problem.clone().into())
}

impl Server {
    fn find() -> Result<Self> {
        if let Some(url) = std::env::var_os(SERVER_VARIABLE) {
            let url = url
                .into_string()
                .map_err(|_| format!("{SERVER_VARIABLE} is not text"))?;
            return Ok(Self { url, private: None });
        }
        Self::private()
    }

    /// One of the caller's own, for a test that stops it.
    ///
    /// # Errors
    ///
    /// There is no PostgreSQL on this machine, or it does not start.
    pub fn private() -> Result<Self> {
        let private = PrivateServer::start(&Binaries::find()?)?;
        Ok(Self {
            url: private.url(),
            private: Some(private),
        })
    }

    /// Stops it, whoever is connected.
    ///
    /// # Errors
    ///
    /// It is not ours.
    pub fn stop(&mut self) -> Result<()> {
        self.ours()?.stop()
    }

    /// Starts it again, with its data, at the address it had.
    ///
    /// # Errors
    ///
    /// It is not ours, or does not start.
    pub fn start_again(&mut self) -> Result<()> {
        self.ours()?.start_again()
    }

    fn ours(&mut self) -> Result<&mut PrivateServer> {
        let named = "the server was named in the environment, and is not ours to stop";
        self.private.as_mut().ok_or_else(|| named.into())
    }

    /// A new database and its URL. Its name tells which process made it. `order` says how it sorts,
    /// in the words of CREATE DATABASE.
    pub async fn create_database(&self, purpose: &str, order: &str) -> Result<String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "menshen_{}_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed),
            purpose.replace('-', "_")
        );
        let options = sqlx::postgres::PgConnectOptions::from_str(&self.url)?.database("postgres");
        let mut connection = options.connect().await?;
        let sql = format!("CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' {order}");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        in_database(&self.url, &name)
    }
}

/// The same server's URL with this database in it.
fn in_database(url: &str, name: &str) -> Result<String> {
    let (scheme, rest) = url.split_once("://").ok_or_else(|| {
        format!("{SERVER_VARIABLE} is not a URL: write postgres://user@host:port")
    })?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let server = place.split('/').next().unwrap_or_default();
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    Ok(format!("{scheme}://{server}/{name}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_of_the_server_takes_the_place_of_the_one_named() {
        for (given, expected) in [
            ("postgres://u@h:1", "postgres://u@h:1/d"),
            ("postgres://u@h:1/", "postgres://u@h:1/d"),
            ("postgres://u@h:1/postgres", "postgres://u@h:1/d"),
            (
                "postgres://u@h/p?sslmode=disable",
                "postgres://u@h/d?sslmode=disable",
            ),
        ] {
            assert_eq!(in_database(given, "d").unwrap(), expected);
        }
        assert!(in_database("localhost", "d").is_err());
    }
}
