use crate::oracle::{Failed, Oracle, Value};
use crate::worlds::{NOW_US, World, world};
use authz_service::engine::budget::Budget;
use authz_service::engine::check::{CheckError, Outcome, Question, check, check_batch};
use authz_service::engine::reference::ObjectRef;
use authz_service::engine::relationship::Relationship;
use authz_service::engine::schema::MemberId;
use authz_service::engine::snapshot::Snapshot;
use proptest::prelude::*;

/// Subject, permission, resource: everything that can be asked in a world, in the oracle's words.
pub(crate) fn answers(world: &World) -> Vec<([String; 3], Result<Outcome, Failed>)> {
    let mut answers = Vec::new();
    for subject in &world.subjects {
        let asked = (subject, &world.context, NOW_US);
        let oracle = Oracle::new(&world.schema, &world.facts, asked, world.objects());
        for (object_type, id) in world.members() {
            let name = &world.schema.member(id).name;
            for object in world.objects() {
                if object.object_type() == object_type {
                    let asked = [subject.to_string(), name.to_string(), object.to_string()];
                    answers.push((asked, outcome(&oracle, &object, id)));
                }
            }
        }
    }
    answers
}

pub(crate) fn question<'a>(
    asked: &'a [String; 3],
    world: &'a World,
    contextual: &'a [Relationship],
) -> Question<'a> {
    let [subject, permission, resource] = asked;
    Question {
        subject,
        permission,
        resource,
        contextual,
        context: &world.context,
    }
}

/// The same questions without the answers.
fn questions(world: &World) -> Vec<[String; 3]> {
    let mut questions = Vec::new();
    for subject in &world.subjects {
        for (object_type, id) in world.members() {
            let name = &world.schema.member(id).name;
            let objects = world.objects().into_iter();
            let objects = objects.filter(|object| object.object_type() == object_type);
            questions.extend(
                objects.map(|object| [subject.to_string(), name.to_string(), object.to_string()]),
            );
        }
    }
    questions
}

fn outcome(oracle: &Oracle<'_>, object: &ObjectRef, id: MemberId) -> Result<Outcome, Failed> {
    match oracle.value(object, id) {
        Value::Yes => Ok(Outcome::Allowed),
        Value::No => Ok(Outcome::Denied),
        Value::Maybe => oracle.missing(object, id).map(Outcome::Conditional),
    }
}

/// Which condition failed is the engine's to say.
fn in_short(found: &Result<Outcome, CheckError>) -> Result<Outcome, Failed> {
    match found {
        Ok(outcome) => Ok(outcome.clone()),
        Err(CheckError::Condition(_)) => Err(Failed),
        Err(other) => panic!("{other}"),
    }
}

/// Every question, with these relationships stored and those contextual: one by one, and all in one
/// batch, which shares what it finds out.
pub(crate) fn agrees(
    world: &World,
    snapshot: &Snapshot,
    contextual: &[Relationship],
) -> Result<(), TestCaseError> {
    let budget = Budget::default();
    let answers = answers(world);
    let questions: Vec<_> = answers
        .iter()
        .map(|(asked, _)| question(asked, world, contextual))
        .collect();
    let batch = check_batch(snapshot, &questions, NOW_US, &budget);
    for ((question, (_, expected)), together) in questions.iter().zip(&answers).zip(&batch) {
        let alone = check(snapshot, question, NOW_US, &budget);
        for found in [&alone, together] {
            prop_assert_eq!(
                &in_short(found),
                expected,
                "{:?} {}\n{:#?}",
                question,
                world.schema.text(),
                &world.facts
            );
        }
    }
    Ok(())
}

pub(crate) fn snapshot(world: &World, facts: &[Relationship]) -> Snapshot {
    Snapshot::build(world.schema.clone(), 1, facts.iter().cloned()).unwrap()
}

/// The last of each identity: a question may not contradict itself.
fn each_once(facts: &[Relationship]) -> Vec<Relationship> {
    let mut kept: Vec<Relationship> = Vec::new();
    for fact in facts {
        kept.retain(|old| !old.is_same(fact));
        kept.push(fact.clone());
    }
    kept
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn check_gives_the_least_fixed_point(world in world()) {
        agrees(&world, &snapshot(&world, &world.facts), &[])?;
    }

    #[test]
    fn contextual_relationships_count_like_stored_ones(world in world(), split in any::<prop::sample::Index>()) {
        let (stored, contextual) = world.facts.split_at(split.index(world.facts.len() + 1));
        agrees(&world, &snapshot(&world, stored), &each_once(contextual))?;
    }

    #[test]
    fn batch_answers_like_single_questions(
        world in world(),
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0usize..3), 1..40),
    ) {
        let (stored, contextual) = world.facts.split_at(world.facts.len() / 2);
        let contextual = &*each_once(contextual);
        let snapshot = snapshot(&world, stored);
        let asked = questions(&world);
        let fewer = &contextual[contextual.len() / 2..];
        let questions: Vec<_> = picks.iter().map(|(pick, context)| {
            let contextual = [contextual, fewer, &[]][*context];
            question(pick.get(&asked), &world, contextual)
        }).collect();
        let budget = Budget::default();
        let single: Vec<_> = questions.iter().map(|one| check(&snapshot, one, NOW_US, &budget)).collect();
        prop_assert_eq!(check_batch(&snapshot, &questions, NOW_US, &budget), single);
    }
}
