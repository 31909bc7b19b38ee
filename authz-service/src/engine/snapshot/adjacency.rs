//! One direction of a set of edges, read-only: for each key its values, sorted, in one array.

/// Keys with values are marked in a bitmap with a running count, so that finding a key's values
/// takes two memory accesses and no search; a handful of keys is a sorted list instead. Where every
/// key has one value (an owner column) the list of starts is left out.
#[derive(Debug, Default)]
pub(crate) struct Adjacency {
    keys: Keys,
    /// By rank of the key, one more than there are keys. Empty: one value each.
    starts: Box<[u32]>,
    values: Box<[u32]>,
}

#[derive(Debug)]
enum Keys {
    Bitmap(Box<[Block]>),
    Sorted(Box<[u32]>),
}

impl Default for Keys {
    fn default() -> Self {
        Self::Sorted(Box::default())
    }
}

/// 64 keys: which of them have values, and how many before them do.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    marks: u64,
    rank: u32,
}

impl Adjacency {
    /// Builds from pairs `key << 32 | value`, sorted, without duplicates.
    pub(crate) fn from_sorted(pairs: &[u64]) -> Self {
        let mut keys: Vec<u32> = Vec::new();
        let mut starts: Vec<u32> = Vec::new();
        for (pair, position) in pairs.iter().zip(0u32..) {
            let key = high(*pair);
            if keys.last() != Some(&key) {
                keys.push(key);
                starts.push(position);
            }
        }
        if keys.len() == pairs.len() {
            starts.clear();
        } else {
            starts.push(u32::try_from(pairs.len()).unwrap_or(u32::MAX));
        }
        Self {
            keys: Keys::new(keys),
            starts: starts.into(),
            values: pairs.iter().map(|pair| low(*pair)).collect(),
        }
    }

    /// The values of a key, sorted.
    #[inline]
    pub(crate) fn of(&self, key: u32) -> &[u32] {
        let Some(rank) = self.keys.rank(key) else {
            return &[];
        };
        self.at(rank).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn size_bytes(&self) -> usize {
        let keys = match &self.keys {
            Keys::Bitmap(blocks) => size_of_val::<[Block]>(blocks),
            Keys::Sorted(keys) => size_of_val::<[u32]>(keys),
        };
        keys + size_of_val::<[u32]>(&self.starts) + size_of_val::<[u32]>(&self.values)
    }

    /// Every pair, by key and value.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.keys.iter().enumerate().flat_map(|(rank, key)| {
            self.at(rank)
                .unwrap_or_default()
                .iter()
                .map(move |value| (key, *value))
        })
    }

    #[inline]
    fn at(&self, rank: usize) -> Option<&[u32]> {
        if self.starts.is_empty() {
            return self.values.get(rank..=rank);
        }
        let start = *self.starts.get(rank)? as usize;
        let end = *self.starts.get(rank + 1)? as usize;
        self.values.get(start..end)
    }

    #[cfg(test)]
    fn is_bitmap(&self) -> bool {
        matches!(self.keys, Keys::Bitmap(_))
    }
}

impl Keys {
    fn new(sorted: Vec<u32>) -> Self {
        let blocks = sorted.last().map_or(0, |last| *last as usize / 64 + 1);
        if sorted.len() * 8 < blocks {
            return Self::Sorted(sorted.into());
        }
        let mut bitmap = vec![Block::default(); blocks];
        for key in &sorted {
            if let Some(block) = bitmap.get_mut(*key as usize / 64) {
                block.marks |= 1 << (key % 64);
            }
        }
        let mut rank = 0;
        for block in &mut bitmap {
            block.rank = rank;
            rank += block.marks.count_ones();
        }
        Self::Bitmap(bitmap.into())
    }

    #[inline]
    fn rank(&self, key: u32) -> Option<usize> {
        match self {
            Self::Bitmap(blocks) => {
                let block = blocks.get(key as usize / 64)?;
                let mark = 1u64 << (key % 64);
                let before = (block.marks & (mark - 1)).count_ones();
                (block.marks & mark != 0).then_some((block.rank + before) as usize)
            }
            Self::Sorted(keys) => keys.binary_search(&key).ok(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let (blocks, sorted): (&[Block], &[u32]) = match self {
            Self::Bitmap(blocks) => (blocks, &[]),
            Self::Sorted(keys) => (&[], keys),
        };
        let marked = blocks.iter().zip(0u32..).flat_map(|(block, index)| {
            let marks = block.marks;
            (0..64)
                .filter(move |bit| marks >> bit & 1 == 1)
                .map(move |bit| index * 64 + bit)
        });
        marked.chain(sorted.iter().copied())
    }
}

/// `key << 32 | value`: sorts by key, then value.
#[inline]
pub(crate) fn pair(key: u32, value: u32) -> u64 {
    u64::from(key) << 32 | u64::from(value)
}

fn high(pair: u64) -> u32 {
    (pair >> 32) as u32
}

#[expect(clippy::cast_possible_truncation, reason = "the halves of a pair")]
fn low(pair: u64) -> u32 {
    pair as u32
}

/// The same edges seen from the other end: values as keys.
pub(crate) fn swapped(pair: u64) -> u64 {
    pair.rotate_left(32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn every_layout_gives_back_what_was_put_in(
            edges in prop::collection::btree_set((0u32..300, 0u32..5), 0..200),
            spread in prop::sample::select(vec![1u32, 7, 1000]),
        ) {
            let edges: BTreeSet<_> = edges.into_iter().map(|(k, v)| (k * spread, v)).collect();
            let pairs: Vec<u64> = edges.iter().map(|(k, v)| pair(*k, *v)).collect();
            let adjacency = Adjacency::from_sorted(&pairs);
            prop_assert_eq!(adjacency.pairs().collect::<Vec<_>>(), edges.iter().copied().collect::<Vec<_>>());
            for key in 0..310 * spread {
                let expected: Vec<u32> =
                    edges.range((key, 0)..=(key, u32::MAX)).map(|(_, value)| *value).collect();
                prop_assert_eq!(adjacency.of(key), expected);
            }
        }
    }

    #[test]
    fn few_keys_take_no_bitmap() {
        assert!(!Adjacency::from_sorted(&[pair(1_000_000, 1)]).is_bitmap());
        let many: Vec<u64> = (0..1000).map(|key| pair(key, 1)).collect();
        assert!(Adjacency::from_sorted(&many).is_bitmap());
    }
}
