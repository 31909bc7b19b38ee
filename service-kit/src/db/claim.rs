//! One process a database: on PostgreSQL an advisory lock, which lives as long as its session.

use super::error::{DbError, OpenError};
use super::lease::{self, Lease};
use super::postgres::{ANSWER, PostgresStore, answered, lock_key};
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use std::time::{Duration, Instant};

/// Between two looks at the claim.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// In a database without tables nobody has served before.
const TRY: &str = "SELECT pg_try_advisory_lock($1), to_regclass('schema_migrations') IS NULL";

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

    /// The server unlocks when the session ends, however it ends. Whoever held the claim before may
    /// not know yet, and answer from memory until its lease ends: that long nobody serves.
    pub(super) async fn take(store: &PostgresStore, name: &str) -> Result<Self, OpenError> {
        let taking = async {
            let mut connection = PgConnection::connect_with(&store.options).await?;
            let (free, new): (bool, bool) = sqlx::query_as(TRY)
                .bind(lock_key(name))
                .fetch_one(&mut connection)
                .await?;
            if free && !new {
                tokio::time::sleep(lease::LENGTH).await;
            }
            let asked = Instant::now();
            connection.ping().await?;
            Ok(free.then_some(Session {
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
