//! Opaque secrets: service tokens, refresh tokens, activation tokens.
//!
//! 256 random bits behind a prefix that secret scanners recognise. Only their hash is kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use secrecy::{ExposeSecret as _, SecretString};

/// What a secret is for, told by its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A service calls with it.
    Service,
    /// Trades for new tokens, once.
    Refresh,
    /// Sets a password, once.
    Activation,
}

/// SHA-256 of a secret, which is long and random enough to need no salt.
pub type SecretHash = [u8; 32];

/// The system has no randomness to give.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandomness;

impl Purpose {
    /// How its secrets begin.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Service => "mst_",
            Self::Refresh => "msr_",
            Self::Activation => "msa_",
        }
    }

    /// A new secret.
    pub fn generate(self) -> Result<SecretString, NoRandomness> {
        let bytes = random::<32>()?;
        Ok((self.prefix().to_owned() + &URL_SAFE_NO_PAD.encode(bytes)).into())
    }
}

/// The hash under which a secret is kept and found again.
pub fn hash(secret: &SecretString) -> SecretHash {
    let digest = digest::digest(&digest::SHA256, secret.expose_secret().as_bytes());
    // INVARIANT: SHA-256 yields 32 bytes.
    digest.as_ref().try_into().unwrap_or_default()
}

/// Random bytes of the operating system.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}
