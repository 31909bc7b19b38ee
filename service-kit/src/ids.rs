//! Ids and secrets.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use subtle::ConstantTimeEq;
use uuid::{Builder, Uuid};

/// A time-ordered id (`UUIDv7`), of the time given.
pub fn new_id(now_us: i64) -> Uuid {
    let mut random = [0; 10];
    fill(&mut random);
    let millis = u64::try_from(now_us / 1_000).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// A secret of 256 bits: a prefix that scanners recognise, then base64url.
pub fn new_secret(prefix: &str) -> String {
    let mut random = [0; 32];
    fill(&mut random);
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random))
}

/// Random bytes of the operating system.
pub fn fill(bytes: &mut [u8]) {
    use ring::rand::{SecureRandom, SystemRandom};
    // INVARIANT: the kernel's generator does not fail once the machine has booted; if it did, going
    // on with predictable secrets would be worse than stopping.
    if SystemRandom::new().fill(bytes).is_err() {
        std::process::abort();
    }
}

/// The form in which a secret of full entropy is stored: SHA-256, hex.
pub fn hash_secret(secret: &str) -> String {
    hex::encode(digest(&SHA256, secret.as_bytes()))
}

/// Compares two secrets without telling by the time taken where they differ.
pub fn same_secret(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time() {
        let ids = [1_000_000, 2_000_000, 3_000_000].map(|now_us| new_id(now_us).to_string());
        assert!(ids.is_sorted(), "{ids:?}");
    }

    #[test]
    fn secrets_differ_and_carry_their_prefix() {
        let (one, two) = (new_secret("mst_"), new_secret("mst_"));
        assert!(one.starts_with("mst_") && one.len() == 4 + 43);
        assert!(!same_secret(&one, &two));
    }
}
