//! `policy/tests/` on the real engine: what the access model promises.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use authz_service::engine::budget::Budget;
use authz_service::engine::check::{Outcome, Question, check};
use authz_service::engine::denial::explain_denial;
use authz_service::engine::filter::{ContextualRelation, FilterQuestion, RowFacts, filter};
use authz_service::engine::reference::{ObjectRef, SubjectRef};
use authz_service::engine::relationship::{Context, Relationship};
use authz_service::engine::schema::{self, Layer, Schema};
use authz_service::engine::snapshot::Snapshot;
use crm_service::policy::{Policy, row_relations};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A company: what is stored, beside what the roles mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Company {
    relationships: Vec<String>,
    now: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tests {
    #[serde(default)]
    relationships: Vec<String>,
    records: BTreeMap<String, Record>,
    scenarios: Vec<Scenario>,
}

/// The relations of a row, each with a subject or several: `owner: u05`, `teams: [T-Alpha]`.
type Record = BTreeMap<String, Subjects>;

#[derive(Deserialize)]
#[serde(untagged)]
enum Subjects {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    says: String,
    subject: String,
    #[serde(default)]
    allowed: Vec<String>,
    #[serde(default)]
    denied: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    lists: BTreeMap<String, Vec<String>>,
}

/// The schema, what is stored, and the rows.
struct World {
    tests: Tests,
    snapshot: Snapshot,
    now_us: i64,
}

impl World {
    fn new(tests: &str) -> Self {
        let company = include_str!("../policy/tests/company.yaml");
        let company: Company = serde_norway::from_str(company).unwrap();
        let tests: Tests = serde_norway::from_str(tests).unwrap();
        let policy = Policy::shipped().unwrap();
        let schema = Arc::new(compiled(&policy.schema));
        let stored: Vec<Relationship> = policy
            .lines()
            .chain(company.relationships)
            .chain(tests.relationships.iter().cloned())
            .map(|line| {
                Relationship::parse(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
            })
            .collect();
        for relationship in &stored {
            schema
                .validate(relationship)
                .unwrap_or_else(|error| panic!("{relationship:?}: {error}"));
        }
        let now_us = chrono::DateTime::parse_from_rfc3339(&company.now)
            .unwrap()
            .timestamp_micros();
        let snapshot = Snapshot::build(schema, 1, stored.into_iter()).unwrap();
        Self {
            tests,
            snapshot,
            now_us,
        }
    }

    /// What the record's row holds, and the rows that it leads to.
    fn facts(&self, resource: &str) -> Vec<Relationship> {
        let Some(record) = self.tests.records.get(resource) else {
            return Vec::new();
        };
        let kind = resource.split_once(':').unwrap().0;
        let mut facts = Vec::new();
        for relation in row_relations().unwrap() {
            for subject in relation.fixed_subjects {
                if relation.resource_type == kind {
                    facts.push(parsed(&format!(
                        "{resource}#{}@{subject}",
                        relation.relation
                    )));
                }
            }
        }
        for (relation, subject) in columns(record) {
            facts.push(parsed(&format!("{resource}#{relation}@{subject}")));
            facts.extend(self.facts(&subject));
        }
        facts
    }

    fn ask<T>(&self, subject: &str, question: &str, answer: impl FnOnce(&Question<'_>) -> T) -> T {
        let (permission, resource) = question.split_once(' ').unwrap();
        answer(&Question {
            subject,
            permission,
            resource,
            contextual: &self.facts(resource),
            context: &Context::new(),
        })
    }

    fn is_allowed(&self, subject: &str, question: &str) -> bool {
        self.ask(subject, question, |q| {
            let outcome = check(&self.snapshot, q, self.now_us, &Budget::default());
            outcome.unwrap_or_else(|error| panic!("{subject} {question}: {error}"))
                == Outcome::Allowed
        })
    }

    /// The first layer that fails; "" where it is allowed, "none" where the layer is not named.
    fn refused_by(&self, subject: &str, question: &str) -> &'static str {
        if self.is_allowed(subject, question) {
            return "";
        }
        let denial = self.ask(subject, question, |q| {
            explain_denial(&self.snapshot, q, self.now_us, &Budget::default()).unwrap()
        });
        match denial.layer {
            Some(Layer::Access) => "access",
            Some(Layer::Function) => "function",
            Some(Layer::Data) => "data",
            Some(Layer::Restriction) => "restriction",
            None => "none",
        }
    }

    /// What a list shows, by the filter; checked against a question about each record.
    fn listed(&self, subject: &str, permission: &str, resource_type: &str) -> BTreeSet<String> {
        let asked = FilterQuestion {
            subject,
            permission,
            resource_type,
            contextual: &contextual_relations(),
            context: &Context::new(),
        };
        let predicate = filter(&self.snapshot, &asked, self.now_us, &Budget::default()).unwrap();
        let mut shown = BTreeSet::new();
        for resource in self.tests.records.keys() {
            let Some(id) = resource.strip_prefix(&format!("{resource_type}:")) else {
                continue;
            };
            let selected = predicate.matches(&Row {
                world: self,
                resource,
            });
            let allowed = self.is_allowed(subject, &format!("{permission} {resource}"));
            assert_eq!(
                selected, allowed,
                "{subject} {permission} {resource}: filter and check differ"
            );
            if selected {
                shown.insert(id.to_owned());
            }
        }
        shown
    }
}

/// `owner: u05` is `owner@user:u05`, `teams: [T]` is `team@team:T`, `customer: own` is
/// `customer@customer:own`; other people are written whole: `prepared_by: user:u05`.
fn columns(record: &Record) -> Vec<(String, String)> {
    let mut columns = Vec::new();
    for (relation, subjects) in record {
        let (relation, subject_type) = match relation.as_str() {
            "owner" => ("owner", "user"),
            "teams" => ("team", "team"),
            other => (other, other),
        };
        let subjects = match subjects {
            Subjects::One(subject) => std::slice::from_ref(subject),
            Subjects::Several(subjects) => subjects,
        };
        for subject in subjects {
            let subject = if subject.contains(':') {
                subject.clone()
            } else {
                format!("{subject_type}:{subject}")
            };
            columns.push((relation.to_owned(), subject));
        }
    }
    columns
}

/// A record as a filter sees it.
struct Row<'a> {
    world: &'a World,
    resource: &'a str,
}

impl RowFacts for Row<'_> {
    fn id(&self) -> &str {
        self.resource.split_once(':').unwrap().1
    }

    fn subjects(&self, relation: &str) -> Vec<SubjectRef> {
        let facts = self.world.facts(self.resource).into_iter();
        let own = facts.filter(|fact| {
            let resource = format!("{}:{}", fact.resource.object_type(), fact.resource.id());
            resource == self.resource && &*fact.relation == relation
        });
        own.map(|fact| fact.subject).collect()
    }

    fn related(&self, object: &ObjectRef) -> Option<Box<dyn RowFacts + '_>> {
        let name = format!("{}:{}", object.object_type(), object.id());
        let (resource, _) = self.world.tests.records.get_key_value(&name)?;
        Some(Box::new(Row {
            world: self.world,
            resource,
        }))
    }
}

fn compiled(text: &str) -> Schema {
    match schema::compile(text) {
        Ok(compiled) => {
            let warnings: Vec<String> = compiled.warnings.iter().map(ToString::to_string).collect();
            assert_eq!(warnings, [""; 0], "the shipped schema has warnings");
            compiled.schema
        }
        Err(problems) => {
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("{}", told.join("\n"))
        }
    }
}

fn parsed(text: &str) -> Relationship {
    Relationship::parse(text).unwrap()
}

/// As the CRM sends them, with each of its types.
fn contextual_relations() -> Vec<ContextualRelation> {
    let of = |of: menshen_proto::authz::v1::ContextualRelation| ContextualRelation {
        resource_type: of.resource_type,
        relation: of.relation,
        fixed: (!of.fixed_subjects.is_empty()).then(|| {
            let fixed = of.fixed_subjects.iter();
            fixed
                .map(|subject| SubjectRef::parse(subject).unwrap())
                .collect()
        }),
    };
    row_relations().unwrap().into_iter().map(of).collect()
}

/// What is promised of each area.
const AREAS: &[&str] = &[
    include_str!("../policy/tests/customers.yaml"),
    include_str!("../policy/tests/sales.yaml"),
    include_str!("../policy/tests/collaboration.yaml"),
    include_str!("../policy/tests/support.yaml"),
    include_str!("../policy/tests/marketing.yaml"),
];

#[test]
fn every_scenario_holds() {
    let mut broken = Vec::new();
    for area in AREAS {
        broken.extend(World::new(area).broken());
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

impl World {
    /// The scenarios that do not hold, in words.
    fn broken(&self) -> Vec<String> {
        let world = self;
        let mut broken = Vec::new();
        for scenario in &world.tests.scenarios {
            let mut expect = |question: &str, layer: &str| {
                let found = world.refused_by(&scenario.subject, question);
                if found != layer {
                    let line = format!(
                        "{}: {} {question}: expected `{layer}`, found `{found}`",
                        scenario.says, scenario.subject
                    );
                    broken.push(line);
                }
            };
            scenario
                .allowed
                .iter()
                .for_each(|question| expect(question, ""));
            for (layer, questions) in &scenario.denied {
                for question in questions {
                    expect(question, layer);
                }
            }
            for (asked, expected) in &scenario.lists {
                let (permission, resource_type) = asked.split_once(' ').unwrap();
                let listed = world.listed(&scenario.subject, permission, resource_type);
                let expected: BTreeSet<String> = expected.iter().cloned().collect();
                if listed != expected {
                    broken.push(format!(
                        "{}: {asked} lists {listed:?}, expected {expected:?}",
                        scenario.says
                    ));
                }
            }
        }
        broken
    }
}

#[test]
fn filter_and_check_agree_for_everybody_on_everything() {
    for area in AREAS {
        let world = World::new(area);
        let schema = compiled(&Policy::shipped().unwrap().schema);
        let scenarios = world.tests.scenarios.iter();
        let subjects: BTreeSet<&str> = scenarios.map(|s| s.subject.as_str()).collect();
        let resources = world.tests.records.keys();
        let types: BTreeSet<&str> = resources
            .map(|resource| resource.split_once(':').unwrap().0)
            .collect();
        for (subject, resource_type) in pairs(&subjects, &types) {
            let of_type = schema.type_id(resource_type).unwrap();
            for permission in PERMISSIONS {
                if schema.member_id(of_type, permission).is_some() {
                    world.listed(subject, permission, resource_type);
                }
            }
        }
    }
}

/// Those that callers are asked about; a type need not have all.
const PERMISSIONS: &[&str] = &[
    "view",
    "update",
    "delete",
    "restore",
    "transfer",
    "share",
    "share_write",
    "add_child",
    "approve",
    "convert",
    "reopen",
    "submit",
    "activate",
    "schedule",
    "launch",
    "publish",
    "manage_members",
    "respond",
    "revise",
    "start",
];

fn pairs<'a>(
    left: &'a BTreeSet<&str>,
    right: &'a BTreeSet<&str>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    left.iter()
        .flat_map(|one| right.iter().map(move |other| (*one, *other)))
}

#[test]
fn every_relation_that_grants_names_its_permission() {
    let schema = compiled(&Policy::shipped().unwrap().schema);
    let customer = schema.type_id("customer").unwrap();
    let granted_by = |relation: &str| {
        let relation = schema.member(schema.member_id(customer, relation).unwrap());
        relation
            .grant
            .map(|permission| schema.member(permission).name.to_string())
    };
    assert_eq!(granted_by("viewer").as_deref(), Some("share"));
    assert_eq!(granted_by("editor").as_deref(), Some("share_write"));
    assert_eq!(granted_by("restricted"), None);
}
