//! What stays the same through one walk: the facts, who is asked about, and what may be spent.

use super::error::CheckError;
use super::facts::Facts;
use super::truth::Truth;
use crate::engine::budget::{Budget, Limit, Timer};
use crate::engine::condition::{ConditionError, Verdict};
use crate::engine::relationship::Context;
use crate::engine::schema::{Member, MemberId, SubjectForm};
use crate::engine::snapshot::{BoundCondition, Edge, Kind, Node, Subject};
use std::cell::{Cell, OnceCell};

/// Steps of a walk between looks at the clock: a tenth of a millisecond, or less.
const STEPS_BETWEEN_LOOKS: u64 = 1024;

/// One relation or permission of one object: what a walk asks whether the subject has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct State {
    pub(crate) member: MemberId,
    pub(crate) object: u32,
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) facts: Facts<'a>,
    pub(crate) subject: Subject,
    pub(crate) budget: Budget,
    context: &'a Context,
    timer: &'a Timer,
    nodes: Cell<u64>,
    edges: Cell<u64>,
    failure: OnceCell<ConditionError>,
}

/// Why a walk did not come to a value.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It ran into itself, or deep enough to need the slower way, which keeps no stack.
    NeedsSolver,
    /// There is no answer.
    Refused(Box<CheckError>),
}

impl From<CheckError> for Stop {
    fn from(error: CheckError) -> Self {
        Self::Refused(Box::new(error))
    }
}

impl<'a> Scope<'a> {
    pub(crate) fn new(
        facts: Facts<'a>,
        subject: Subject,
        context: &'a Context,
        budget: &Budget,
        timer: &'a Timer,
    ) -> Self {
        let (nodes, edges) = (Cell::new(0), Cell::new(0));
        Self {
            facts,
            subject,
            budget: *budget,
            context,
            timer,
            nodes,
            edges,
            failure: OnceCell::new(),
        }
    }

    /// Gives the next question of a batch the whole budget again, but for the time.
    pub(crate) fn renew_budget(&self) {
        self.nodes.set(0);
        self.edges.set(0);
    }

    /// A set is a member of itself.
    #[inline]
    pub(crate) fn is_subject(&self, state: State) -> bool {
        self.subject.member == Some(state.member) && self.subject.node.index == state.object
    }

    /// Whether the subject is the object that `state` is about, and not a set over it.
    pub(crate) fn is_object_itself(&self, state: State) -> Truth {
        let Subject { node, member } = self.subject;
        let object_type = self.member(state.member).owner;
        let object = Node {
            object_type,
            index: state.object,
        };
        if member.is_none() && node == object {
            Truth::Yes
        } else {
            Truth::No
        }
    }

    #[inline]
    pub(crate) fn kinds_of(&self, relation: MemberId) -> &[Kind] {
        self.facts.snapshot.layout().kinds_of(relation)
    }

    /// The edge that holds the subject itself, or everybody of its type.
    #[inline]
    pub(crate) fn direct_edge(&self, kind: Kind, resource: u32) -> Option<Edge<'_>> {
        self.facts.edge(kind, resource, self.held_as(kind)?)
    }

    /// The number under which a kind of edges holds the subject itself, or everybody of its type.
    #[inline]
    pub(crate) fn held_as(&self, kind: Kind) -> Option<u32> {
        let Subject { node, member } = self.subject;
        if kind.subject_type != node.object_type {
            return None;
        }
        match (kind.form, member) {
            (SubjectForm::Object, None) => Some(node.index),
            (SubjectForm::Wildcard, None) => Some(0),
            (SubjectForm::Set(held), Some(member)) if held == member => Some(node.index),
            _ => None,
        }
    }

    pub(crate) fn member(&self, id: MemberId) -> &Member {
        self.facts.snapshot.schema().member(id)
    }

    #[inline]
    pub(crate) fn spend_node(&self) -> Result<u64, CheckError> {
        self.spend(&self.nodes, Limit::Nodes, self.budget.nodes)
    }

    #[inline]
    pub(crate) fn spend_edge(&self) -> Result<u64, CheckError> {
        self.spend(&self.edges, Limit::Edges, self.budget.edges)
    }

    #[inline]
    fn spend(&self, spent: &Cell<u64>, limit: Limit, allowed: u64) -> Result<u64, CheckError> {
        let now = spent.get() + 1;
        spent.set(now);
        if now > allowed {
            return Err(CheckError::BudgetExceeded { limit, allowed });
        }
        if now.is_multiple_of(STEPS_BETWEEN_LOOKS) {
            self.require_time()?;
        }
        Ok(now)
    }

    fn require_time(&self) -> Result<(), CheckError> {
        if !self.timer.is_over() {
            return Ok(());
        }
        Err(CheckError::BudgetExceeded {
            limit: Limit::Time,
            allowed: self.timer.allowed(),
        })
    }

    pub(crate) fn exhausted_depth(&self) -> CheckError {
        CheckError::BudgetExceeded {
            limit: Limit::Depth,
            allowed: self.budget.depth.into(),
        }
    }

    /// Whether an edge counts. One whose condition fails to be evaluated may: what else there is
    /// decides, and where nothing does, [`missing`](Self::missing) tells the failure.
    #[inline]
    pub(crate) fn condition(&self, edge: &Edge<'_>) -> Result<Truth, CheckError> {
        edge.condition()
            .map_or(Ok(Truth::Yes), |bound| self.evaluate(bound))
    }

    /// The values that are missing to say whether an edge counts.
    ///
    /// # Errors
    /// Its condition fails whatever is missing, or the time is over.
    pub(crate) fn missing(&self, edge: &Edge<'_>) -> Result<Vec<Box<str>>, CheckError> {
        let Some(bound) = edge.condition() else {
            return Ok(Vec::new());
        };
        self.require_time()?;
        match self.verdict(bound)? {
            Verdict::Unknown(names) => Ok(names),
            Verdict::Holds | Verdict::Fails => Ok(Vec::new()),
        }
    }

    /// The first condition that could not be evaluated, if any.
    pub(crate) fn failure(&self) -> Option<&ConditionError> {
        self.failure.get()
    }

    fn evaluate(&self, bound: &BoundCondition) -> Result<Truth, CheckError> {
        self.require_time()?;
        Ok(match self.verdict(bound) {
            Ok(Verdict::Holds) => Truth::Yes,
            Ok(Verdict::Fails) => Truth::No,
            Ok(Verdict::Unknown(_)) => Truth::Maybe,
            Err(failure) => {
                self.failure.get_or_init(|| failure);
                Truth::Maybe
            }
        })
    }

    fn verdict(&self, bound: &BoundCondition) -> Result<Verdict, ConditionError> {
        let condition = self.facts.snapshot.schema().condition(bound.id);
        condition.evaluate(&bound.written, self.context)
    }
}
