//! The reference: names only, no index, no order of evaluation. Every pair of an object and a
//! relation or permission starts at "no" and is evaluated until nothing changes any more.
//!
//! Shares with the engine the compiled expressions and the evaluation of a single condition.

mod missing;

use authz_service::engine::condition::Verdict;
use authz_service::engine::reference::{ObjectRef, SubjectRef};
use authz_service::engine::relationship::{Context, Relationship};
use authz_service::engine::schema::{Arrow, Expr, MemberId, MemberKind, Quantifier, Schema};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    No,
    Maybe,
    Yes,
}

/// A condition that fails to be evaluated, where nothing else decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed;

use crate::strata::strata;
use Value::{Maybe, No, Yes};

type State = (ObjectRef, MemberId);

pub(crate) struct Oracle<'a> {
    schema: &'a Schema,
    /// Current ones, each once.
    facts: Vec<Relationship>,
    subject: &'a SubjectRef,
    context: &'a Context,
    /// By object, then by member.
    values: BTreeMap<ObjectRef, Vec<Value>>,
}

/// Who is alive at `now_us`; of the same relationship given twice the last counts.
fn current(facts: &[Relationship], now_us: i64) -> Vec<Relationship> {
    let mut kept: Vec<Relationship> = Vec::new();
    for fact in facts {
        kept.retain(|old| !old.is_same(fact));
        kept.push(fact.clone());
    }
    kept.retain(|fact| fact.expires_at_us.is_none_or(|expiry| expiry > now_us));
    kept
}

impl<'a> Oracle<'a> {
    /// Evaluates everything for one subject. The schema has to have [`strata`].
    pub(crate) fn new(
        schema: &'a Schema,
        facts: &[Relationship],
        (subject, context, now_us): (&'a SubjectRef, &'a Context, i64),
        mut objects: BTreeSet<ObjectRef>,
    ) -> Self {
        let facts = current(facts, now_us);
        for fact in &facts {
            objects.insert(fact.resource.clone());
            if let SubjectRef::Object(object) | SubjectRef::Set(object, _) = &fact.subject {
                objects.insert(object.clone());
            }
        }
        let mut oracle = Self {
            schema,
            facts,
            subject,
            context,
            values: BTreeMap::new(),
        };
        let ranks = strata(schema).unwrap();
        for stratum in 0..=ranks.iter().copied().max().unwrap_or(0) {
            let states: Vec<State> = (0..)
                .zip(schema.members())
                .flat_map(|(index, member)| {
                    let owner = &schema.types()[usize::from(member.owner.0)].name;
                    let here = ranks[usize::from(index)] == stratum;
                    let objects = objects
                        .iter()
                        .filter(move |object| here && object.object_type() == &**owner);
                    objects.map(move |object| (object.clone(), MemberId(index)))
                })
                .collect();
            while states.iter().filter(|state| oracle.update(state)).count() > 0 {}
        }
        oracle
    }

    pub(crate) fn value(&self, object: &ObjectRef, id: MemberId) -> Value {
        self.values
            .get(object)
            .map_or(No, |values| values[usize::from(id.0)])
    }

    fn update(&mut self, state: &State) -> bool {
        let new = self.evaluate(state);
        let members = self.schema.members().len();
        let values = self.values.entry(state.0.clone());
        let values = values.or_insert_with(|| vec![No; members]);
        std::mem::replace(&mut values[usize::from(state.1.0)], new) != new
    }

    fn evaluate(&self, state: &State) -> Value {
        let member = &self.schema.members()[usize::from(state.1.0)];
        if let SubjectRef::Set(object, name) = self.subject
            && (object, name) == (&state.0, &member.name)
        {
            return Yes;
        }
        match &member.kind {
            MemberKind::Permission(expr) => self.expression(&state.0, expr),
            MemberKind::Relation(_) => {
                let facts = self.facts_of(&state.0, &member.name);
                facts.map(|fact| self.fact(fact)).max().unwrap_or(No)
            }
        }
    }

    fn expression(&self, object: &ObjectRef, expr: &Expr) -> Value {
        match expr {
            Expr::SelfRef if *self.subject == SubjectRef::Object(object.clone()) => Yes,
            Expr::Nil | Expr::SelfRef => No,
            Expr::Member(id) => self.value(object, *id),
            Expr::Arrow(arrow) => {
                let walked = self.walked(object, arrow).map(|(fact, target)| {
                    let there = target.map_or(No, |(object, id)| self.value(&object, id));
                    there.min(self.condition(fact).0)
                });
                match arrow.quantifier {
                    Quantifier::Any => walked.max().unwrap_or(No),
                    Quantifier::All => walked.min().unwrap_or(No),
                }
            }
            Expr::Union(parts) => parts
                .iter()
                .map(|part| self.expression(object, &part.expr))
                .max()
                .unwrap_or(No),
            Expr::Intersection(parts) => parts
                .iter()
                .map(|part| self.expression(object, &part.expr))
                .min()
                .unwrap_or(No),
            Expr::Exclusion(kept, taken) => {
                let taken = match self.expression(object, &taken.expr) {
                    No => Yes,
                    Maybe => Maybe,
                    Yes => No,
                };
                self.expression(object, &kept.expr).min(taken)
            }
        }
    }

    fn facts_of<'f>(
        &'f self,
        object: &'f ObjectRef,
        relation: &'f str,
    ) -> impl Iterator<Item = &'f Relationship> {
        self.facts
            .iter()
            .filter(move |fact| fact.resource == *object && &*fact.relation == relation)
    }

    /// The facts that an arrow walks, each with where it asks what.
    fn walked<'f>(
        &'f self,
        object: &'f ObjectRef,
        arrow: &'f Arrow,
    ) -> impl Iterator<Item = (&'f Relationship, Option<State>)> {
        let relation = &self.schema.members()[usize::from(arrow.relation.0)].name;
        self.facts_of(object, relation).map(|fact| {
            let (SubjectRef::Object(there) | SubjectRef::Set(there, _)) = &fact.subject else {
                return (fact, None);
            };
            let target = self.id(there, &arrow.target);
            (fact, target.map(|id| (there.clone(), id)))
        })
    }

    fn id(&self, object: &ObjectRef, name: &str) -> Option<MemberId> {
        self.schema
            .member_id(self.schema.type_id(object.object_type())?, name)
    }

    fn holder(&self, fact: &Relationship) -> Value {
        match (&fact.subject, self.subject) {
            (held, asked) if held == asked => Yes,
            (SubjectRef::Wildcard(of), SubjectRef::Object(one)) if **of == *one.object_type() => {
                Yes
            }
            (SubjectRef::Set(object, name), _) => self
                .id(object, name)
                .map_or(No, |id| self.value(object, id)),
            _ => No,
        }
    }

    fn fact(&self, fact: &Relationship) -> Value {
        self.holder(fact).min(self.condition(fact).0)
    }

    /// One that fails to be evaluated decides nothing.
    fn condition(&self, fact: &Relationship) -> (Value, Result<Vec<Box<str>>, Failed>) {
        let Some(used) = &fact.condition else {
            return (Yes, Ok(vec![]));
        };
        let id = self.schema.condition_id(&used.name).unwrap();
        match self
            .schema
            .condition(id)
            .evaluate(&used.context, self.context)
        {
            Ok(Verdict::Holds) => (Yes, Ok(vec![])),
            Ok(Verdict::Fails) => (No, Ok(vec![])),
            Ok(Verdict::Unknown(names)) => (Maybe, Ok(names)),
            Err(_) => (Maybe, Err(Failed)),
        }
    }
}
