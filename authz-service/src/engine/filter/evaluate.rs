//! The permission's expression over a record that nobody has named yet.

use super::pair::Pair;
use super::sources::Sources;
use super::{FilterError, Predicate};
use crate::engine::check::CheckError;
use crate::engine::check::scope::Scope;
use crate::engine::check::truth::Truth;
use crate::engine::check::walk::Walk;
use crate::engine::lookup;
use crate::engine::schema::{Expr, MemberId, MemberKind, Quantifier, TypeId};
use crate::engine::snapshot::Node;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Objects by number, with whether the subject certainly or possibly holds something there.
pub(super) type Holders = Rc<Vec<(u32, Truth)>>;

/// See the [module](self).
pub(super) struct Evaluation<'s> {
    pub(super) scope: &'s Scope<'s>,
    pub(super) sources: &'s Sources,
    pub(super) walk: Walk<'s>,
    holders: FxHashMap<MemberId, Holders>,
    open: Vec<Open>,
}

/// What is being evaluated, outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Member(MemberId),
    /// The right side of an exclusion.
    Taken,
    /// Another record, over a varying relation.
    Record,
}

impl<'s> Evaluation<'s> {
    pub(super) fn new(scope: &'s Scope<'s>, sources: &'s Sources) -> Self {
        let walk = Walk::remembering(scope);
        Self {
            scope,
            sources,
            walk,
            holders: FxHashMap::default(),
            open: Vec::new(),
        }
    }

    /// A relation or permission of the record.
    pub(super) fn member(&mut self, id: MemberId) -> Result<Pair, FilterError> {
        self.scope.spend_node()?;
        if !self.sources.depends(id) {
            let held = self.holders(id)?;
            return Ok(self.ids(self.scope.member(id).owner, &held));
        }
        if self.is_open(id)? {
            // A least fixed point gains nothing from itself.
            return Ok(Pair::constant(Truth::No));
        }
        self.open.push(Open::Member(id));
        let found = match &self.scope.member(id).kind {
            MemberKind::Relation(_) => self.relation(id)?,
            MemberKind::Permission(expr) => self.expression(id, expr)?,
        };
        self.open.pop();
        Ok(Pair::any(vec![found, self.own_set(id)]))
    }

    /// A relation or permission of another record that the record leads to.
    pub(super) fn member_of_other(&mut self, id: MemberId) -> Result<Pair, FilterError> {
        self.open.push(Open::Record);
        let found = self.member(id)?;
        self.open.pop();
        Ok(found)
    }

    /// Where the subject holds what no row has a say in.
    pub(super) fn holders(&mut self, id: MemberId) -> Result<Holders, FilterError> {
        if let Some(known) = self.holders.get(&id) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(lookup::holders(self.scope, &mut self.walk, id)?);
        self.holders.insert(id, Rc::clone(&found));
        Ok(found)
    }

    /// The records with these numbers.
    pub(super) fn ids(&self, object_type: TypeId, held: &[(u32, Truth)]) -> Pair {
        let named = held.iter().map(|(index, truth)| {
            let node = Node {
                object_type,
                index: *index,
            };
            (self.scope.facts.id(node).to_owned(), *truth)
        });
        Pair::of(named.collect(), Predicate::ids)
    }

    fn expression(&mut self, at: MemberId, expr: &'s Expr) -> Result<Pair, FilterError> {
        match expr {
            Expr::Nil => Ok(Pair::constant(Truth::No)),
            Expr::SelfRef => Ok(self.itself(at)),
            Expr::Member(member) => self.member(*member),
            Expr::Arrow(arrow) => match arrow.quantifier {
                Quantifier::Any => self.any(arrow),
                Quantifier::All => self.all(arrow),
            },
            Expr::Union(operands) => {
                let parts = operands
                    .iter()
                    .map(|operand| self.expression(at, &operand.expr));
                Ok(Pair::any(parts.collect::<Result<_, _>>()?))
            }
            Expr::Intersection(operands) => {
                let parts = operands
                    .iter()
                    .map(|operand| self.expression(at, &operand.expr));
                Ok(Pair::all(parts.collect::<Result<_, _>>()?))
            }
            Expr::Exclusion(kept, taken) => {
                let kept = self.expression(at, &kept.expr)?;
                self.open.push(Open::Taken);
                let taken = self.expression(at, &taken.expr)?;
                self.open.pop();
                Ok(Pair::all(vec![kept, taken.negated()]))
            }
        }
    }

    /// The record that is the subject.
    fn itself(&self, at: MemberId) -> Pair {
        let subject = self.scope.subject;
        let object_type = self.scope.member(at).owner;
        if subject.member.is_some() || subject.node.object_type != object_type {
            return Pair::constant(Truth::No);
        }
        self.ids(object_type, &[(subject.node.index, Truth::Yes)])
    }

    /// A set is a member of itself.
    fn own_set(&self, id: MemberId) -> Pair {
        let subject = self.scope.subject;
        if subject.member != Some(id) {
            return Pair::constant(Truth::No);
        }
        self.ids(
            subject.node.object_type,
            &[(subject.node.index, Truth::Yes)],
        )
    }

    /// Whether this is asked of the record while it is being answered. What comes back over
    /// another record, or through an exclusion, has no answer in one row.
    fn is_open(&self, id: MemberId) -> Result<bool, FilterError> {
        let Some(position) = self.open.iter().rposition(|open| *open == Open::Member(id)) else {
            return Ok(false);
        };
        let since = self.open.get(position..).unwrap_or_default();
        let member = self.scope.member(id);
        let object_type = &self
            .scope
            .facts
            .snapshot
            .schema()
            .type_def(member.owner)
            .name;
        if since.contains(&Open::Record) {
            let (object_type, permission) = (object_type.clone(), member.name.clone());
            return Err(FilterError::Recursive {
                object_type,
                permission,
            });
        }
        if since.contains(&Open::Taken) {
            let object = format!("{object_type}:…");
            return Err(CheckError::NegativeCycle {
                object,
                permission: member.name.clone(),
                in_schema: true,
            }
            .into());
        }
        Ok(true)
    }
}
