//! Stops an SQLite read that nobody waits for any more.
//!
//! Dropping the future of a statement does not stop it: it goes on in its thread, and its connection
//! is of no use to others until it ends.

use sqlx::SqliteConnection;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Steps of SQLite's machine between two looks: some ten microseconds. What is shorter, as a rollback
/// is, never looks.
const LOOK_EVERY: i32 = 1000;

/// Dropped, it ends what its connection is doing.
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Whoever has the connection next must make another one: this one goes on to interrupt.
    pub(super) async fn of(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let dropped = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&dropped);
        connection
            .lock_handle()
            .await?
            .set_progress_handler(LOOK_EVERY, move || !seen.load(Ordering::Relaxed));
        Ok(Self(dropped))
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
