//! A compiled schema: names resolved to dense ids, ready to be walked without a lookup by name.

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::engine::condition::Condition;

/// A type (`definition`), dense from 0 within one schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub u16);

/// A relation or permission, dense from 0 over the whole schema (not per type).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(pub u16);

/// A condition (`caveat`), dense from 0 within one schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConditionId(pub u16);

/// Which of the three questions an operand of a permission answers (`@layer` in its doc comment).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// 访问权限: may this person enter the module at all?
    Access,
    /// 功能使用权限: may this person do this operation here?
    Function,
    /// 数据管理权限: is this record within this person's reach?
    Data,
    /// A standing restriction took away what the three layers gave.
    Restriction,
}

/// A schema that passed every rule of the language.
#[derive(Debug, Default)]
pub struct Schema {
    /// The text it was compiled from.
    pub(crate) text: String,
    /// Every type, by [`TypeId`].
    pub(crate) types: Vec<TypeDef>,
    /// Every relation and permission, by [`MemberId`].
    pub(crate) members: Vec<Member>,
    /// Every condition, by [`ConditionId`].
    pub(crate) conditions: Vec<Condition>,
    pub(crate) types_by_name: FxHashMap<Box<str>, TypeId>,
    pub(crate) members_by_name: hashbrown::HashMap<(TypeId, Box<str>), MemberId, FxBuildHasher>,
    pub(crate) conditions_by_name: FxHashMap<Box<str>, ConditionId>,
}

/// A `definition`.
#[derive(Debug)]
pub struct TypeDef {
    /// Path included: `crm/customer`.
    pub name: Box<str>,
    /// The doc comment above it, comment marks removed.
    pub doc: Box<str>,
    /// Its relations and permissions, in the order written.
    pub members: Vec<MemberId>,
}

/// A relation or permission.
#[derive(Debug)]
pub struct Member {
    /// The type that declares it.
    pub owner: TypeId,
    /// Its name.
    pub name: Box<str>,
    /// The doc comment above it, comment marks and tag lines removed.
    pub doc: Box<str>,
    /// `@layer …` of the doc comment.
    pub layer: Option<Layer>,
    /// `@ask …` of the doc comment: how a refused person asks for it.
    pub ask: Option<Box<str>>,
    /// `@grant NAME` of the doc comment: who holds this permission on the same resource may grant
    /// and revoke the relation there.
    pub grant: Option<MemberId>,
    /// Data or rule.
    pub kind: MemberKind,
}

/// Data (stored relationships) or a rule over them.
#[derive(Debug)]
pub enum MemberKind {
    /// Holds relationships of these kinds.
    Relation(Vec<AllowedSubject>),
    /// Computed.
    Permission(Expr),
}

/// One alternative of a relation's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedSubject {
    /// The subject's type.
    pub subject_type: TypeId,
    /// Object, wildcard or set.
    pub form: SubjectForm,
    /// `with CONDITION`: the condition it must carry. None: it must carry none.
    pub condition: Option<ConditionId>,
    /// `with expiration`: it must carry an expiry. False: it must carry none.
    pub expiration: bool,
}

/// The form of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectForm {
    /// `user`
    Object,
    /// `user:*`
    Wildcard,
    /// `team#member`; may name a permission.
    Set(MemberId),
}

/// A permission's expression.
#[derive(Debug, PartialEq, Eq)]
pub enum Expr {
    /// `nil`: nobody.
    Nil,
    /// `self`: the resource itself, as a subject without relation.
    SelfRef,
    /// A relation or permission of the same resource.
    Member(MemberId),
    /// `relation->target`, `.any(target)`, `.all(target)`.
    Arrow(Arrow),
    /// `a + b + …`
    Union(Vec<Operand>),
    /// `a & b & …`
    Intersection(Vec<Operand>),
    /// `a - b`
    Exclusion(Box<Operand>, Box<Operand>),
}

/// An operand, with the layer that its name's doc comment declares.
#[derive(Debug, PartialEq, Eq)]
pub struct Operand {
    /// What it computes.
    pub expr: Expr,
    /// Of a name: the member's layer. Of an arrow: its target's, where all agree. Of a group: none.
    pub layer: Option<Layer>,
}

/// A walk from the resource over a relation to its subjects' own relation or permission.
#[derive(Debug, PartialEq, Eq)]
pub struct Arrow {
    /// A relation of the same type.
    pub relation: MemberId,
    /// Some subject, or every subject.
    pub quantifier: Quantifier,
    /// The target's name.
    pub target: Box<str>,
    /// The target in each subject type that has it. A subject type that lacks it contributes
    /// nothing (and fails `.all`).
    pub targets: Vec<(TypeId, MemberId)>,
}

/// `.any()` (also `->`) or `.all()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// Some subject has the target.
    Any,
    /// There is a subject, and every subject has the target.
    All,
}

/// Looks up `(TypeId, Box<str>)` without a box.
#[derive(Hash)]
struct MemberKey<'a>(TypeId, &'a str);

impl hashbrown::Equivalent<(TypeId, Box<str>)> for MemberKey<'_> {
    fn equivalent(&self, key: &(TypeId, Box<str>)) -> bool {
        self.0 == key.0 && self.1 == &*key.1
    }
}

impl Schema {
    /// The text it was compiled from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Finds a type by name.
    pub fn type_id(&self, name: &str) -> Option<TypeId> {
        self.types_by_name.get(name).copied()
    }

    /// Finds a relation or permission of a type by name.
    pub fn member_id(&self, owner: TypeId, name: &str) -> Option<MemberId> {
        self.members_by_name.get(&MemberKey(owner, name)).copied()
    }

    /// Finds a condition by name.
    pub fn condition_id(&self, name: &str) -> Option<ConditionId> {
        self.conditions_by_name.get(name).copied()
    }

    /// A type of this schema.
    ///
    /// # Panics
    /// On the id of another schema.
    #[expect(
        clippy::indexing_slicing,
        reason = "an id is made by its schema and never outlives it"
    )]
    pub fn type_def(&self, id: TypeId) -> &TypeDef {
        &self.types[usize::from(id.0)]
    }

    /// A relation or permission of this schema.
    ///
    /// # Panics
    /// On the id of another schema.
    #[expect(
        clippy::indexing_slicing,
        reason = "an id is made by its schema and never outlives it"
    )]
    pub fn member(&self, id: MemberId) -> &Member {
        &self.members[usize::from(id.0)]
    }

    /// A condition of this schema.
    ///
    /// # Panics
    /// On the id of another schema.
    #[expect(
        clippy::indexing_slicing,
        reason = "an id is made by its schema and never outlives it"
    )]
    pub fn condition(&self, id: ConditionId) -> &Condition {
        &self.conditions[usize::from(id.0)]
    }

    /// Every type, in the order of [`TypeId`].
    pub fn types(&self) -> &[TypeDef] {
        &self.types
    }

    /// Every relation and permission, in the order of [`MemberId`].
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Every condition, in the order of [`ConditionId`].
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
}
