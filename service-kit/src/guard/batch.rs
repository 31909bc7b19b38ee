//! The questions of one call, asked together so that they are answered at one revision.

use super::decider::{Answer, Question};
use super::plan::{Plan, Right};
use super::refusal;
use crate::status;
use menshen_proto::authz::v1::{Denial, Layer, Relationship};
use menshen_proto::rules::FieldRule;
use tonic::Status;

/// Questions being collected.
#[derive(Default)]
pub(super) struct Batch {
    questions: Vec<Question>,
    rights: Vec<(Right, Slot)>,
}

/// The place of a question, and later of its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot(usize);

/// The answers, one for each question.
pub(super) struct Answers {
    answers: Vec<Answer>,
    rights: Vec<(Right, Slot)>,
}

impl Batch {
    /// Begins with the rights to read what the method answers.
    pub(super) fn reading(plan: &Plan) -> Self {
        let mut batch = Self::default();
        for right in &plan.read_rights {
            batch.ask_right(*right);
        }
        batch
    }

    /// Asks whether the caller holds a permission on a resource of which these facts are true.
    pub(super) fn ask(&mut self, permission: &str, resource: &str, facts: &[Relationship]) -> Slot {
        self.questions.push(Question {
            subject: String::new(),
            permission: permission.to_owned(),
            resource: resource.to_owned(),
            contextual: facts.to_vec(),
        });
        Slot(self.questions.len() - 1)
    }

    /// Asks for a right to a field, once.
    pub(super) fn ask_right(&mut self, right: Right) {
        if self.rights.iter().all(|(asked, _)| *asked != right) {
            let slot = self.ask(right.permission, right.resource, &[]);
            self.rights.push((right, slot));
        }
    }

    /// Asks for the rights to write fields.
    pub(super) fn ask_writes(&mut self, fields: &[&'static FieldRule]) {
        for field in fields {
            self.ask_right(Right {
                permission: field.write,
                resource: field.resource,
            });
        }
    }

    /// The questions, and what remembers their places.
    pub(super) fn into_parts(self) -> (Vec<Question>, Vec<(Right, Slot)>) {
        (self.questions, self.rights)
    }
}

impl Answers {
    /// Holds the answers to as many questions.
    ///
    /// # Errors
    /// INTERNAL where their number differs: then no answer belongs to its question.
    pub(super) fn of(
        answers: Vec<Answer>,
        questions: usize,
        rights: Vec<(Right, Slot)>,
    ) -> Result<Self, Status> {
        if answers.len() == questions {
            return Ok(Self { answers, rights });
        }
        let given = answers.len();
        Err(status::internal_message(&format!(
            "the decider gave {given} answers to {questions} questions"
        )))
    }

    /// Whether this was allowed.
    pub(super) fn allows(&self, slot: Slot) -> bool {
        matches!(self.answers.get(slot.0), Some(Answer::Allowed))
    }

    /// Why this was denied, and the decision's id.
    pub(super) fn denial(&self, slot: Slot) -> Option<(&Denial, &str)> {
        match self.answers.get(slot.0) {
            Some(Answer::Denied(denial, decision_id)) => Some((denial, decision_id)),
            _ => None,
        }
    }

    /// Why this was denied, if it was for lack of access or function: that is the same for every
    /// record of the type and gives none of them away.
    pub(super) fn general_denial(&self, slot: Slot) -> Option<(&Denial, &str)> {
        self.denial(slot)
            .filter(|(denial, _)| matches!(denial.layer(), Layer::Access | Layer::Function))
    }

    /// The fields of the answer that the caller may not read.
    pub(super) fn hidden(&self, plan: &Plan) -> Vec<&'static FieldRule> {
        plan.readable
            .iter()
            .copied()
            .filter(|field| !self.may_read(field))
            .collect()
    }

    /// Refuses the first of these fields that the caller may not write.
    ///
    /// # Errors
    /// `PERMISSION_DENIED`, layer FIELD, naming the field.
    pub(super) fn admit_writes(&self, fields: &[&'static FieldRule]) -> Result<(), Status> {
        for field in fields {
            let slot = self.right(field.write, field.resource);
            if slot.is_none_or(|slot| !self.allows(slot)) {
                return Err(refusal::unwritable(
                    field,
                    slot.and_then(|slot| self.denial(slot)),
                ));
            }
        }
        Ok(())
    }

    /// Refuses a field that the caller may not read.
    ///
    /// # Errors
    /// `PERMISSION_DENIED`, layer FIELD, naming the field.
    pub(super) fn admit_read(&self, field: &FieldRule) -> Result<(), Status> {
        if self.may_read(field) {
            return Ok(());
        }
        let slot = self.right(field.read, field.resource);
        Err(refusal::unreadable(
            field,
            slot.and_then(|slot| self.denial(slot)),
        ))
    }

    /// Whether the caller may read a field.
    pub(super) fn may_read(&self, field: &FieldRule) -> bool {
        self.right(field.read, field.resource)
            .is_some_and(|slot| self.allows(slot))
    }

    fn right(&self, permission: &str, resource: &str) -> Option<Slot> {
        self.rights
            .iter()
            .find(|(right, _)| right.permission == permission && right.resource == resource)
            .map(|(_, slot)| *slot)
    }
}
