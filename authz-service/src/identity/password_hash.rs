//! Argon2id, on threads that may block, and never more at a time than the machine can bear.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

/// OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes at a time: each takes 19 MiB and a core for some 20 ms.
const AT_A_TIME: usize = 2;
/// Who waits behind this many others is sent away: it would be a second and more.
const MAX_WAITING: usize = 64;

/// Hashes and verifies passwords.
#[derive(Debug)]
pub struct PasswordHashing {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// The hash of a password that nobody knows: what an unknown user's attempt is compared with.
    decoy: Arc<OnceLock<String>>,
}

/// No verdict about a password.
#[derive(Debug, thiserror::Error)]
pub enum HashingError {
    /// Too many at a time.
    #[error("too many passwords are being checked: try again in a moment")]
    Busy,
    /// The hash could not be computed, or what is stored is none.
    #[error("the password hash could not be computed: {0}")]
    Failed(String),
}

impl Default for PasswordHashing {
    fn default() -> Self {
        Self {
            permits: Semaphore::new(AT_A_TIME).into(),
            waiting: AtomicUsize::new(0),
            decoy: OnceLock::new().into(),
        }
    }
}

impl PasswordHashing {
    /// The hash of a new password, in PHC form.
    pub async fn hash(&self, password: SecretString) -> Result<String, HashingError> {
        self.blocking(move || hash_blocking(password.expose_secret().as_bytes()))
            .await
    }

    /// Whether a password is the one behind `stored`. Without `stored` the answer is no, after the
    /// same work.
    pub async fn verify(
        &self,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<bool, HashingError> {
        let known = stored.is_some();
        let decoy = Arc::clone(&self.decoy);
        let equal = self.blocking(move || {
            let stored = match stored {
                Some(stored) => stored,
                None => decoy_hash(&decoy)?,
            };
            verify_blocking(&password, &stored)
        });
        let equal = equal.await?;
        Ok(equal && known)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashingError> + Send + 'static,
    ) -> Result<T, HashingError> {
        let place = Waiting::join(&self.waiting).ok_or(HashingError::Busy)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| HashingError::Busy)?;
        drop(place);
        let outcome = tokio::task::spawn_blocking(move || {
            // Held to the end of the work and not of the call, which may be given up before.
            let _permit = permit;
            work()
        });
        outcome
            .await
            .map_err(|error| HashingError::Failed(error.to_string()))?
    }
}

/// A place in the queue, given up when dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn join(count: &'a AtomicUsize) -> Option<Self> {
        let before = count.fetch_add(1, Ordering::Relaxed);
        let place = Self(count);
        (before < MAX_WAITING).then_some(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Made before it is first compared with, so that the first unknown user costs what every other does
/// but once.
fn decoy_hash(decoy: &OnceLock<String>) -> Result<String, HashingError> {
    if let Some(hash) = decoy.get() {
        return Ok(hash.clone());
    }
    let mut nobody_knows = [0; 32];
    service_kit::ids::fill(&mut nobody_knows);
    let hash = hash_blocking(&nobody_knows)?;
    Ok(decoy.get_or_init(|| hash).clone())
}

fn argon2() -> Result<Argon2<'static>, HashingError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_blocking(password: &[u8]) -> Result<String, HashingError> {
    let hash: PasswordHash = argon2()?.hash_password(password).map_err(failed)?;
    Ok(hash.to_string())
}

fn verify_blocking(password: &SecretString, stored: &str) -> Result<bool, HashingError> {
    let stored = PasswordHash::new(stored).map_err(failed)?;
    match argon2()?.verify_password(password.expose_secret().as_bytes(), &stored) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: impl std::fmt::Display) -> HashingError {
    HashingError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_is_verified() {
        let hashing = PasswordHashing::default();
        let stored = hashing.hash("four brown herons wade".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            hashing
                .verify("four brown herons wade".into(), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(
            !hashing
                .verify("four brown herons wake".into(), Some(stored))
                .await
                .unwrap()
        );
        assert!(
            !hashing
                .verify("four brown herons wade".into(), None)
                .await
                .unwrap()
        );
    }

    #[test]
    fn queue_is_bounded() {
        let count = AtomicUsize::new(0);
        let places: Vec<_> = (0..MAX_WAITING)
            .map(|_| Waiting::join(&count).unwrap())
            .collect();
        assert!(Waiting::join(&count).is_none());
        drop(places);
        assert!(Waiting::join(&count).is_some());
    }
}
