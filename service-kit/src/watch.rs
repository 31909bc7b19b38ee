//! Keeps a process's health true to its database's.

use crate::db::{Db, Pulse};
use crate::serve::Health;
use std::time::Duration;

/// Between two looks. With the patience of one look it is three seconds until a loss is told.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// NOT_SERVING while the database is gone, for a process that is ready otherwise. Never ends.
pub async fn watch(db: &Db, health: &Health) {
    let mut pulse = Pulse::of(db);
    let mut is_there = true;
    let mut looks = tokio::time::interval(LOOK_EVERY);
    loop {
        looks.tick().await;
        match (pulse.beat().await, is_there) {
            (Ok(()), false) => {
                tracing::info!("the database is back");
                health.ready();
                is_there = true;
            }
            (Err(cause), true) => {
                tracing::error!(cause = cause.with_cause(), "the database is gone");
                health.not_ready();
                is_there = false;
            }
            _ => {}
        }
    }
}
