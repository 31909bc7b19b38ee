//! The fast way: depth first on the machine's stack, without memory until a walk grows.

use super::error::CheckError;
use super::evaluate::{self, Resolve};
use super::scope::{Scope, State, Stop};
use super::solve;
use super::truth::Truth;
use crate::engine::schema::{Expr, MemberKind, SubjectForm};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// Values of states that are settled for good.
pub(crate) type Memo = FxHashMap<State, Truth>;

/// Deeper walks go to the solver. A level takes under 4 KiB of stack in a debug build (the test
/// `a_deep_chain_fits_a_worker_thread` runs on 1 MiB), where a worker thread has 2 MiB.
const MAX_STACKED: usize = 100;
/// Values are remembered only from this many states on: most questions look at fewer.
const FREE_OF_MEMO: u64 = 48;

/// One walk, or several of the same subject, context and contextual relationships.
#[derive(Debug)]
pub(crate) struct Walk<'s> {
    scope: &'s Scope<'s>,
    /// The states that are being evaluated, outermost first.
    path: SmallVec<[State; 16]>,
    memo: Memo,
    memo_from: u64,
}

impl<'s> Walk<'s> {
    pub(crate) fn new(scope: &'s Scope<'s>) -> Self {
        let (path, memo) = (SmallVec::new(), Memo::default());
        Self {
            scope,
            path,
            memo,
            memo_from: FREE_OF_MEMO,
        }
    }

    /// Remembers from the start: for many questions in a row.
    pub(crate) fn remembering(scope: &'s Scope<'s>) -> Self {
        Self {
            memo_from: 0,
            ..Self::new(scope)
        }
    }

    /// Whether the subject has the relation or permission.
    pub(crate) fn answer(&mut self, state: State) -> Result<Truth, CheckError> {
        self.run(|walk| walk.value(state), |_, root| root(state))
    }

    /// Whether the subject has a part of the permission `at`.
    pub(crate) fn answer_part(&mut self, at: State, expr: &'s Expr) -> Result<Truth, CheckError> {
        self.run(
            |walk| evaluate::expression(walk, at, expr),
            |scope, root| solve::mentioned(scope, at, expr, &mut |state, _| root(state)),
        )
    }

    /// Tries the fast way; where that stops, solves the `roots`, which the fast way then finds.
    fn run(
        &mut self,
        fast: impl Fn(&mut Self) -> Result<Truth, Stop>,
        roots: impl Fn(&'s Scope<'s>, &mut dyn FnMut(State)),
    ) -> Result<Truth, CheckError> {
        match self.afresh(&fast) {
            Ok(truth) => return Ok(truth),
            Err(Stop::Refused(error)) => return Err(*error),
            Err(Stop::NeedsSolver) => {}
        }
        let mut states = Vec::new();
        roots(self.scope, &mut |state| states.push(state));
        solve::solve(self.scope, &states, &mut self.memo)?;
        self.afresh(&fast).map_err(|stop| match stop {
            Stop::Refused(error) => *error,
            // INVARIANT: every root is in the memo now.
            Stop::NeedsSolver => self.scope.exhausted_depth(),
        })
    }

    /// A walk that did not come to its end has left its path behind.
    fn afresh(&mut self, fast: impl Fn(&mut Self) -> Result<Truth, Stop>) -> Result<Truth, Stop> {
        self.path.clear();
        fast(self)
    }

    /// A relation without sets is a leaf: it needs neither path nor memo.
    fn is_leaf(&self, state: State) -> bool {
        let is_set = |form| matches!(form, SubjectForm::Set(_));
        matches!(
            self.scope.member(state.member).kind,
            MemberKind::Relation(_)
        ) && !self
            .scope
            .kinds_of(state.member)
            .iter()
            .any(|kind| is_set(kind.form))
    }
}

impl<'s> Resolve<'s> for Walk<'s> {
    fn scope(&self) -> &'s Scope<'s> {
        self.scope
    }

    fn value(&mut self, state: State) -> Result<Truth, Stop> {
        if self.scope.is_subject(state) {
            return Ok(Truth::Yes);
        }
        let spent = self.scope.spend_node()?;
        if self.is_leaf(state) {
            return evaluate::state(self, state);
        }
        if !self.memo.is_empty()
            && let Some(truth) = self.memo.get(&state)
        {
            return Ok(*truth);
        }
        let most = MAX_STACKED.min(self.scope.budget.depth as usize);
        if self.path.len() >= most || self.path.contains(&state) {
            return Err(Stop::NeedsSolver);
        }
        self.path.push(state);
        let truth = evaluate::state(self, state)?;
        self.path.pop();
        if spent >= self.memo_from {
            // INVARIANT: a walk that meets a state of its own path stops, so that this value rests
            // on settled values alone.
            self.memo.insert(state, truth);
        }
        Ok(truth)
    }
}
