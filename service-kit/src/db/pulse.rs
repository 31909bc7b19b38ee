//! Whether the database is there.

use super::{Db, DbError};
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use std::io;
use std::time::Duration;
use tokio::time::timeout;

/// A server that takes longer to say anything is as good as gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// Feels a database's pulse, on a connection of its own: a pool that is busy is no dead server.
pub struct Pulse {
    db: Db,
    connection: Option<PgConnection>,
}

impl Pulse {
    /// Not connected yet.
    pub fn of(db: &Db) -> Self {
        Self {
            db: db.clone(),
            connection: None,
        }
    }

    /// Asks the server whether it is there, for two seconds at most. An SQLite file always is.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer.
    pub async fn beat(&mut self) -> Result<(), DbError> {
        let Db::Postgres(store) = &self.db else {
            return Ok(());
        };
        // Out of its place: what broke off in the midst of an answer is not used again.
        let kept = self.connection.take();
        let ping = async {
            let mut connection = match kept {
                Some(connection) => connection,
                None => PgConnection::connect_with(&store.options).await?,
            };
            connection.ping().await?;
            Ok::<_, sqlx::Error>(connection)
        };
        let silent = |_| sqlx::Error::Io(io::ErrorKind::TimedOut.into());
        self.connection = Some(timeout(PATIENCE, ping).await.map_err(silent)??);
        Ok(())
    }
}
