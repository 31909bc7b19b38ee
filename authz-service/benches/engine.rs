//! What one check costs in process, over relationships shaped like a CRM.
//!
//! `cargo bench -p authz-service --bench engine -- 1000000`: the argument is the number of
//! relationships. Absolute times depend on the machine; compare lines of one run.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on has failed, and prints what it found"
)]

use authz_service::engine::budget::Budget;
use authz_service::engine::check::{Outcome, Question, check, check_batch};
use authz_service::engine::filter::{ContextualRelation, FilterQuestion, filter};
use authz_service::engine::reference::{ObjectRef, SubjectRef};
use authz_service::engine::relationship::{Context, Relationship};
use authz_service::engine::schema::compile;
use authz_service::engine::snapshot::{Change, Snapshot};
use rustc_hash::FxBuildHasher;
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const SCHEMA: &str = "
    use expiration
    definition user {}
    definition group { relation member: user | group#member; }
    definition department {
        relation parent: department
        relation manager: user
        permission above = manager + parent->above
    }
    definition customer {
        relation owner: user
        relation department: department
        relation viewer: user | group#member
        permission view = owner + viewer + department->above
    }";

const NOW_US: i64 = 1_000_000;
const DEPARTMENTS: usize = 2_000;
const QUESTIONS: usize = 200_000;

/// A small generator of numbers that look random (xorshift, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

struct Shape {
    customers: usize,
    users: usize,
    groups: usize,
}

impl Shape {
    /// Each customer has an owner and a department; two in three are shared once.
    fn of(relationships: usize) -> Self {
        let customers = (relationships * 9 / 25).max(10);
        Self {
            customers,
            users: (customers / 20).max(10),
            groups: (customers / 800).max(2) * 4,
        }
    }

    fn owner(&self, customer: usize) -> usize {
        customer * 7919 % self.users
    }

    fn sharer(&self, customer: usize) -> usize {
        (customer * 104_729 + 13) % self.users
    }

    fn relationships(&self) -> impl Iterator<Item = Relationship> {
        let customers = (0..self.customers).flat_map(|n| {
            let customer = object("customer", n);
            let owner = fact(&customer, "owner", one("user", self.owner(n)));
            let department = fact(&customer, "department", one("department", n % DEPARTMENTS));
            let shared = match n % 3 {
                0 => Some(fact(&customer, "viewer", one("user", self.sharer(n)))),
                1 => Some(fact(&customer, "viewer", set(n % self.groups / 4 * 4))),
                _ => None,
            };
            [Some(owner), Some(department), shared]
                .into_iter()
                .flatten()
        });
        // A tree five deep; the manager of a department is a user of its own.
        let departments = (0..DEPARTMENTS).flat_map(|n| {
            let department = object("department", n);
            let parent = (n > 0).then(|| fact(&department, "parent", one("department", n / 5)));
            [
                Some(fact(&department, "manager", one("user", n % self.users))),
                parent,
            ]
        });
        // Chains of four groups; users are members of the last.
        let groups = (0..self.groups)
            .filter(|n| n % 4 != 3)
            .map(|n| fact(&object("group", n), "member", set(n + 1)));
        let members = (0..self.users).map(|n| {
            fact(
                &object("group", self.last_group_of(n)),
                "member",
                one("user", n),
            )
        });
        customers
            .chain(departments.flatten())
            .chain(groups)
            .chain(members)
    }

    fn last_group_of(&self, user: usize) -> usize {
        user % (self.groups / 4) * 4 + 3
    }
}

fn object(object_type: &str, n: usize) -> ObjectRef {
    ObjectRef::new(object_type, &format!("{object_type}-{n:012}")).unwrap()
}

fn one(object_type: &str, n: usize) -> SubjectRef {
    SubjectRef::Object(object(object_type, n))
}

fn set(group: usize) -> SubjectRef {
    SubjectRef::Set(object("group", group), "member".into())
}

fn fact(resource: &ObjectRef, relation: &str, subject: SubjectRef) -> Relationship {
    let (resource, relation) = (resource.clone(), relation.into());
    Relationship {
        resource,
        relation,
        subject,
        condition: None,
        expires_at_us: None,
    }
}

/// Asks random questions of one kind, all with the same answer.
fn measure(
    name: &str,
    snapshot: &Snapshot,
    expected: &Outcome,
    permission: &str,
    mut pair: impl FnMut(&mut Dice) -> (usize, String),
) {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let asked: Vec<(String, String)> = (0..QUESTIONS)
        .map(|_| {
            let (user, resource) = pair(&mut dice);
            (object("user", user).to_string(), resource)
        })
        .collect();
    let (context, budget) = (Context::new(), Budget::default());
    let questions: Vec<Question<'_>> = asked
        .iter()
        .map(|(subject, resource)| Question {
            subject,
            permission,
            resource,
            contextual: &[],
            context: &context,
        })
        .collect();
    for question in questions.iter().take(1_000) {
        assert_eq!(
            check(snapshot, question, NOW_US, &budget).as_ref(),
            Ok(expected),
            "{question:?}"
        );
    }
    let started = Instant::now();
    for question in &questions {
        black_box(check(snapshot, question, NOW_US, &budget)).unwrap();
    }
    let single = nanoseconds(started, questions.len());
    let started = Instant::now();
    for batch in questions.chunks(50) {
        black_box(check_batch(snapshot, batch, NOW_US, &budget));
    }
    let batch = nanoseconds(started, questions.len());
    println!("{name:<28} {single:>7.0} ns   in batches of 50 {batch:>7.0} ns");
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn nanoseconds(started: Instant, count: usize) -> f64 {
    started.elapsed().as_nanos() as f64 / count as f64
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn build(shape: &Shape) -> Snapshot {
    let relationships: Vec<_> = shape.relationships().collect();
    let schema = Arc::new(compile(SCHEMA).unwrap().schema);
    let started = Instant::now();
    let snapshot = Snapshot::build(schema, 1, relationships.into_iter()).unwrap();
    let count = snapshot.relationship_count();
    let per_second = 1e9 / nanoseconds(started, count);
    let (edges, names) = snapshot.size_bytes();
    println!(
        "{count} relationships: {per_second:.0} a second, {:.1} bytes each, {} names of {:.1} bytes",
        edges as f64 / count as f64,
        snapshot.name_count(),
        names as f64 / snapshot.name_count() as f64
    );
    snapshot
}

fn mix(snapshot: &Snapshot, shape: &Shape) {
    let customer = |n: usize| object("customer", n).to_string();
    let (customers, users) = (shape.customers, shape.users);
    measure("owner", snapshot, &Outcome::Allowed, "view", |dice| {
        let n = dice.below(customers);
        (shape.owner(n), customer(n))
    });
    measure(
        "shared directly",
        snapshot,
        &Outcome::Allowed,
        "viewer",
        |dice| {
            let n = dice.below(customers / 3) * 3;
            (shape.sharer(n), customer(n))
        },
    );
    measure(
        "groups, four deep",
        snapshot,
        &Outcome::Allowed,
        "viewer",
        |dice| {
            let n = dice.below(customers / 3) * 3 + 1;
            let chain = n % shape.groups / 4;
            let members = users / (shape.groups / 4);
            (
                dice.below(members) * (shape.groups / 4) + chain,
                customer(n),
            )
        },
    );
    measure(
        "department chain",
        snapshot,
        &Outcome::Allowed,
        "view",
        |dice| (0, customer(dice.below(customers))),
    );
    measure(
        "denied after all",
        snapshot,
        &Outcome::Denied,
        "view",
        |dice| (users + dice.below(users), customer(dice.below(customers))),
    );
}

/// What two names cost in an ordinary map: the yardstick for the lines below.
fn yardstick(shape: &Shape) {
    let names = (0..shape.customers).map(|n| (object("customer", n).id().to_owned(), n));
    let customers: HashMap<String, usize, FxBuildHasher> = names.collect();
    let names = (0..shape.users).map(|n| (object("user", n).id().to_owned(), n));
    let users: HashMap<String, usize, FxBuildHasher> = names.collect();
    let mut dice = Dice(3);
    let asked: Vec<_> = (0..QUESTIONS)
        .map(|_| {
            let user = object("user", dice.below(shape.users));
            (user, object("customer", dice.below(shape.customers)))
        })
        .collect();
    let started = Instant::now();
    for (user, customer) in &asked {
        black_box((users.get(user.id()), customers.get(customer.id())));
    }
    println!(
        "{:<28} {:>7.0} ns",
        "two names in a map",
        nanoseconds(started, asked.len())
    );
}

fn overlay(snapshot: &Snapshot, shape: &Shape, changes: usize) -> Snapshot {
    let mut dice = Dice(7);
    let changes: Vec<Change> = (0..changes)
        .map(|_| {
            let customer = object("customer", dice.below(shape.customers));
            Change::Write(fact(
                &customer,
                "viewer",
                one("user", dice.below(shape.users)),
            ))
        })
        .collect();
    let started = Instant::now();
    let mut next = snapshot.clone();
    for (change, revision) in changes.chunks(1).zip(2..) {
        next = next.apply(revision, change).unwrap();
    }
    println!(
        "one write, applied alone: {:.0} ns",
        nanoseconds(started, changes.len())
    );
    let started = Instant::now();
    let merged = next.merged().unwrap();
    println!(
        "merge of {} changes: {:?}",
        changes.len(),
        started.elapsed()
    );
    assert_eq!(merged.relationship_count(), next.relationship_count());
    next
}

fn lists(snapshot: &Snapshot) {
    let rows = ["owner", "department"].map(|relation| ContextualRelation {
        resource_type: "customer".into(),
        relation: relation.into(),
        fixed: None,
    });
    let user = object("user", 0).to_string();
    let question = FilterQuestion {
        subject: &user,
        permission: "view",
        resource_type: "customer",
        contextual: &rows,
        context: &Context::new(),
    };
    let started = Instant::now();
    let predicate = filter(snapshot, &question, NOW_US, &Budget::default()).unwrap();
    let took = started.elapsed();
    let shape = format!("{predicate:?}");
    println!(
        "filter of the top manager: {took:?}, {} characters when printed",
        shape.len()
    );
}

fn main() {
    let size = std::env::args().find_map(|argument| argument.parse().ok());
    let size: usize = size.unwrap_or(1_000_000);
    let shape = Shape::of(size);
    let snapshot = build(&shape);
    yardstick(&shape);
    mix(&snapshot, &shape);
    lists(&snapshot);
    println!("with an overlay of {} changes:", size / 100);
    let changed = overlay(&snapshot, &shape, size / 100);
    mix(&changed, &shape);
}
