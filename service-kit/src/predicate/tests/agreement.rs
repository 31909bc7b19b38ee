//! Random predicates over random rows: the SQL selects what the judgement in memory selects, in both
//! spellings, both shapes, pages of any size, counts included.

use super::world::{
    COLUMNS, CONTACTS, CUSTOMERS, Contact, ContactRow, Customer, World, all_of, any_of, constant,
    create, held, ids, not, under, via,
};
use crate::db::Db;
use crate::db::scratch::Scratch;
use crate::predicate::matches::matches;
use crate::predicate::write::Spelling;
use crate::predicate::{Condition, Listing, Mapping, Shape};
use crate::query::{Filter, OrderBy, Sql};
use menshen_proto::authz::v1::Predicate;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

const CASES: u32 = 150;

fn some_of(names: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(names), 0..4)
}

fn named(prefix: &'static str, count: usize) -> impl Strategy<Value = Option<String>> {
    prop::option::of((0..count).prop_map(move |number| format!("{prefix}{number}")))
}

fn leaf() -> impl Strategy<Value = Predicate> {
    const USERS: &[&str] = &[
        "user:u0",
        "user:u1",
        "user:u2",
        "user:*",
        "user:u1#x",
        "team:u0",
    ];
    const TEAMS: &[&str] = &[
        "team:t0#member",
        "team:t1#member",
        "team:t2#member",
        "team:t0",
    ];
    prop_oneof![
        any::<bool>().prop_map(constant),
        some_of(USERS).prop_map(|subjects| held("owner", &subjects)),
        some_of(&["D0", "D1", "D2"]).prop_map(|members| under("department", &members)),
        some_of(TEAMS).prop_map(|subjects| held("team", &subjects)),
        some_of(&["module:customers", "module:sales"])
            .prop_map(|subjects| held("module", &subjects)),
        some_of(&["r0", "r1", "r2", "r3", "absent"]).prop_map(|wanted| ids(&wanted)),
    ]
}

fn combined(leaf: impl Strategy<Value = Predicate> + 'static) -> impl Strategy<Value = Predicate> {
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(all_of),
            prop::collection::vec(inner.clone(), 0..4).prop_map(any_of),
            inner.prop_map(not),
        ]
    })
}

fn contact_predicate() -> impl Strategy<Value = Predicate> {
    combined(prop_oneof![
        some_of(&["user:u0", "user:u1"]).prop_map(|subjects| held("creator", &subjects)),
        some_of(&["customer:r0", "customer:r1"]).prop_map(|subjects| held("customer", &subjects)),
        some_of(&["r0", "r1"]).prop_map(|wanted| ids(&wanted)),
        combined(leaf()).prop_map(|inner| via("customer", "customer", inner)),
    ])
}

fn customers() -> impl Strategy<Value = Vec<Customer>> {
    let teams = prop::collection::btree_set(prop::sample::select(vec!["t0", "t1", "t2"]), 0..3);
    let one = (
        named("u", 3),
        named("D", 3),
        teams,
        named("L", 2),
        0..4_i64,
        prop::bool::weighted(0.2),
    );
    prop::collection::vec(one, 0..12).prop_map(|rows| {
        let number = rows.into_iter().enumerate();
        number
            .map(
                |(index, (owner, department, teams, level, created_at, is_deleted))| Customer {
                    id: format!("r{index}"),
                    owner,
                    department,
                    teams: teams.into_iter().map(str::to_owned).collect(),
                    level,
                    created_at,
                    is_deleted,
                },
            )
            .collect()
    })
}

fn world() -> impl Strategy<Value = World> {
    let contacts = prop::collection::vec((named("r", 14), named("u", 3)), 0..10);
    (customers(), contacts).prop_map(|(customers, contacts)| {
        let contacts = contacts.into_iter().enumerate();
        let contacts = contacts
            .map(|(index, (customer, creator))| Contact {
                id: format!("r{index}"),
                customer,
                creator,
            })
            .collect();
        World {
            customers,
            contacts,
        }
    })
}

async fn selected(
    db: &Db,
    predicate: &Predicate,
    mapping: &'static Mapping,
    spelling: Spelling,
) -> Vec<String> {
    let condition = Condition::of(predicate, mapping).unwrap();
    let mut sql = Sql::new("SELECT ");
    sql.push(mapping.id)
        .push(" FROM ")
        .push(mapping.table)
        .push(" WHERE ");
    condition.write(mapping.id, spelling, &mut sql);
    let rows: Vec<(String,)> = db.fetch_all(sql.into_stmt()).await.unwrap();
    let mut ids: Vec<_> = rows.into_iter().map(|(id,)| id).collect();
    ids.sort_unstable();
    ids
}

/// Every page of a list, in order, and its count.
async fn listed(db: &Db, listing: &Listing<'_>, shape: Shape, world: &World) -> (Vec<String>, i64) {
    let order = OrderBy::parse("created_at desc").unwrap();
    let order = COLUMNS.order(&order, &OrderBy::default(), "id").unwrap();
    let (mut ids, mut place) = (Vec::new(), None::<Vec<Value>>);
    loop {
        let page = listing
            .page(shape, "c.id", &order, place.as_deref(), 3)
            .unwrap();
        let rows: Vec<(String,)> = db.fetch_all(page).await.unwrap();
        let Some((last,)) = rows.last() else { break };
        let last = world
            .customers
            .iter()
            .find(|customer| customer.id == *last)
            .unwrap();
        place = Some(vec![json!(last.created_at), json!(last.id)]);
        ids.extend(rows.into_iter().map(|(id,)| id));
    }
    let (count,) = db
        .fetch_one::<(i64,)>(listing.count(shape, None).unwrap())
        .await
        .unwrap();
    let (capped,) = db
        .fetch_one::<(i64,)>(listing.count(shape, Some(2)).unwrap())
        .await
        .unwrap();
    assert_eq!(capped, count.min(2));
    (ids, count)
}

fn expected_list(predicate: &Predicate, world: &World, level: Option<&str>) -> Vec<String> {
    let mut rows: Vec<_> = world
        .customers
        .iter()
        .filter(|row| !row.is_deleted && matches(predicate, *row).unwrap())
        .filter(|row| level.is_none_or(|level| row.level.as_deref() == Some(level)))
        .collect();
    rows.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
    rows.into_iter().map(|row| row.id.clone()).collect()
}

async fn agree_on_customers(db: &Db, world: &World, predicate: &Predicate) {
    let mut expected: Vec<_> = world
        .customers
        .iter()
        .filter(|row| matches(predicate, *row).unwrap())
        .map(|row| row.id.clone())
        .collect();
    expected.sort_unstable();
    for spelling in [Spelling::Seek, Spelling::Look] {
        assert_eq!(
            selected(db, predicate, &CUSTOMERS, spelling).await,
            expected,
            "{spelling:?}"
        );
    }
    for (filter, level) in [("", None), ("level = L1", Some("L1"))] {
        let filter = Filter::parse(filter).unwrap();
        let only = "c.deleted_at IS NULL";
        let listing = Listing::new(&CUSTOMERS, predicate, only, COLUMNS, &filter).unwrap();
        let expected = expected_list(predicate, world, level);
        if let Some(reach) = listing.reach() {
            let (reach,) = db.fetch_one::<(i64,)>(reach).await.unwrap();
            assert!(reach >= i64::try_from(expected.len()).unwrap());
        }
        for shape in [Shape::Walk, Shape::Branches] {
            let (ids, count) = listed(db, &listing, shape, world).await;
            assert_eq!(ids, expected, "{shape:?}");
            assert_eq!(count, i64::try_from(expected.len()).unwrap(), "{shape:?}");
        }
    }
}

async fn agree_on_contacts(db: &Db, world: &World, predicate: &Predicate) {
    let mut expected: Vec<_> = world
        .contacts
        .iter()
        .filter(|contact| matches(predicate, &ContactRow(contact, world)).unwrap())
        .map(|contact| contact.id.clone())
        .collect();
    expected.sort_unstable();
    for spelling in [Spelling::Seek, Spelling::Look] {
        assert_eq!(
            selected(db, predicate, &CONTACTS, spelling).await,
            expected,
            "{spelling:?}"
        );
    }
}

fn on_each_database<S: Strategy>(case: &S, judge: &impl AsyncFn(&Db, S::Value)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for scratch in runtime.block_on(Scratch::each()) {
        runtime.block_on(create(&scratch.db));
        let mut runner = TestRunner::new(Config {
            cases: CASES,
            failure_persistence: None,
            ..Config::default()
        });
        let judged = runner.run(case, |value| {
            runtime.block_on(judge(&scratch.db, value));
            Ok(())
        });
        judged.unwrap();
    }
}

#[test]
fn sql_selects_the_customers_that_the_predicate_selects() {
    on_each_database(
        &(world(), combined(leaf())),
        &async |db: &Db, (world, predicate): (World, Predicate)| {
            world.store(db).await;
            agree_on_customers(db, &world, &predicate).await;
        },
    );
}

#[test]
fn sql_selects_the_contacts_that_the_predicate_selects_through_their_customers() {
    on_each_database(&(world(), contact_predicate()), &async |db: &Db,
                                                              (
        world,
        predicate,
    ): (
        World,
        Predicate,
    )| {
        world.store(db).await;
        agree_on_contacts(db, &world, &predicate).await;
    });
}
