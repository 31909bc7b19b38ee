//! Where a relation's subjects come from: stored grants, or the rows of the caller.

use super::{ContextualRelation, FilterError};
use crate::engine::check::contextual::Contextual;
use crate::engine::check::question::{find_member, find_type};
use crate::engine::check::{CheckError, MAX_CONTEXTUAL_RELATIONSHIPS};
use crate::engine::reference::{ObjectRef, SubjectRef};
use crate::engine::relationship::Relationship;
use crate::engine::schema::{Expr, MemberId, MemberKind, Schema, SubjectForm, TypeId};
use crate::engine::snapshot::{Node, Snapshot};
use rustc_hash::FxHashMap;

/// A contextual relation, resolved.
#[derive(Debug)]
pub(super) enum Rows {
    /// The same subjects on every record.
    Fixed(Vec<Held>),
    /// Known only to the caller's rows.
    Varying,
}

/// A fixed subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// Of a wildcard the number is 0.
    pub(super) node: Node,
    pub(super) form: SubjectForm,
}

/// The contextual relations of a question, and what depends on them.
#[derive(Debug)]
pub(super) struct Sources {
    rows: FxHashMap<MemberId, Rows>,
    /// By member: whether its value on an object may depend on that object's or another's row.
    dependent: Vec<bool>,
}

impl Sources {
    pub(super) fn new<'a>(
        snapshot: &Snapshot,
        contextual: &mut Contextual<'a>,
        listed: &'a [ContextualRelation],
    ) -> Result<Self, FilterError> {
        let fixed = listed
            .iter()
            .flat_map(|one| one.fixed.iter().flatten())
            .count();
        if fixed > MAX_CONTEXTUAL_RELATIONSHIPS {
            return Err(CheckError::TooManyContextual { given: fixed }.into());
        }
        let mut rows = FxHashMap::default();
        for one in listed {
            let relation = relation_id(snapshot, one)?;
            let found = match &one.fixed {
                None => Rows::Varying,
                Some(subjects) => Rows::Fixed(
                    subjects
                        .iter()
                        .map(|subject| held(snapshot, contextual, one, subject))
                        .collect::<Result<_, _>>()?,
                ),
            };
            if rows.insert(relation, found).is_some() {
                return Err(FilterError::ListedTwice {
                    object_type: one.resource_type.as_str().into(),
                    relation: one.relation.as_str().into(),
                });
            }
        }
        let dependent = dependent(snapshot.schema(), &rows);
        Ok(Self { rows, dependent })
    }

    /// What rows say of a relation. None: only stored relationships count.
    pub(super) fn rows(&self, relation: MemberId) -> Option<&Rows> {
        self.rows.get(&relation)
    }

    /// Whether rows have a say in a relation or permission.
    pub(super) fn depends(&self, member: MemberId) -> bool {
        self.dependent
            .get(usize::from(member.0))
            .copied()
            .unwrap_or(true)
    }
}

fn relation_id(snapshot: &Snapshot, listed: &ContextualRelation) -> Result<MemberId, FilterError> {
    let object_type = find_type(snapshot, &listed.resource_type)?;
    let relation = find_member(snapshot, object_type, &listed.relation)?;
    match snapshot.schema().member(relation).kind {
        MemberKind::Relation(_) => Ok(relation),
        MemberKind::Permission(_) => Err(FilterError::NotARelation {
            object_type: listed.resource_type.as_str().into(),
            name: listed.relation.as_str().into(),
        }),
    }
}

/// Holds a fixed subject to the same rules as a contextual relationship of some record.
fn held<'a>(
    snapshot: &Snapshot,
    contextual: &mut Contextual<'a>,
    listed: &ContextualRelation,
    subject: &'a SubjectRef,
) -> Result<Held, FilterError> {
    const SOME_RECORD: &str = "some_record";
    let resource = ObjectRef::new(&listed.resource_type, SOME_RECORD).map_err(CheckError::from)?;
    let relation = listed.relation.as_str().into();
    let subject_ref = subject.clone();
    let written = Relationship {
        resource,
        relation,
        subject: subject_ref,
        condition: None,
        expires_at_us: None,
    };
    let valid =
        snapshot
            .schema()
            .validate(&written)
            .map_err(|problem| FilterError::FixedSubject {
                subject: subject.to_string(),
                problem,
            })?;
    let (object_type, form): (TypeId, _) = (valid.subject_type, valid.subject_form);
    let node = match subject {
        SubjectRef::Wildcard(_) => Node {
            object_type,
            index: 0,
        },
        SubjectRef::Object(object) | SubjectRef::Set(object, _) => {
            contextual.node(snapshot, object_type, object.id())
        }
    };
    Ok(Held { node, form })
}

/// Grows until nothing changes: what looks at something dependent is dependent.
fn dependent(schema: &Schema, rows: &FxHashMap<MemberId, Rows>) -> Vec<bool> {
    let mut found = vec![false; schema.members().len()];
    for relation in rows.keys() {
        if let Some(entry) = found.get_mut(usize::from(relation.0)) {
            *entry = true;
        }
    }
    loop {
        let before = found.clone();
        let is_dependent = |id: MemberId| before.get(usize::from(id.0)).copied().unwrap_or(true);
        for (entry, member) in found.iter_mut().zip(schema.members()) {
            *entry = *entry
                || match &member.kind {
                    MemberKind::Permission(expr) => looks_at(expr, &is_dependent),
                    MemberKind::Relation(allowed) => {
                        allowed.iter().any(|subject| match subject.form {
                            SubjectForm::Set(member) => is_dependent(member),
                            SubjectForm::Object | SubjectForm::Wildcard => false,
                        })
                    }
                };
        }
        if found == before {
            return found;
        }
    }
}

fn looks_at(expr: &Expr, is_dependent: &dyn Fn(MemberId) -> bool) -> bool {
    match expr {
        Expr::Nil | Expr::SelfRef => false,
        Expr::Member(member) => is_dependent(*member),
        Expr::Arrow(arrow) => {
            is_dependent(arrow.relation)
                || arrow
                    .targets
                    .iter()
                    .any(|(_, target)| is_dependent(*target))
        }
        Expr::Union(operands) | Expr::Intersection(operands) => operands
            .iter()
            .any(|operand| looks_at(&operand.expr, is_dependent)),
        Expr::Exclusion(kept, taken) => {
            looks_at(&kept.expr, is_dependent) || looks_at(&taken.expr, is_dependent)
        }
    }
}
