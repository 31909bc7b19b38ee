use crate::check::{agrees, snapshot};
use crate::worlds::world;
use authz_service::engine::snapshot::{Change, Snapshot};
use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Clone, Debug)]
enum Step {
    Write(Index),
    Delete(Index),
    Merge,
    /// A merge in the background: what comes meanwhile is applied to its result again.
    SlowMerge(Vec<(bool, Index)>),
}

fn step() -> impl Strategy<Value = Step> {
    let change = (any::<bool>(), any::<Index>());
    prop_oneof![
        6 => any::<Index>().prop_map(Step::Write),
        3 => any::<Index>().prop_map(Step::Delete),
        1 => Just(Step::Merge),
        1 => prop::collection::vec(change, 0..4).prop_map(Step::SlowMerge),
    ]
}

fn listed(snapshot: &Snapshot) -> Vec<String> {
    let mut all: Vec<_> = snapshot
        .relationships()
        .map(|fact| fact.to_string())
        .collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn any_history_equals_a_fresh_build(
        world in world(),
        start in any::<Index>(),
        steps in prop::collection::vec(step(), 0..30),
    ) {
        prop_assume!(!world.facts.is_empty());
        let mut facts = world.facts[..start.index(world.facts.len())].to_vec();
        let mut current = snapshot(&world, &facts);
        let mut revision = 1;
        let mut change = |write: bool, pick: &Index| {
            let fact = pick.get(&world.facts).clone();
            if write {
                facts.push(fact.clone());
                return Change::Write(fact);
            }
            facts.retain(|old| (&old.resource, &old.relation, &old.subject)
                != (&fact.resource, &fact.relation, &fact.subject));
            Change::Delete { resource: fact.resource, relation: fact.relation, subject: fact.subject }
        };
        for step in &steps {
            revision += 1;
            current = match step {
                Step::Write(pick) => current.apply(revision, &[change(true, pick)]).unwrap(),
                Step::Delete(pick) => current.apply(revision, &[change(false, pick)]).unwrap(),
                Step::Merge => current.merged().unwrap(),
                Step::SlowMerge(meanwhile) => {
                    let changes: Vec<_> =
                        meanwhile.iter().map(|(write, pick)| change(*write, pick)).collect();
                    current.merged().unwrap().apply(revision, &changes).unwrap()
                }
            };
        }
        let fresh = snapshot(&world, &facts);
        prop_assert_eq!(listed(&current), listed(&fresh));
        prop_assert_eq!(current.relationship_count(), fresh.relationship_count());
        prop_assert_eq!(listed(&current.with_schema(world.schema.clone()).unwrap()), listed(&fresh));
        let world = crate::worlds::World { facts, ..world };
        agrees(&world, &current, &[])?;
    }
}
