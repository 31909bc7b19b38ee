//! The edges of one kind, in both directions: a shared base, and what changed since.

use super::adjacency::{Adjacency, pair, swapped};
use super::attributes::{Attributes, BoundCondition};
use super::deltas::{Delta, Deltas, DeltasIter};
use imbl::GenericHashMap;
use imbl::shared_ptr::DefaultSharedPtr;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::sync::Arc;

/// Changes by one end of the edge.
type Overlay = GenericHashMap<u32, Deltas, FxBuildHasher, DefaultSharedPtr>;

/// What never changes until the next merge.
#[derive(Debug, Default)]
struct Base {
    /// Resource to subjects.
    forward: Adjacency,
    /// Subject to resources.
    reverse: Adjacency,
    /// Of the few edges that have any, by resource and subject.
    attributes: FxHashMap<(u32, u32), Attributes>,
}

/// Cheap to clone: the base is shared and the overlays are persistent maps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edges {
    base: Arc<Base>,
    forward: Overlay,
    reverse: Overlay,
    count: usize,
    changes: usize,
}

/// An edge seen from one end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge<'a> {
    /// The number of the object at the other end; 0 for a wildcard.
    pub(crate) other: u32,
    pub(crate) attributes: Option<&'a Attributes>,
}

impl<'a> Edge<'a> {
    /// What has to hold for it to count. None: it counts.
    #[inline]
    pub(crate) fn condition(&self) -> Option<&'a BoundCondition> {
        self.attributes?.condition.as_deref()
    }
}

#[derive(Clone, Copy, Debug)]
enum Direction {
    Forward,
    Reverse,
}

impl Edges {
    /// Builds a base from `pair(resource, subject)` in any order; duplicates count once.
    pub(crate) fn build(
        mut pairs: Vec<u64>,
        attributes: FxHashMap<(u32, u32), Attributes>,
    ) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let forward = Adjacency::from_sorted(&pairs);
        for pair in &mut pairs {
            *pair = swapped(*pair);
        }
        pairs.sort_unstable();
        let reverse = Adjacency::from_sorted(&pairs);
        let count = forward.len();
        let base = Arc::new(Base {
            forward,
            reverse,
            attributes,
        });
        Self {
            base,
            count,
            ..Self::default()
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Of the base, without the contexts of conditions.
    pub(crate) fn size_bytes(&self) -> usize {
        let attributes = self.base.attributes.capacity() * size_of::<((u32, u32), Attributes)>();
        self.base.forward.size_bytes() + self.base.reverse.size_bytes() + attributes
    }

    /// How many writes and removals the overlay has taken since the base was built.
    pub(crate) fn changes(&self) -> usize {
        self.changes
    }

    /// The edge between two objects, if it is there.
    #[inline]
    pub(crate) fn get(&self, resource: u32, subject: u32) -> Option<Edge<'_>> {
        if let Some(delta) = self
            .forward_deltas(resource)
            .and_then(|deltas| deltas.get(subject))
        {
            let edge = Edge {
                other: subject,
                attributes: delta.attributes(),
            };
            return delta.is_present().then_some(edge);
        }
        let subjects = self.base.forward.of(resource);
        subjects.binary_search(&subject).ok()?;
        Some(Edge {
            other: subject,
            attributes: self.base_attributes(resource, subject),
        })
    }

    /// The edges of a resource, each with its subject.
    #[inline]
    pub(crate) fn subjects(&self, resource: u32) -> EdgesIter<'_> {
        let base = self.base.forward.of(resource).iter();
        EdgesIter::new(
            self,
            Direction::Forward,
            resource,
            base,
            self.forward_deltas(resource),
        )
    }

    /// The edges of a subject, each with its resource.
    pub(crate) fn resources(&self, subject: u32) -> EdgesIter<'_> {
        let base = self.base.reverse.of(subject).iter();
        let deltas = if self.changes == 0 {
            None
        } else {
            self.reverse.get(&subject)
        };
        EdgesIter::new(self, Direction::Reverse, subject, base, deltas)
    }

    /// Every edge as resource and [`Edge`] to its subject. Only those of one resource are adjacent.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, Edge<'_>)> + '_ {
        let unchanged = self.base.forward.pairs().filter_map(|(resource, subject)| {
            if self
                .forward_deltas(resource)
                .is_some_and(|deltas| deltas.get(subject).is_some())
            {
                return None;
            }
            let attributes = self.base_attributes(resource, subject);
            Some((
                resource,
                Edge {
                    other: subject,
                    attributes,
                },
            ))
        });
        let changed = self.forward.iter().flat_map(|(resource, deltas)| {
            let present = deltas.iter().filter(|(_, delta)| delta.is_present());
            present.map(move |(other, delta)| {
                (
                    *resource,
                    Edge {
                        other,
                        attributes: delta.attributes(),
                    },
                )
            })
        });
        unchanged.chain(changed)
    }

    /// Writes an edge, or replaces its attributes.
    pub(crate) fn put(&mut self, resource: u32, subject: u32, attributes: Option<Attributes>) {
        if self.get(resource, subject).is_none() {
            self.count += 1;
        }
        let delta = attributes.map_or(Delta::Plain, |attributes| Delta::With(Arc::new(attributes)));
        self.set(resource, subject, &delta);
    }

    /// Removes an edge, if it is there.
    pub(crate) fn remove(&mut self, resource: u32, subject: u32) {
        if self.get(resource, subject).is_none() {
            return;
        }
        self.count -= 1;
        self.set(resource, subject, &Delta::Removed);
    }

    /// The same edges, all in the base. Costs nothing where nothing changed.
    pub(crate) fn merged(&self) -> Self {
        if self.changes == 0 {
            return self.clone();
        }
        let mut pairs = Vec::with_capacity(self.count);
        let mut attributes = FxHashMap::default();
        for (resource, edge) in self.iter() {
            pairs.push(pair(resource, edge.other));
            if let Some(found) = edge.attributes {
                attributes.insert((resource, edge.other), found.clone());
            }
        }
        Self::build(pairs, attributes)
    }

    fn set(&mut self, resource: u32, subject: u32, delta: &Delta) {
        self.changes += 1;
        self.forward
            .entry(resource)
            .or_default()
            .set(subject, delta.clone());
        self.reverse
            .entry(subject)
            .or_default()
            .set(resource, delta.clone());
    }

    #[inline]
    fn forward_deltas(&self, resource: u32) -> Option<&Deltas> {
        if self.changes == 0 {
            None
        } else {
            self.forward.get(&resource)
        }
    }

    #[inline]
    fn base_attributes(&self, resource: u32, subject: u32) -> Option<&Attributes> {
        if self.base.attributes.is_empty() {
            return None;
        }
        self.base.attributes.get(&(resource, subject))
    }
}

/// The edges of one object, as [`Edges::subjects`] and [`Edges::resources`] give them.
pub(crate) struct EdgesIter<'a> {
    edges: &'a Edges,
    direction: Direction,
    key: u32,
    base: std::slice::Iter<'a, u32>,
    deltas: Option<&'a Deltas>,
    changed: Option<DeltasIter<'a>>,
}

impl<'a> EdgesIter<'a> {
    #[inline]
    fn new(
        edges: &'a Edges,
        direction: Direction,
        key: u32,
        base: std::slice::Iter<'a, u32>,
        deltas: Option<&'a Deltas>,
    ) -> Self {
        Self {
            edges,
            direction,
            key,
            base,
            deltas,
            changed: None,
        }
    }

    fn attributes(&self, other: u32) -> Option<&'a Attributes> {
        match self.direction {
            Direction::Forward => self.edges.base_attributes(self.key, other),
            Direction::Reverse => self.edges.base_attributes(other, self.key),
        }
    }
}

impl<'a> Iterator for EdgesIter<'a> {
    type Item = Edge<'a>;

    #[inline]
    fn next(&mut self) -> Option<Edge<'a>> {
        for other in self.base.by_ref() {
            if self
                .deltas
                .is_none_or(|deltas| deltas.get(*other).is_none())
            {
                return Some(Edge {
                    other: *other,
                    attributes: self.attributes(*other),
                });
            }
        }
        let deltas = self.deltas?;
        let changed = self.changed.get_or_insert_with(|| deltas.iter());
        let (other, delta) = changed.find(|(_, delta)| delta.is_present())?;
        Some(Edge {
            other,
            attributes: delta.attributes(),
        })
    }
}
