//! Objects and subjects as numbers.

use crate::engine::schema::{MemberId, TypeId};

/// An object: its type, and its number among the objects of that type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Node {
    pub(crate) object_type: TypeId,
    pub(crate) index: u32,
}

/// Who a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Subject {
    pub(crate) node: Node,
    /// Of a set: the relation or permission.
    pub(crate) member: Option<MemberId>,
}
