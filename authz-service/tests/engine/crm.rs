//! Random rules over the shape of a CRM: records with owners, departments and modules of their own,
//! over stored teams, trees and shares.

use crate::expressions::expression;
use crate::strata::strata;
use crate::worlds::{Allowed, World, context, fact};
use authz_service::engine::reference::SubjectRef;
use authz_service::engine::schema::compile;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use std::sync::Arc;

/// What rows may know.
pub(crate) const CONTEXTUAL: [(&str, &str); 7] = [
    ("customer", "module"),
    ("customer", "owner"),
    ("customer", "department"),
    ("customer", "viewer"),
    ("contact", "customer"),
    ("contact", "owner"),
    ("contact", "module"),
];

/// Definition, relation, and what it takes.
const RELATIONS: [(&str, &str, &[&str]); 15] = [
    (
        "team",
        "member",
        &["user", "team#member", "user with expiration"],
    ),
    (
        "department",
        "parent",
        &["department", "department with weekday"],
    ),
    ("department", "manager", &["user", "user with weekday"]),
    ("department", "member", &["user", "team#member"]),
    (
        "module",
        "reader",
        &["user", "team#member", "department#staff"],
    ),
    ("module", "reads_all", &["user", "team#member with either"]),
    ("customer", "module", &["module"]),
    ("customer", "owner", &["user", "team#member"]),
    (
        "customer",
        "department",
        &["department", "department with either"],
    ),
    (
        "customer",
        "viewer",
        &[
            "user",
            "user:*",
            "department#above",
            "team#member with expiration",
        ],
    ),
    (
        "customer",
        "restricted",
        &["user", "team#member with weekday"],
    ),
    ("contact", "customer", &["customer"]),
    ("contact", "owner", &["user", "user:*"]),
    ("contact", "module", &["module", "team"]),
    (
        "contact",
        "sharer",
        &["user", "user with either", "department#staff"],
    ),
];

const CUSTOMER: [&str; 12] = [
    "owner",
    "viewer",
    "restricted",
    "one",
    "two",
    "module->reader",
    "module.all(reads_all)",
    "department->staff",
    "department->above",
    "department.all(above)",
    "department->climbers",
    "(department->above & module->reader)",
];
const CONTACT: [&str; 10] = [
    "owner",
    "sharer",
    "one",
    "two",
    "customer->one",
    "customer->two",
    "customer.all(one)",
    "customer->owner",
    "module->reader",
    "module.all(reader)",
];

/// A random world of that shape.
pub(crate) fn crm() -> impl Strategy<Value = World> {
    let operands = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let rules = (
        [
            expression(operands(&CUSTOMER)),
            expression(operands(&CUSTOMER)),
        ],
        [
            expression(operands(&CONTACT)),
            expression(operands(&CONTACT)),
        ],
    );
    let facts = prop::collection::vec(any::<[Index; 5]>(), 0..60);
    let subjects = subsequence(subjects(), 3);
    (rules, facts, context(), subjects).prop_filter_map(
        "the schema has no meaning: a permission takes itself away",
        |((customer, contact), picks, context, subjects)| {
            let text = text(&customer, &contact);
            let schema = compile(&text)
                .unwrap_or_else(|wrong| panic!("{text}\n{wrong:#?}"))
                .schema;
            strata(&schema)?;
            let allowed = allowed();
            let facts = picks.iter().map(|pick| fact(&allowed, pick)).collect();
            let types = &["customer", "contact"];
            Some(World {
                schema: Arc::new(schema),
                facts,
                context,
                subjects,
                types,
            })
        },
    )
}

fn subjects() -> Vec<SubjectRef> {
    let texts = [
        "user:0",
        "user:1",
        "user:2",
        "user:9",
        "team:0#member",
        "customer:0#one",
        "customer:1",
    ];
    texts
        .iter()
        .map(|text| SubjectRef::parse(text).unwrap())
        .collect()
}

fn allowed() -> Allowed {
    let each = RELATIONS.iter().flat_map(|(of, relation, takes)| {
        takes
            .iter()
            .map(move |one| (format!("{of}#{relation}"), *one))
    });
    each.collect()
}

fn text(customer: &[String; 2], contact: &[String; 2]) -> String {
    let mut text = crate::worlds::CAVEATS.to_owned();
    for definition in ["team", "department", "module", "customer", "contact"] {
        let relations = RELATIONS.iter().filter(|(of, ..)| *of == definition);
        let mut lines: Vec<String> = relations
            .map(|(_, relation, takes)| format!("relation {relation}: {}", takes.join(" | ")))
            .collect();
        let rules: Vec<(&str, &str)> = match definition {
            "department" => vec![
                ("staff", "member + manager"),
                ("above", "manager + parent->above"),
                ("climbers", "above"),
            ],
            "customer" => vec![("one", &customer[0]), ("two", &customer[1])],
            "contact" => vec![("one", &contact[0]), ("two", &contact[1])],
            _ => vec![],
        };
        lines.extend(
            rules
                .iter()
                .map(|(name, rule)| format!("permission {name} = {rule}")),
        );
        text += &[
            "definition ",
            definition,
            " {\n",
            &lines.join("\n"),
            "\n}\n",
        ]
        .concat();
    }
    text
}
