//! Secrets of this CRM's own, made when they are first needed: what hides addresses and signs links.
//!
//! They stand in the database beside what they protect, so that every instance has the same ones and a backup
//! has them too. They protect against who sees a table or a link, not against who holds the database.

use crate::records::refusal::Refusal;
use ring::hmac::{HMAC_SHA256, Key, sign, verify};
use ring::rand::{SecureRandom as _, SystemRandom};
use service_kit::db::{Db, Stmt};
use service_kit::status;

/// What a secret is for; each has its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// Hides the addresses of suppressions.
    Addresses,
    /// Signs the links in messages.
    Links,
}

const BYTES: usize = 32;
const SELECT: &str = "
    SELECT value
    FROM marketing_secrets
    WHERE purpose = $1";
// Two instances may make it at once; the first one stays.
const INSERT: &str = "
    INSERT INTO marketing_secrets (purpose, value)
    VALUES ($1, $2)
    ON CONFLICT DO NOTHING";

/// A secret key.
#[derive(Clone)]
pub(super) struct Secret(Key);

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Addresses => "addresses",
            Self::Links => "links",
        }
    }
}

impl Secret {
    /// The secret for a purpose.
    ///
    /// # Errors
    /// The database fails; the system has no randomness.
    pub(super) async fn of(db: &Db, purpose: Purpose) -> Result<Self, Refusal> {
        let select = || Stmt::new(SELECT).bind(purpose.name());
        let mut found: Option<(String,)> = db.fetch_optional(select()).await?;
        if found.is_none() {
            let insert = Stmt::new(INSERT).bind(purpose.name()).bind(random()?);
            db.execute(insert).await?;
            found = db.fetch_optional(select()).await?;
        }
        let bytes = found.and_then(|(value,)| hex::decode(value).ok());
        let damaged = || status::internal_message("a secret of marketing does not read");
        Ok(Self::from_bytes(&bytes.ok_or_else(damaged)?))
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        Self(Key::new(HMAC_SHA256, bytes))
    }

    /// HMAC-SHA-256.
    pub(super) fn mac(&self, text: &[u8]) -> Vec<u8> {
        sign(&self.0, text).as_ref().to_vec()
    }

    /// Whether it is the text's, in constant time.
    pub(super) fn is_mac(&self, text: &[u8], mac: &[u8]) -> bool {
        verify(&self.0, text, mac).is_ok()
    }
}

fn random() -> Result<String, Refusal> {
    let mut bytes = [0; BYTES];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| status::internal_message("the system has no randomness"))?;
    Ok(hex::encode(bytes))
}
