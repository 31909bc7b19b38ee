//! What changed for one key since the base was built.

use super::attributes::Attributes;
use imbl::OrdMap;
use std::sync::Arc;

/// The state of an edge that was written or removed since the base was built.
#[derive(Clone, Debug)]
pub(crate) enum Delta {
    /// It is gone.
    Removed,
    /// It is there, without condition or expiry.
    Plain,
    /// It is there, with these.
    With(Arc<Attributes>),
}

impl Delta {
    pub(crate) fn is_present(&self) -> bool {
        !matches!(self, Self::Removed)
    }

    pub(crate) fn attributes(&self) -> Option<&Attributes> {
        match self {
            Self::With(attributes) => Some(attributes),
            Self::Removed | Self::Plain => None,
        }
    }
}

/// Up to this many changes of one key are one sorted array, copied as a whole.
const FEW: usize = 32;

/// The changes of one key by the other end of the edge, sorted.
#[derive(Clone, Debug)]
pub(crate) enum Deltas {
    Few(Arc<[(u32, Delta)]>),
    Many(OrdMap<u32, Delta>),
}

impl Default for Deltas {
    fn default() -> Self {
        Self::Few(Arc::new([]))
    }
}

impl Deltas {
    pub(crate) fn get(&self, other: u32) -> Option<&Delta> {
        match self {
            Self::Few(list) => {
                let position = list.binary_search_by_key(&other, |(key, _)| *key).ok()?;
                list.get(position).map(|(_, delta)| delta)
            }
            Self::Many(map) => map.get(&other),
        }
    }

    pub(crate) fn set(&mut self, other: u32, delta: Delta) {
        match self {
            Self::Many(map) => drop(map.insert(other, delta)),
            Self::Few(list) => {
                let mut changed = list.to_vec();
                match changed.binary_search_by_key(&other, |(key, _)| *key) {
                    Ok(position) => drop(changed.splice(position..=position, [(other, delta)])),
                    Err(position) => changed.insert(position, (other, delta)),
                }
                *self = if changed.len() > FEW {
                    Self::Many(changed.into_iter().collect())
                } else {
                    Self::Few(changed.into())
                };
            }
        }
    }

    /// All changes, sorted by the other end.
    pub(crate) fn iter(&self) -> DeltasIter<'_> {
        match self {
            Self::Few(list) => DeltasIter::Few(list.iter()),
            Self::Many(map) => DeltasIter::Many(Box::new(map.iter())),
        }
    }
}

/// Iterates over [`Deltas`].
pub(crate) enum DeltasIter<'a> {
    Few(std::slice::Iter<'a, (u32, Delta)>),
    /// Boxed: the rare case should not make every walk's frame large.
    Many(Box<imbl::ordmap::Iter<'a, u32, Delta, imbl::shared_ptr::DefaultSharedPtr>>),
}

impl<'a> Iterator for DeltasIter<'a> {
    type Item = (u32, &'a Delta);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(list) => list.next().map(|(other, delta)| (*other, delta)),
            Self::Many(map) => map.next().map(|(other, delta)| (*other, delta)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_changes_of_one_key_stay_sorted_and_found() {
        let mut deltas = Deltas::default();
        for other in (0..200).rev() {
            deltas.set(
                other,
                if other % 3 == 0 {
                    Delta::Removed
                } else {
                    Delta::Plain
                },
            );
            deltas.set(
                other,
                if other % 2 == 0 {
                    Delta::Removed
                } else {
                    Delta::Plain
                },
            );
        }
        assert!(matches!(deltas, Deltas::Many(_)));
        assert!(deltas.iter().map(|(other, _)| other).eq(0..200));
        assert!((0..200).all(|n| deltas.get(n).unwrap().is_present() == (n % 2 == 1)));
        assert!(deltas.get(200).is_none());
    }
}
