//! Predicates as SQL on each database, held to their judgement in memory.

mod agreement;
mod world;

use super::{Condition, Listing, Shape, Unmapped};
use crate::query::{Filter, OrderBy};
use menshen_proto::authz::v1::Predicate;
use world::{COLUMNS, CONTACTS, CUSTOMERS, all_of, any_of, constant, held, ids, not, under, via};

fn unmapped(predicate: &Predicate) -> String {
    Condition::of(predicate, &CONTACTS).unwrap_err().to_string()
}

#[test]
fn relation_that_rows_do_not_hold_is_an_error_and_never_everything() {
    assert_eq!(
        unmapped(&held("owner", &["user:u1"])),
        "the rows of `contact` hold no relation `owner`; map it, or do not offer it to Filter"
    );
    assert_eq!(
        unmapped(&any_of(vec![constant(true), held("owner", &["user:u1"])])),
        "the rows of `contact` hold no relation `owner`; map it, or do not offer it to Filter"
    );
}

#[test]
fn way_to_another_type_must_be_mapped() {
    assert_eq!(
        unmapped(&via("customer", "team", constant(true))),
        "the relation `customer` of `contact` does not lead to rows of `team`; map it as foreign"
    );
    let inner = via("customer", "customer", held("rumour", &["user:u1"]));
    assert_eq!(
        unmapped(&inner),
        "the rows of `customer` hold no relation `rumour`; map it, or do not offer it to Filter"
    );
}

#[test]
fn predicate_without_a_kind_or_without_end_is_refused() {
    assert_eq!(
        Condition::of(&Predicate::default(), &CUSTOMERS).unwrap_err(),
        Unmapped::Kind
    );
    let deep = (0..60).fold(held("owner", &["user:u1"]), |inner, _| {
        all_of(vec![not(inner)])
    });
    assert_eq!(
        Condition::of(&deep, &CUSTOMERS).unwrap_err(),
        Unmapped::TooDeep
    );
}

#[test]
fn subject_that_no_column_can_hold_selects_nothing() {
    for subject in [
        "user:*",
        "user:u1#member",
        "team:u1",
        "user:",
        "user",
        "users:u1",
    ] {
        let condition = Condition::of(&held("owner", &[subject]), &CUSTOMERS).unwrap();
        assert!(condition.is_never(), "{subject}");
    }
}

#[test]
fn fixed_relation_is_a_constant() {
    let of = |subject| Condition::of(&held("module", &[subject]), &CUSTOMERS).unwrap();
    assert!(of("module:customers").is_always());
    assert!(of("module:sales").is_never());
}

fn listing<'a>(predicate: &Predicate, filter: &'a Filter) -> Listing<'a> {
    Listing::new(
        &CUSTOMERS,
        predicate,
        "c.deleted_at IS NULL",
        COLUMNS,
        filter,
    )
    .unwrap()
}

#[test]
fn who_sees_everything_or_nothing_needs_no_count_of_their_reach() {
    let filter = Filter::default();
    let everything = listing(&constant(true), &filter);
    assert!(everything.reach().is_none() && !everything.is_empty());
    let nothing = listing(&any_of(vec![]), &filter);
    assert!(nothing.is_empty());
    // All but a few: found by the order alone.
    assert!(listing(&not(ids(&["c1"])), &filter).reach().is_none());
}

#[test]
fn restriction_is_looked_at_and_reach_is_found() {
    let filter = Filter::default();
    let predicate = all_of(vec![
        not(ids(&["c9"])),
        any_of(vec![
            held("owner", &["user:u1"]),
            under("department", &["D1", "D2"]),
        ]),
    ]);
    let reach = listing(&predicate, &filter).reach().unwrap();
    // The owner, and the list of departments.
    assert_eq!(reach.bound(), 2);
    let order = COLUMNS.order(
        &OrderBy::default(),
        &OrderBy::parse("created_at desc").unwrap(),
        "id",
    );
    let page = listing(&predicate, &filter)
        .page(Shape::Branches, "c.id", &order.unwrap(), None, 50)
        .unwrap();
    // Three branches, one for the owner and one for each department: what finds it, the restriction.
    assert_eq!(page.bound(), 6);
}

#[test]
fn shape_follows_the_reach() {
    assert_eq!(Shape::for_reach(0), Shape::Branches);
    assert_eq!(Shape::for_reach(1_999), Shape::Branches);
    assert_eq!(Shape::for_reach(2_000), Shape::Walk);
}
