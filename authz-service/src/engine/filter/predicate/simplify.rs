//! Predicates that are as small as they can easily be made.

use super::Predicate;
use crate::engine::reference::SubjectRef;
use std::collections::BTreeMap;

impl Predicate {
    /// The record's id is one of these.
    pub(crate) fn ids(mut ids: Vec<String>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            Self::None
        } else {
            Self::Ids(ids)
        }
    }

    /// The record's relation holds one of these.
    pub(crate) fn is_in(relation: &str, mut subjects: Vec<SubjectRef>) -> Self {
        subjects.sort_unstable();
        subjects.dedup();
        if subjects.is_empty() {
            return Self::None;
        }
        Self::In {
            relation: relation.to_owned(),
            subjects,
        }
    }

    /// Some object that the relation leads to satisfies this.
    pub(crate) fn via(relation: &str, resource_type: &str, predicate: Self) -> Self {
        if predicate == Self::None {
            return Self::None;
        }
        let (relation, resource_type) = (relation.to_owned(), resource_type.to_owned());
        Self::Via {
            relation,
            resource_type,
            predicate: Box::new(predicate),
        }
    }

    /// Everything or nothing.
    pub(crate) fn constant(holds: bool) -> Self {
        if holds { Self::All } else { Self::None }
    }

    /// The opposite.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::All => Self::None,
            Self::None => Self::All,
            Self::Not(operand) => *operand,
            other => Self::Not(Box::new(other)),
        }
    }

    /// One of these.
    pub(crate) fn any(operands: Vec<Self>) -> Self {
        let mut merged = Merged::default();
        let mut rest = Vec::new();
        for operand in flat(operands, |operand| match operand {
            Self::Or(inner) => Ok(inner),
            other => Err(other),
        }) {
            match operand {
                Self::None => {}
                Self::All => return Self::All,
                Self::Ids(ids) => merged.ids.extend(ids),
                Self::In { relation, subjects } => {
                    merged
                        .subjects
                        .entry(relation)
                        .or_default()
                        .extend(subjects);
                }
                Self::Via {
                    relation,
                    resource_type,
                    predicate,
                } => {
                    merged
                        .via
                        .entry((relation, resource_type))
                        .or_default()
                        .push(*predicate);
                }
                other => rest.push(other),
            }
        }
        rest.push(Self::ids(merged.ids));
        let subjects = merged.subjects.into_iter();
        rest.extend(subjects.map(|(relation, subjects)| Self::is_in(&relation, subjects)));
        rest.extend(
            merged
                .via
                .into_iter()
                .map(|((relation, resource_type), predicates)| {
                    Self::via(&relation, &resource_type, Self::any(predicates))
                }),
        );
        rest.retain(|operand| *operand != Self::None);
        finish(rest, Self::Or, &Self::None, &Self::All)
    }

    /// All of these.
    pub(crate) fn all(operands: Vec<Self>) -> Self {
        let mut within: Option<Vec<String>> = None;
        let mut without = Vec::new();
        let mut rest = Vec::new();
        for operand in flat(operands, |operand| match operand {
            Self::And(inner) => Ok(inner),
            other => Err(other),
        }) {
            match operand {
                Self::All => {}
                Self::None => return Self::None,
                Self::Ids(ids) => {
                    within = Some(match within {
                        None => ids,
                        Some(known) => intersection(known, &ids),
                    });
                }
                Self::Not(operand) => match *operand {
                    Self::Ids(ids) => without.extend(ids),
                    other => rest.push(Self::Not(Box::new(other))),
                },
                other => rest.push(other),
            }
        }
        without.sort_unstable();
        without.dedup();
        match within {
            None => rest.push(Self::ids(without).negated()),
            Some(mut ids) => {
                ids.retain(|id| without.binary_search(id).is_err());
                rest.push(Self::ids(ids));
            }
        }
        rest.retain(|operand| *operand != Self::All);
        if rest.contains(&Self::None) {
            return Self::None;
        }
        finish(rest, Self::And, &Self::All, &Self::None)
    }
}

/// What unites into one operand.
#[derive(Default)]
struct Merged {
    ids: Vec<String>,
    subjects: BTreeMap<String, Vec<SubjectRef>>,
    /// By relation and type.
    via: BTreeMap<(String, String), Vec<Predicate>>,
}

/// Opens nested operands of the same kind. They are simplified already, so one level is enough.
fn flat(
    operands: Vec<Predicate>,
    open: impl Fn(Predicate) -> Result<Vec<Predicate>, Predicate>,
) -> impl Iterator<Item = Predicate> {
    operands
        .into_iter()
        .flat_map(move |operand| open(operand).unwrap_or_else(|one| vec![one]))
}

/// Orders operands, drops what others make superfluous, and sees when they cancel out.
fn finish(
    mut operands: Vec<Predicate>,
    join: fn(Vec<Predicate>) -> Predicate,
    empty: &Predicate,
    cancelled: &Predicate,
) -> Predicate {
    operands.sort_unstable();
    operands.dedup();
    let cancels = |operand: &Predicate| match operand {
        Predicate::Not(opposite) => operands.binary_search(opposite).is_ok(),
        _ => false,
    };
    if operands.iter().any(cancels) {
        return cancelled.clone();
    }
    let is_superfluous = |operand: &Predicate| match operand {
        Predicate::And(inner) | Predicate::Or(inner) => inner
            .iter()
            .any(|part| operands.binary_search(part).is_ok()),
        _ => false,
    };
    let mut kept: Vec<_> = operands
        .iter()
        .filter(|one| !is_superfluous(one))
        .cloned()
        .collect();
    match kept.len() {
        0 => empty.clone(),
        1 => kept.remove(0),
        _ => join(kept),
    }
}

fn intersection(mut left: Vec<String>, right: &[String]) -> Vec<String> {
    left.retain(|id| right.binary_search(id).is_ok());
    left
}
