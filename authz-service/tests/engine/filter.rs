use crate::check::{question, snapshot};
use crate::crm::{self, crm};
use crate::rows::{Rows, Table, listed};
use crate::worlds::{NOW_US, World, world};
use authz_service::engine::budget::Budget;
use authz_service::engine::check::{Outcome, check};
use authz_service::engine::filter::{ContextualRelation, FilterQuestion, filter};
use proptest::prelude::*;

/// Every filter of a world against Check on every record.
fn filters_agree(
    world: &World,
    listed: &[ContextualRelation],
    rows: &Rows,
) -> Result<(), TestCaseError> {
    let snapshot = snapshot(world, &world.facts);
    let contextual = rows.relationships();
    let budget = Budget::default();
    for subject in &world.subjects {
        for (resource_type, id) in world.members() {
            let permission = &*world.schema.member(id).name;
            let subject = subject.to_string();
            let asked = FilterQuestion {
                subject: &subject,
                permission,
                resource_type,
                contextual: listed,
                context: &world.context,
            };
            let Ok(predicate) = filter(&snapshot, &asked, NOW_US, &budget) else {
                continue;
            };
            for record in world
                .objects()
                .iter()
                .filter(|one| one.object_type() == resource_type)
            {
                let asked = [subject.clone(), permission.to_owned(), record.to_string()];
                let allowed = check(
                    &snapshot,
                    &question(&asked, world, &contextual),
                    NOW_US,
                    &budget,
                );
                prop_assert_eq!(
                    Ok(predicate.matches(&rows.row(record))),
                    allowed.map(|outcome| outcome == Outcome::Allowed),
                    "{:?} {:#?}\n{:?}\n{}\n{:#?}\n{:#?}",
                    asked,
                    predicate,
                    listed,
                    world.schema.text(),
                    world.facts,
                    contextual
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn filter_selects_exactly_what_check_allows((world, table) in crm().prop_flat_map(|world| {
        let table = listed(&world, &crm::CONTEXTUAL, 3..=crm::CONTEXTUAL.len());
        (Just(world), table)
    })) {
        let Table { listed, rows } = table;
        filters_agree(&world, &listed, &rows)?;
    }

    #[test]
    fn filter_never_selects_wrongly_whatever_the_schema((world, table) in world().prop_flat_map(|world| {
        let all = [("paper", "direct"), ("paper", "open"), ("paper", "above"), ("group", "above")];
        let table = listed(&world, &all, 1..=3);
        (Just(world), table)
    })) {
        let Table { listed, rows } = table;
        filters_agree(&world, &listed, &rows)?;
    }
}
