//! Runs a transaction again when another one was in its way.

use super::error::DbError;
use std::future::Future;
use std::time::Duration;

/// Attempts in all. With the waits below they end within about half a second.
const ATTEMPTS: u32 = 6;

/// An error that may be a conflict between transactions.
pub trait Conflict {
    /// Whether running the same transaction again may succeed.
    fn is_conflict(&self) -> bool;
}

impl Conflict for DbError {
    fn is_conflict(&self) -> bool {
        self.is_conflict()
    }
}

/// Runs `transaction` until it succeeds, fails for another reason than a conflict, or has been tried
/// six times; then the last conflict is returned. Each attempt must begin its own [`super::Tx`].
pub async fn retry<T, E, F>(mut transaction: impl FnMut() -> F) -> Result<T, E>
where
    E: Conflict,
    F: Future<Output = Result<T, E>>,
{
    let mut attempt = 1;
    loop {
        match transaction().await {
            Err(error) if error.is_conflict() && attempt < ATTEMPTS => {
                tokio::time::sleep(wait_before(attempt, jitter())).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Up to 10, 20, 40, 80, 160 ms: somewhere in the upper half, so that those who collided part.
fn wait_before(attempt: u32, jitter: u8) -> Duration {
    let ceiling = Duration::from_millis(5) * 2_u32.saturating_pow(attempt);
    ceiling / 2 + ceiling * u32::from(jitter) / 512
}

fn jitter() -> u8 {
    let mut byte = [0];
    // Without randomness the wait is only less spread out.
    let _ = getrandom::fill(&mut byte);
    byte[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn busy() -> DbError {
        DbError::Busy(sqlx::Error::PoolTimedOut)
    }

    #[tokio::test]
    async fn conflicts_are_tried_again_until_one_succeeds() {
        let runs = Cell::new(0);
        let result = retry(|| async {
            runs.set(runs.get() + 1);
            if runs.get() < 3 {
                Err(busy())
            } else {
                Ok(runs.get())
            }
        })
        .await;
        assert_eq!(result.unwrap(), 3);
    }

    #[tokio::test]
    async fn endless_conflict_ends_as_busy() {
        let runs = Cell::new(0);
        let result: Result<(), _> = retry(|| async {
            runs.set(runs.get() + 1);
            Err(busy())
        })
        .await;
        assert!(matches!(result, Err(DbError::Busy(_))));
        assert_eq!(runs.get(), ATTEMPTS);
    }

    #[tokio::test]
    async fn other_errors_are_not_tried_again() {
        let runs = Cell::new(0);
        let result: Result<(), _> = retry(|| async {
            runs.set(runs.get() + 1);
            Err(DbError::NoRow)
        })
        .await;
        assert!(result.is_err());
        assert_eq!(runs.get(), 1);
    }

    #[test]
    fn waits_grow_and_stay_under_their_ceiling() {
        assert_eq!(wait_before(1, 0), Duration::from_millis(5));
        assert!(wait_before(5, 255) < Duration::from_millis(160));
    }
}
