//! How a schema's relations are laid out in memory: one set of edges per relation and subject kind.

use crate::engine::schema::{
    AllowedSubject, Expr, Member, MemberId, MemberKind, Schema, SubjectForm, TypeId,
};

/// Edges of one relation towards one kind of subject, dense from 0 within one layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct KindId(pub(crate) u16);

/// One relation with one kind of subject: `customer#viewer@team#member`.
///
/// Conditions and expiry are no part of it, as they are no part of a relationship's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) id: KindId,
    pub(crate) relation: MemberId,
    pub(crate) resource_type: TypeId,
    pub(crate) subject_type: TypeId,
    pub(crate) form: SubjectForm,
}

/// Where a relation or permission is used on the left of nothing that negates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// By a permission of the same object.
    SameObject(MemberId),
    /// By `permission` of the objects whose `relation` leads to this one.
    Arrow {
        relation: MemberId,
        permission: MemberId,
    },
    /// As the set `object#member` on a relation.
    Set(Kind),
}

/// What a snapshot derives from its schema once.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(crate) kinds: Vec<Kind>,
    by_relation: Vec<Vec<Kind>>,
    uses: Vec<Vec<Use>>,
    self_refs: Vec<MemberId>,
}

impl Layout {
    pub(crate) fn new(schema: &Schema) -> Self {
        let mut layout = Self {
            by_relation: vec![Vec::new(); schema.members.len()],
            uses: vec![Vec::new(); schema.members.len()],
            ..Self::default()
        };
        for (member, index) in schema.members.iter().zip(0u16..) {
            layout.add(MemberId(index), member);
        }
        layout
    }

    /// The kinds of subject that a relation takes. Empty for a permission.
    pub(crate) fn kinds_of(&self, relation: MemberId) -> &[Kind] {
        self.by_relation
            .get(usize::from(relation.0))
            .map_or(&[], Vec::as_slice)
    }

    /// The kind of `relation` with exactly this subject.
    pub(crate) fn kind(
        &self,
        relation: MemberId,
        subject_type: TypeId,
        form: SubjectForm,
    ) -> Option<Kind> {
        let kinds = self.kinds_of(relation).iter();
        kinds
            .copied()
            .find(|kind| kind.subject_type == subject_type && kind.form == form)
    }

    /// Where holding `member` may help somebody further.
    pub(crate) fn uses_of(&self, member: MemberId) -> &[Use] {
        self.uses
            .get(usize::from(member.0))
            .map_or(&[], Vec::as_slice)
    }

    /// The permissions whose expression mentions `self`.
    pub(crate) fn self_refs(&self) -> &[MemberId] {
        &self.self_refs
    }

    fn add(&mut self, id: MemberId, member: &Member) {
        match &member.kind {
            MemberKind::Relation(allowed) => self.add_kinds(id, member.owner, allowed),
            MemberKind::Permission(expr) => self.add_uses(id, expr),
        }
    }

    fn add_kinds(&mut self, relation: MemberId, owner: TypeId, allowed: &[AllowedSubject]) {
        for AllowedSubject {
            subject_type, form, ..
        } in allowed
        {
            if self.kind(relation, *subject_type, *form).is_some() {
                continue;
            }
            let Ok(id) = u16::try_from(self.kinds.len()) else {
                return;
            };
            let kind = Kind {
                id: KindId(id),
                relation,
                resource_type: owner,
                subject_type: *subject_type,
                form: *form,
            };
            self.kinds.push(kind);
            if let Some(kinds) = self.by_relation.get_mut(usize::from(relation.0)) {
                kinds.push(kind);
            }
            if let SubjectForm::Set(member) = form {
                self.add_use(*member, Use::Set(kind));
            }
        }
    }

    /// Notes enough uses for a complete set of candidates: of an intersection one operand does,
    /// and what an exclusion takes away adds none.
    fn add_uses(&mut self, permission: MemberId, expr: &Expr) {
        match expr {
            Expr::Nil => {}
            Expr::SelfRef => self.self_refs.push(permission),
            Expr::Member(member) => self.add_use(*member, Use::SameObject(permission)),
            Expr::Arrow(arrow) => {
                for (_, target) in &arrow.targets {
                    self.add_use(
                        *target,
                        Use::Arrow {
                            relation: arrow.relation,
                            permission,
                        },
                    );
                }
            }
            Expr::Union(operands) => {
                for operand in operands {
                    self.add_uses(permission, &operand.expr);
                }
            }
            Expr::Intersection(operands) => {
                if let Some(operand) = operands.first() {
                    self.add_uses(permission, &operand.expr);
                }
            }
            Expr::Exclusion(kept, _) => self.add_uses(permission, &kept.expr),
        }
    }

    fn add_use(&mut self, member: MemberId, new: Use) {
        if let Some(uses) = self.uses.get_mut(usize::from(member.0))
            && !uses.contains(&new)
        {
            uses.push(new);
        }
    }
}
