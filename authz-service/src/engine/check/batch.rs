//! Many questions at one revision.

use super::contextual::Contextual;
use super::error::CheckError;
use super::facts::Facts;
use super::question::{Asked, Question};
use super::scope::Scope;
use super::walk::Walk;
use super::{Outcome, outcome};
use crate::engine::budget::Budget;
use crate::engine::snapshot::Snapshot;

/// More unknown objects than this begin a new run: their numbers are few.
const MAX_STRANGERS: usize = 512;

/// Answers many questions, in order, each with the whole budget.
///
/// All names are looked up before the first walk. Neighbours that agree in subject, context and
/// contextual relationships share what their walks find out.
pub fn check_batch(
    snapshot: &Snapshot,
    questions: &[Question<'_>],
    now_us: i64,
    budget: &Budget,
) -> Vec<Result<Outcome, CheckError>> {
    let runs = runs(snapshot, questions);
    runs.into_iter()
        .flat_map(|run| run.answer(snapshot, now_us, budget))
        .collect()
}

/// Neighbours that may share a walk.
struct Run<'a> {
    first: Question<'a>,
    contextual: Contextual<'a>,
    asked: Vec<Result<Asked, CheckError>>,
}

fn runs<'a>(snapshot: &Snapshot, questions: &[Question<'a>]) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'a>> = Vec::new();
    for question in questions {
        if let Some(run) = runs.last_mut().filter(|run| run.takes(question)) {
            run.asked
                .push(question.asked(snapshot, &mut run.contextual));
            continue;
        }
        let mut run = Run {
            first: *question,
            contextual: Contextual::default(),
            asked: vec![],
        };
        run.asked.push(
            Contextual::new(snapshot, question.contextual).and_then(|contextual| {
                run.contextual = contextual;
                question.asked(snapshot, &mut run.contextual)
            }),
        );
        runs.push(run);
    }
    runs
}

impl<'a> Run<'a> {
    /// Compared by value: a joined or hashed key could confuse two contexts.
    fn takes(&self, question: &Question<'a>) -> bool {
        // A failed first question says nothing about the contextual relationships.
        self.asked.first().is_some_and(Result::is_ok)
            && self.contextual.strangers() < MAX_STRANGERS
            && self.first.subject == question.subject
            && self.first.contextual == question.contextual
            && self.first.context == question.context
    }

    fn answer(
        self,
        snapshot: &Snapshot,
        now_us: i64,
        budget: &Budget,
    ) -> Vec<Result<Outcome, CheckError>> {
        let Some(Ok(Asked { subject, .. })) = self.asked.first() else {
            return self
                .asked
                .into_iter()
                .filter_map(Result::err)
                .map(Err)
                .collect();
        };
        let facts = Facts::new(snapshot, self.contextual, now_us);
        let scope = Scope::new(facts, *subject, self.first.context, budget);
        let mut walk = if self.asked.len() > 1 {
            Walk::remembering(&scope)
        } else {
            Walk::new(&scope)
        };
        let answer = |asked: Result<Asked, CheckError>| {
            scope.renew_budget();
            outcome(&scope, &mut walk, asked?.state())
        };
        self.asked.into_iter().map(answer).collect()
    }
}
