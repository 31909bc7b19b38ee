//! One process a database: on PostgreSQL an advisory lock, which lives as long as its session.

use super::error::{DbError, OpenError};
use super::lease::{self, Lease};
use super::postgres::{ANSWER, PostgresStore, answered, lock_key};
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use std::time::{Duration, Instant};

/// Between two looks at the claim.
const LOOK_EVERY: Duration = Duration::from_secs(1);

const TRY: &str = "SELECT pg_try_advisory_lock($1)";
/// Who served last under each name.
const CREATE_TABLE: &str = "
CREATE TABLE IF NOT EXISTS claims (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL
)";
const LAST: &str = "SELECT holder FROM claims WHERE name = $1";
const NOTE: &str = "
INSERT INTO claims (name, holder)
VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder";

/// Holds a name on a database for as long as it lives; see [`super::Db::claim`].
pub struct Claim(Option<Session>);

struct Session {
    connection: PgConnection,
    /// When the question was asked that the database answered last.
    answered: Instant,
}

impl Claim {
    pub(super) fn by_file_lock() -> Self {
        Self(None)
    }

    /// The server unlocks when the session ends, however it ends. Another process that held the claim
    /// before may not know yet, and answer from memory until its lease ends: that long nobody serves.
    pub(super) async fn take(store: &PostgresStore, name: &str) -> Result<Self, OpenError> {
        let taking = async {
            let mut connection = PgConnection::connect_with(&store.options).await?;
            let (free,): (bool,) = sqlx::query_as(TRY)
                .bind(lock_key(name))
                .fetch_one(&mut connection)
                .await?;
            if !free {
                return Ok(None);
            }
            outlast(&mut connection, name, &store.holder).await?;
            let asked = Instant::now();
            connection.ping().await?;
            Ok(Some(Session {
                connection,
                answered: asked,
            }))
        };
        match answered(lease::LENGTH + ANSWER, taking).await? {
            Some(session) => Ok(Self(Some(session))),
            None => Err(OpenError::Claimed {
                name: name.to_owned(),
            }),
        }
    }

    /// Keeps `lease` for as long as the database answers on this session, and returns when it has
    /// been silent for the length of a lease, or has closed the session: the caller must stop
    /// answering, drop the claim and take another. Never returns on SQLite.
    pub async fn lost(&mut self, lease: &Lease) -> DbError {
        let Some(session) = &mut self.0 else {
            return std::future::pending().await;
        };
        loop {
            lease.renew(session.answered);
            tokio::time::sleep(LOOK_EVERY).await;
            let asked = Instant::now();
            let left = (session.answered + lease::LENGTH).saturating_duration_since(asked);
            if let Err(error) = answered(left, session.connection.ping()).await {
                return error;
            }
            session.answered = asked;
        }
    }
}

/// Waits until whoever served last has stopped, unless that was `holder`, and notes that it is `holder`
/// now. The claim must be had.
async fn outlast(
    connection: &mut PgConnection,
    name: &str,
    holder: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(CREATE_TABLE).execute(&mut *connection).await?;
    let last: Option<(String,)> = sqlx::query_as(LAST)
        .bind(name)
        .fetch_optional(&mut *connection)
        .await?;
    match last {
        Some((last,)) if last == holder => return Ok(()),
        Some(_) => tokio::time::sleep(lease::LENGTH).await,
        None => {}
    }
    let note = sqlx::query(NOTE).bind(name).bind(holder);
    note.execute(connection).await?;
    Ok(())
}
