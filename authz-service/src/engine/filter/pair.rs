//! What certainly and what possibly selects a record.

use super::predicate::Predicate;
use crate::engine::check::truth::Truth;

/// Two predicates for one three-valued condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// Where it is yes.
    pub(super) must: Predicate,
    /// Where it is not no. None: the same, as long as no condition is in play.
    may: Option<Predicate>,
}

impl Pair {
    pub(super) fn constant(truth: Truth) -> Self {
        let must = Predicate::constant(truth == Truth::Yes);
        Self {
            must,
            may: (truth == Truth::Maybe).then_some(Predicate::All),
        }
    }

    /// Where the value does not depend on conditions.
    pub(super) fn certain(must: Predicate) -> Self {
        Self { must, may: None }
    }

    /// From a list of what certainly or possibly counts, by a predicate over such a list.
    pub(super) fn of<T: Clone>(
        held: Vec<(T, Truth)>,
        predicate: impl Fn(Vec<T>) -> Predicate,
    ) -> Self {
        let names =
            |held: Vec<(T, Truth)>| predicate(held.into_iter().map(|(one, _)| one).collect());
        let mut held = held;
        held.retain(|(_, truth)| *truth != Truth::No);
        if held.iter().all(|(_, truth)| *truth == Truth::Yes) {
            return Self::certain(names(held));
        }
        let sure = held
            .iter()
            .filter(|(_, truth)| *truth == Truth::Yes)
            .cloned()
            .collect();
        Self {
            must: names(sure),
            may: Some(names(held)),
        }
    }

    /// Whether the answer is yes or no on every record.
    pub(super) fn is_settled(&self) -> bool {
        self.may.as_ref().is_none_or(|may| *may == self.must)
    }

    pub(super) fn any(pairs: Vec<Self>) -> Self {
        Self::joined(pairs, Predicate::any)
    }

    pub(super) fn all(pairs: Vec<Self>) -> Self {
        Self::joined(pairs, Predicate::all)
    }

    /// What possibly holds is possibly denied.
    pub(super) fn negated(self) -> Self {
        match self.may {
            None => Self::certain(self.must.negated()),
            Some(may) => Self {
                must: may.negated(),
                may: Some(self.must.negated()),
            },
        }
    }

    pub(super) fn via(self, relation: &str, resource_type: &str) -> Self {
        let via = |predicate| Predicate::via(relation, resource_type, predicate);
        Self {
            must: via(self.must),
            may: self.may.map(via),
        }
    }

    fn joined(pairs: Vec<Self>, join: fn(Vec<Predicate>) -> Predicate) -> Self {
        if pairs.iter().all(|pair| pair.may.is_none()) {
            return Self::certain(join(pairs.into_iter().map(|pair| pair.must).collect()));
        }
        let both = pairs.into_iter().map(|Self { must, may }| {
            let may = may.unwrap_or_else(|| must.clone());
            (must, may)
        });
        let (must, may): (Vec<_>, Vec<_>) = both.unzip();
        Self {
            must: join(must),
            may: Some(join(may)),
        }
    }
}
