//! Many questions at one revision.

use super::contextual::Contextual;
use super::error::CheckError;
use super::facts::Facts;
use super::question::{Asked, Question};
use super::scope::Scope;
use super::walk::Walk;
use super::{Outcome, outcome};
use crate::engine::budget::{Budget, Timer};
use crate::engine::snapshot::Snapshot;
use smallvec::SmallVec;

/// More unknown objects than this begin a new run: their numbers are few.
const MAX_STRANGERS: usize = 512;

/// Answers many questions, in order, each with the whole budget, but for the time, which they share.
///
/// All names are looked up before the first walk. Neighbours that agree in subject, context and
/// contextual relationships share what their walks find out.
pub fn check_batch(
    snapshot: &Snapshot,
    questions: &[Question<'_>],
    now_us: i64,
    budget: &Budget,
) -> Vec<Result<Outcome, CheckError>> {
    let mut answers = Vec::with_capacity(questions.len());
    let timer = Timer::new(budget);
    for run in runs(snapshot, questions) {
        run.answer(snapshot, now_us, (budget, &timer), &mut answers);
    }
    answers
}

/// Neighbours that may share a walk.
struct Run<'a> {
    first: Question<'a>,
    contextual: Contextual<'a>,
    asked: SmallVec<[Result<Asked, CheckError>; 1]>,
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
            asked: SmallVec::new(),
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
        (budget, timer): (&Budget, &Timer),
        answers: &mut Vec<Result<Outcome, CheckError>>,
    ) {
        let Some(Ok(Asked { subject, .. })) = self.asked.first() else {
            answers.extend(self.asked.into_iter().filter_map(Result::err).map(Err));
            return;
        };
        let facts = Facts::new(snapshot, self.contextual, now_us);
        let scope = Scope::new(facts, *subject, self.first.context, budget, timer);
        let is_alone = self.asked.len() == 1;
        let mut walk = if is_alone {
            Walk::new(&scope)
        } else {
            Walk::remembering(&scope)
        };
        answers.extend(self.asked.into_iter().map(|asked| {
            scope.renew_budget();
            outcome(&scope, &mut walk, asked?.state())
        }));
    }
}
