//! What certainly and what possibly selects a record.

use super::predicate::Predicate;
use crate::engine::check::truth::Truth;

/// Two predicates for one three-valued condition: where it is yes, and where it is not no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) must: Predicate,
    pub(super) may: Predicate,
}

impl Pair {
    pub(super) fn constant(truth: Truth) -> Self {
        Self {
            must: Predicate::constant(truth == Truth::Yes),
            may: Predicate::constant(truth != Truth::No),
        }
    }

    /// Where the value does not depend on conditions.
    pub(super) fn certain(predicate: Predicate) -> Self {
        Self {
            must: predicate.clone(),
            may: predicate,
        }
    }

    /// From a list of what certainly or possibly counts, by a predicate over such a list.
    pub(super) fn of<T>(held: Vec<(T, Truth)>, predicate: impl Fn(Vec<T>) -> Predicate) -> Self
    where
        T: Clone,
    {
        let sure = held.iter().filter(|(_, truth)| *truth == Truth::Yes);
        let must = predicate(sure.map(|(one, _)| one.clone()).collect());
        let all_sure = held.iter().all(|(_, truth)| *truth == Truth::Yes);
        if all_sure {
            return Self::certain(must);
        }
        let possible = held.into_iter().filter(|(_, truth)| *truth != Truth::No);
        Self {
            must,
            may: predicate(possible.map(|(one, _)| one).collect()),
        }
    }

    pub(super) fn any(pairs: Vec<Self>) -> Self {
        let (must, may) = pairs.into_iter().map(|pair| (pair.must, pair.may)).unzip();
        Self {
            must: Predicate::any(must),
            may: Predicate::any(may),
        }
    }

    pub(super) fn all(pairs: Vec<Self>) -> Self {
        let (must, may) = pairs.into_iter().map(|pair| (pair.must, pair.may)).unzip();
        Self {
            must: Predicate::all(must),
            may: Predicate::all(may),
        }
    }

    /// What possibly holds is possibly denied.
    pub(super) fn negated(self) -> Self {
        Self {
            must: self.may.negated(),
            may: self.must.negated(),
        }
    }

    pub(super) fn via(self, relation: &str, resource_type: &str) -> Self {
        Self {
            must: Predicate::via(relation, resource_type, self.must),
            may: Predicate::via(relation, resource_type, self.may),
        }
    }
}
