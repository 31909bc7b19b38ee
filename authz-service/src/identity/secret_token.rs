//! Opaque secrets: service tokens, refresh tokens, activation tokens. Only their hash is kept.

use ring::digest;
use service_kit::ids;

/// How a service's bearer token begins.
pub const SERVICE_PREFIX: &str = "mst_";
/// How a refresh token begins.
pub const REFRESH_PREFIX: &str = "msr_";
/// How an activation token begins.
pub const ACTIVATION_PREFIX: &str = "msa_";

/// SHA-256 of a secret, which is long and random enough to need no salt.
pub type SecretHash = [u8; 32];

/// A new secret, and the form in which it is stored.
pub fn generate(prefix: &str) -> (String, String) {
    let secret = ids::new_secret(prefix);
    let stored = ids::hash_secret(&secret);
    (secret, stored)
}

/// The hash of a secret, for lookups in memory.
pub fn hash(secret: &str) -> SecretHash {
    let digest = digest::digest(&digest::SHA256, secret.as_bytes());
    // INVARIANT: SHA-256 yields 32 bytes.
    digest.as_ref().try_into().unwrap_or_default()
}

/// A stored hash, for lookups in memory. None: it is damaged, and matches nothing.
pub fn stored_hash(stored: &str) -> Option<SecretHash> {
    hex::decode(stored).ok()?.try_into().ok()
}
