use crate::check::{question, snapshot};
use crate::crm::{self, crm};
use crate::rows::{Rows, Table, listed};
use crate::worlds::{NOW_US, World, world};
use authz_service::engine::budget::Budget;
use authz_service::engine::check::{CheckError, Outcome, check};
use authz_service::engine::filter::{ContextualRelation, FilterError, FilterQuestion, filter};
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
            let predicate = match filter(&snapshot, &asked, NOW_US, &budget) {
                Ok(predicate) => predicate,
                Err(FilterError::Check(CheckError::Condition(failed))) => {
                    prop_assert!(world.has_wrong_context(), "{}", failed);
                    continue;
                }
                Err(_) => continue,
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
                let allowed = match allowed {
                    Err(CheckError::Condition(_)) => Ok(false),
                    other => other.map(|outcome| outcome == Outcome::Allowed),
                };
                prop_assert_eq!(
                    Ok(predicate.matches(&rows.row(record))),
                    allowed,
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
