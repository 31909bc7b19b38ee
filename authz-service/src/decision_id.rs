//! Names for decisions: unique, cheap, sortable by time, and short enough to read out.

use std::sync::atomic::{AtomicU32, Ordering};

/// 20 characters of Crockford's base 32: 52 bits of microseconds, 16 bits of the process, 32 of a
/// counter.
const CHARS: usize = 20;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Gives out decision ids for one process.
#[derive(Debug)]
pub struct DecisionIds {
    process: u16,
    next: AtomicU32,
}

impl DecisionIds {
    /// `process` should be random: it keeps two processes apart that decide in the same microsecond.
    pub fn new(process: u16) -> Self {
        Self {
            process,
            next: AtomicU32::new(0),
        }
    }

    /// The next id. `now_us` is microseconds since the Unix epoch.
    pub fn next(&self, now_us: i64) -> String {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let time = u128::from(now_us.unsigned_abs() & 0x000f_ffff_ffff_ffff);
        let bits = (time << 48) | (u128::from(self.process) << 32) | u128::from(count);
        let digit = |place: usize| {
            let five = usize::try_from((bits >> (5 * place)) & 31).unwrap_or_default();
            char::from(*ALPHABET.get(five).unwrap_or(&b'0'))
        };
        (0..CHARS).rev().map(digit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_distinct_and_sorted_by_time() {
        let ids = DecisionIds::new(7);
        let made: Vec<_> = (1..200)
            .map(|now| ids.next(1_700_000_000_000_000 + now / 2))
            .collect();
        assert!(made.iter().all(|id| id.len() == CHARS));
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
