//! A question about every record of a type.

use super::check::{Moment, values};
use super::{Asker, consistency, contextual, denial, refused};
use crate::engine::budget::Budget;
use crate::engine::check::{CheckError, Question};
use crate::engine::filter::{ContextualRelation, FilterError, FilterQuestion, Predicate, filter};
use crate::engine::reference::{ObjectRef, SubjectRef};
use crate::engine::relationship::Relationship;
use crate::refusal::{Refusal, Violation};
use menshen_proto::authz::v1 as proto;
use menshen_proto::authz::v1::{FilterRequest, FilterResponse, Layer};

/// Most contextual relations of one question.
const MAX_RELATIONS: usize = 100;
/// Most subjects that every record holds in common, over all relations.
const MAX_FIXED_SUBJECTS: usize = 100;

/// Answers with the condition that selects the records.
///
/// # Errors
/// See the RPC `Filter`.
pub fn answer(
    moment: Moment<'_>,
    asker: Asker<'_>,
    request: &FilterRequest,
) -> Result<FilterResponse, Refusal> {
    consistency::require(moment.head, request.consistency.as_ref())?;
    let relations = relations(asker, &request.contextual_relations)?;
    let context = values(request.context.as_ref())?;
    let question = FilterQuestion {
        subject: asker.subject_or(&request.subject),
        permission: &request.permission,
        resource_type: &request.resource_type,
        contextual: &relations,
        context: &context,
    };
    let selected = filter(
        &moment.head.snapshot,
        &question,
        moment.now_us,
        &Budget::default(),
    );
    let selected = selected.map_err(|error| unanswered(&error))?;
    let locked_out = moment.register.is_locked_out(question.subject);
    let selected = if locked_out {
        Predicate::None
    } else {
        selected
    };
    let denial = match selected {
        Predicate::None if locked_out => Some(denial::locked_out(question.subject)),
        Predicate::None => denied_everywhere(moment, &question)?,
        _ => None,
    };
    Ok(FilterResponse {
        predicate: Some(message(selected)),
        evaluated_at: moment.head.token.to_string(),
        decision_id: moment.ids.next(moment.now_us),
        denial,
    })
}

/// Reads the contextual relations, and holds them to what the calling service is registered for.
fn relations(
    asker: Asker<'_>,
    given: &[proto::ContextualRelation],
) -> Result<Vec<ContextualRelation>, Refusal> {
    let subjects: usize = given.iter().map(|one| one.fixed_subjects.len()).sum();
    if given.len() > MAX_RELATIONS || subjects > MAX_FIXED_SUBJECTS {
        let problem = format!(
            "must be at most {MAX_RELATIONS} with {MAX_FIXED_SUBJECTS} fixed subjects (got {} with \
             {subjects})",
            given.len()
        );
        return Err(Refusal::field("contextual_relations", problem));
    }
    let mut read = Vec::with_capacity(given.len());
    let mut wrong = Vec::new();
    for (position, one) in given.iter().enumerate() {
        contextual::may_assert(asker, &one.resource_type, &one.relation)?;
        let mut fixed = Vec::with_capacity(one.fixed_subjects.len());
        for (place, text) in one.fixed_subjects.iter().enumerate() {
            match SubjectRef::parse(text) {
                Ok(subject) => fixed.push(subject),
                Err(error) => {
                    let at = format!("contextual_relations[{position}].fixed_subjects[{place}]");
                    wrong.push(Violation::new(at, error.to_string()));
                }
            }
        }
        read.push(ContextualRelation {
            resource_type: one.resource_type.clone(),
            relation: one.relation.clone(),
            fixed: (!fixed.is_empty()).then_some(fixed),
        });
    }
    if wrong.is_empty() {
        Ok(read)
    } else {
        Err(Refusal::Invalid(wrong))
    }
}

/// Why no record is selected, where access or function is missing: asked about a record that nobody
/// has heard of, of which only what all records have in common is known. That such a record is out of
/// reach, too, says nothing and is left out.
fn denied_everywhere(
    moment: Moment<'_>,
    question: &FilterQuestion<'_>,
) -> Result<Option<proto::Denial>, Refusal> {
    let unheard_of = moment.ids.next(moment.now_us);
    let resource = ObjectRef::new(question.resource_type, &unheard_of);
    let resource = resource.map_err(Refusal::internal)?;
    let text = resource.to_string();
    let facts = in_common(question, &resource);
    let about_it = Question {
        subject: question.subject,
        permission: question.permission,
        resource: &text,
        contextual: &facts,
        context: question.context,
    };
    let snapshot = &moment.head.snapshot;
    let found = denial::explain_kind(snapshot, &about_it, question.resource_type, moment.now_us);
    let mut found = found.map_err(|error| refused(&error))?;
    let is_about_all =
        |operand: &proto::FailedOperand| matches!(operand.layer(), Layer::Access | Layer::Function);
    found.failed.retain(is_about_all);
    let layer = Layer::try_from(found.layer).unwrap_or_default();
    Ok(matches!(layer, Layer::Access | Layer::Function).then_some(found))
}

/// What every record of the type says of itself.
fn in_common(question: &FilterQuestion<'_>, resource: &ObjectRef) -> Vec<Relationship> {
    let own = question.contextual.iter();
    let own = own.filter(|one| one.resource_type == question.resource_type);
    own.flat_map(|one| {
        let subjects = one.fixed.iter().flatten();
        subjects.map(|subject| Relationship {
            resource: resource.clone(),
            relation: one.relation.as_str().into(),
            subject: subject.clone(),
            condition: None,
            expires_at_us: None,
        })
    })
    .collect()
}

fn unanswered(error: &FilterError) -> Refusal {
    match error {
        FilterError::Check(CheckError::UnknownType { name, .. }) => {
            Refusal::field("resource_type", format!("`{name}`: {error}"))
        }
        FilterError::Check(error) => refused(error),
        FilterError::Recursive { .. } => Refusal::field("permission", error.to_string()),
        _ => Refusal::field("contextual_relations", error.to_string()),
    }
}

fn message(predicate: Predicate) -> proto::Predicate {
    use proto::predicate::Kind;
    let texts = |objects: Vec<ObjectRef>| objects.iter().map(ToString::to_string).collect();
    let several = |operands: Vec<Predicate>| proto::Predicates {
        predicates: operands.into_iter().map(message).collect(),
    };
    let kind = match predicate {
        Predicate::All => Kind::Constant(true),
        Predicate::None => Kind::Constant(false),
        Predicate::Ids(ids) => Kind::Ids(proto::IdsPredicate { ids }),
        Predicate::In { relation, subjects } => {
            let subjects = subjects.iter().map(ToString::to_string).collect();
            Kind::In(proto::InPredicate { relation, subjects })
        }
        Predicate::Under {
            relation,
            roots,
            through,
            members,
        } => Kind::Under(proto::UnderPredicate {
            relation,
            roots: texts(roots),
            through,
            members: texts(members),
        }),
        Predicate::Via {
            relation,
            resource_type,
            predicate,
        } => Kind::Via(Box::new(proto::ViaPredicate {
            relation,
            resource_type,
            predicate: Some(Box::new(message(*predicate))),
        })),
        Predicate::And(operands) => Kind::AllOf(several(operands)),
        Predicate::Or(operands) => Kind::AnyOf(several(operands)),
        Predicate::Not(operand) => Kind::Not(Box::new(message(*operand))),
    };
    proto::Predicate { kind: Some(kind) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::relationship::Context;

    #[test]
    fn context_of_a_record_is_what_all_have_in_common() {
        let relation = |resource_type: &str, name: &str, fixed: Option<&str>| ContextualRelation {
            resource_type: resource_type.to_owned(),
            relation: name.to_owned(),
            fixed: fixed.map(|text| vec![SubjectRef::parse(text).unwrap()]),
        };
        let relations = [
            relation("customer", "module", Some("module:customers")),
            relation("customer", "owner", None),
            relation("contact", "module", Some("module:contacts")),
        ];
        let question = FilterQuestion {
            subject: "user:a",
            permission: "view",
            resource_type: "customer",
            contextual: &relations,
            context: &Context::new(),
        };
        let facts = in_common(&question, &ObjectRef::parse("customer:1").unwrap());
        assert_eq!(facts.len(), 1);
        assert_eq!(&*facts[0].relation, "module");
    }
}
