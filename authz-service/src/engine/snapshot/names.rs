//! Object ids of one type, interned: text in one piece, found by hash, numbered from 0.

use super::SnapshotError;
use hashbrown::{DefaultHashBuilder, HashTable};
use imbl::shared_ptr::DefaultSharedPtr;
use imbl::{GenericHashMap, GenericVector};
use std::hash::BuildHasher;
use std::sync::Arc;

/// The highest numbers are left to the objects that only one question knows.
const MAX_NAMES: u32 = u32::MAX - 1024;

/// Stands between names. Object ids hold no line break.
const SEPARATOR: char = '\n';

/// An append-only table: 4 bytes and a hash slot (9 to 20 bytes) beside each name's own text.
#[derive(Clone, Debug)]
pub(crate) struct NameTable {
    /// A separator, then each name with a separator behind it.
    text: String,
    /// Where each name ends.
    ends: Vec<u32>,
    slots: HashTable<Slot>,
    hasher: DefaultHashBuilder,
}

/// Carries where its name ends, so that a search need not look at `ends`: a cache miss of four.
#[derive(Clone, Copy, Debug)]
struct Slot {
    number: u32,
    end: u32,
}

impl Default for NameTable {
    fn default() -> Self {
        let (text, ends) = (SEPARATOR.into(), Vec::new());
        Self {
            text,
            ends,
            slots: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl NameTable {
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn get(&self, number: u32) -> Option<&str> {
        name_at(&self.text, &self.ends, number)
    }

    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        let found = self
            .slots
            .find(hash, |slot| self.ends_with(slot.end, name.as_bytes()))?;
        Some(found.number)
    }

    /// The name's number, a new one if need be.
    pub(crate) fn intern(&mut self, name: &str) -> Result<u32, SnapshotError> {
        if let Some(number) = self.find(name) {
            return Ok(number);
        }
        let number = self.len();
        let end = u32::try_from(self.text.len() + name.len());
        let (true, Ok(end)) = (number < MAX_NAMES, end) else {
            return Err(SnapshotError::TooLarge);
        };
        self.text.push_str(name);
        self.text.push(SEPARATOR);
        self.ends.push(end);
        let Self {
            text,
            ends,
            slots,
            hasher,
        } = self;
        let hash = hasher.hash_one(name);
        slots.insert_unique(hash, Slot { number, end }, |slot| {
            hasher.hash_one(name_at(text, ends, slot.number).unwrap_or_default())
        });
        Ok(number)
    }

    fn size_bytes(&self) -> usize {
        let ends = self.ends.capacity() * size_of::<u32>();
        self.text.capacity() + ends + self.slots.allocation_size()
    }

    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        let Self {
            text,
            ends,
            slots,
            hasher,
        } = self;
        slots.shrink_to_fit(|slot| {
            hasher.hash_one(name_at(text, ends, slot.number).unwrap_or_default())
        });
    }

    /// Whether the name that ends there is this one, and not only ends like it.
    #[inline]
    fn ends_with(&self, end: u32, name: &[u8]) -> bool {
        let end = end as usize;
        let Some(before) = end.checked_sub(name.len() + 1) else {
            return false;
        };
        match self.text.as_bytes().get(before..end) {
            Some([first, rest @ ..]) => rest == name && char::from(*first) == SEPARATOR,
            _ => false,
        }
    }
}

fn name_at<'a>(text: &'a str, ends: &[u32], number: u32) -> Option<&'a str> {
    let index = number as usize;
    let before = match index.checked_sub(1) {
        Some(previous) => *ends.get(previous)? as usize,
        None => 0,
    };
    text.get(before + SEPARATOR.len_utf8()..*ends.get(index)? as usize)
}

/// A base table that snapshots share, and what came since.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    base: Arc<NameTable>,
    added: GenericHashMap<Arc<str>, u32, DefaultHashBuilder, DefaultSharedPtr>,
    added_in_order: GenericVector<Arc<str>, DefaultSharedPtr>,
}

impl Names {
    pub(crate) fn from_table(mut table: NameTable) -> Self {
        table.shrink();
        Self {
            base: Arc::new(table),
            ..Self::default()
        }
    }

    pub(crate) fn len(&self) -> u32 {
        let added = u32::try_from(self.added_in_order.len()).unwrap_or(u32::MAX);
        self.base.len().saturating_add(added)
    }

    pub(crate) fn get(&self, number: u32) -> Option<&str> {
        match number.checked_sub(self.base.len()) {
            None => self.base.get(number),
            Some(added) => self.added_in_order.get(added as usize).map(AsRef::as_ref),
        }
    }

    /// Of the base.
    pub(crate) fn size_bytes(&self) -> usize {
        self.base.size_bytes()
    }

    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        let known = self.base.find(name);
        if known.is_some() || self.added.is_empty() {
            return known;
        }
        self.added.get(name).copied()
    }

    pub(crate) fn intern(&mut self, name: &str) -> Result<u32, SnapshotError> {
        if let Some(number) = self.find(name) {
            return Ok(number);
        }
        let number = self.len();
        if number >= MAX_NAMES {
            return Err(SnapshotError::TooLarge);
        }
        let name: Arc<str> = name.into();
        self.added.insert(Arc::clone(&name), number);
        self.added_in_order.push_back(name);
        Ok(number)
    }

    /// The same names under the same numbers, all in the base.
    pub(crate) fn merged(&self) -> Result<Self, SnapshotError> {
        if self.added_in_order.is_empty() {
            return Ok(self.clone());
        }
        let mut table = NameTable::clone(&self.base);
        for name in &self.added_in_order {
            table.intern(name)?;
        }
        Ok(Self::from_table(table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_numbers_through_a_merge() {
        let mut table = NameTable::default();
        assert_eq!(table.intern("alice").unwrap(), 0);
        assert_eq!(table.intern("bob").unwrap(), 1);
        assert_eq!(table.intern("alice").unwrap(), 0);
        let mut names = Names::from_table(table);
        assert_eq!(names.intern("carol").unwrap(), 2);
        let merged = names.merged().unwrap();
        for names in [&names, &merged] {
            assert_eq!(names.len(), 3);
            assert_eq!(names.find("carol"), Some(2));
            assert_eq!(names.get(0), Some("alice"));
            assert_eq!(names.get(2), Some("carol"));
            assert_eq!(names.find("Alice"), None);
            assert_eq!(names.find("lice"), None);
            assert_eq!(names.find(""), None);
            assert_eq!(names.get(3), None);
        }
    }
}
