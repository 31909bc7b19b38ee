//! Tokens that name a revision of this database, opaque to callers.
//!
//! `DATABASE.REVISION` in hexadecimal, with a check digit group, in one word: short enough for a
//! command line, and a token cut short is noticed rather than read as another revision.

use std::fmt::Write as _;

/// A revision of some database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionToken {
    /// The database's random id, 16 hexadecimal digits.
    pub database_id: String,
    /// The revision.
    pub revision: u64,
}

/// Not a token that any database of this service gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is not a token of this service: pass `evaluated_at` or `written_at` as it was received"
)]
pub struct InvalidToken;

const VERSION: &str = "r1";
const DATABASE_ID_CHARS: usize = 16;

/// Writes a token.
pub fn encode(database_id: &str, revision: u64) -> String {
    let mut token = String::with_capacity(48);
    // Writing to a string cannot fail.
    let _ = write!(token, "{VERSION}.{database_id}.{revision:x}.");
    let sum = checksum(&token);
    let _ = write!(token, "{sum:04x}");
    token
}

impl RevisionToken {
    /// Reads a token.
    ///
    /// # Errors
    /// Anything that [`encode`] did not write.
    pub fn parse(text: &str) -> Result<Self, InvalidToken> {
        let (body, sum) = text.rsplit_once('.').ok_or(InvalidToken)?;
        let covered = text.get(..=body.len()).ok_or(InvalidToken)?;
        if sum.len() != 4 || u16::from_str_radix(sum, 16) != Ok(checksum(covered)) {
            return Err(InvalidToken);
        }
        let mut parts = body.split('.');
        let (version, database_id) = (parts.next(), parts.next().ok_or(InvalidToken)?);
        let revision = parts.next().ok_or(InvalidToken)?;
        if version != Some(VERSION)
            || database_id.len() != DATABASE_ID_CHARS
            || parts.next().is_some()
        {
            return Err(InvalidToken);
        }
        let revision = u64::from_str_radix(revision, 16).map_err(|_| InvalidToken)?;
        Ok(Self {
            database_id: database_id.to_owned(),
            revision,
        })
    }
}

/// FNV-1a, folded: it guards against slips of the hand and not against anybody.
fn checksum(text: &str) -> u16 {
    const OFFSET: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    let hash = text.bytes().fold(OFFSET, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(PRIME)
    });
    let folded = (hash >> 16) ^ (hash & 0xffff);
    u16::try_from(folded).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_read_as_written() {
        for revision in [0, 1, 4711, u64::MAX] {
            let read = RevisionToken::parse(&encode("00c0ffee00c0ffee", revision)).unwrap();
            assert_eq!(
                (read.database_id.as_str(), read.revision),
                ("00c0ffee00c0ffee", revision)
            );
        }
    }

    #[test]
    fn token_with_a_slip_is_refused() {
        let token = encode("00c0ffee00c0ffee", 0x1234);
        for at in 0..token.len() {
            let mut cut = token.clone();
            cut.remove(at);
            assert_eq!(RevisionToken::parse(&cut), Err(InvalidToken), "{cut}");
        }
        for text in ["", ".", "r1", "r1....", "Ω", "r1.x.1.Ωa"] {
            assert_eq!(RevisionToken::parse(text), Err(InvalidToken), "{text}");
        }
    }
}
