//! The golden matrix: what each role may do with each kind of record, worked out of the rights files alone
//! and held against live calls. Nothing is changed: every write is only asked for.
//!
//! It knows three shapes of kinds: those with an owner, those that go with one record above them, and those
//! that are kept once for everybody. A kind that is within reach in further ways is so for nobody here.

mod rights;

use crate::absent::{create, method, request};
use crate::ask::unique;
use e2e::company::people::{PEOPLE, Person, person};
use e2e::dynamic;
use e2e::refusal::Refusal;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::rules::{METHODS, MethodRule, RuleKind};
use prost_reflect::{DynamicMessage, Value};
use rights::{Operation, Rights};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop: every_role_may_do_what_its_rights_say_and_no_more);

/// Whose the records are: of the same department as some, below others, beside the rest; and nobody's.
const OWNERS: &[&str] = &["u05", "u06", "u10", "u15", "u21", "u24", ""];

/// Kinds that are within reach in ways of their own; each has its own tests.
const OTHERWISE: &[&str] = &[
    "attachment",
    "campaign_member",
    "consent",
    "meeting",
    "note",
    "saved_view",
    "send_batch",
    "suppression",
    "task",
    "ticket",
    "ticket_message",
];

/// A kind of record, as the contract shows it.
struct Kind {
    /// `contact`
    name: &'static str,
    /// `contacts`
    module: String,
    shape: Shape,
    calls: Vec<(Operation, &'static MethodRule, &'static str)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Owned,
    /// Goes with the record that this field of it names.
    Part(&'static str),
    Catalogue,
}

/// What a call is answered.
#[derive(Debug, PartialEq)]
enum Outcome {
    Done,
    Denied(String),
    NotFound,
    Other(String),
}

/// What does not agree.
struct Difference<'a> {
    who: &'a Person,
    kind: &'a str,
    operation: Operation,
    owner: &'a str,
    expected: Outcome,
    found: Outcome,
}

async fn every_role_may_do_what_its_rights_say_and_no_more(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let rights = Rights::read();
    let kinds = kinds();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for kind in &kinds {
        let owners = match kind.shape {
            Shape::Owned | Shape::Part(_) => OWNERS,
            Shape::Catalogue => &[""],
        };
        for owner in owners {
            let Some(id) = placed(&admin, &kinds, kind, owner).await else {
                continue;
            };
            for who in one_of_each_role() {
                let session = world.sign_in(who.id).await.unwrap();
                for (operation, rule, id_field) in &kind.calls {
                    let expected = expected(&rights, &kinds, kind, *operation, who, owner);
                    let found = answer(&session, rule, id_field, &id).await;
                    asked += 1;
                    if expected != found {
                        let difference = Difference {
                            who,
                            kind: kind.name,
                            operation: *operation,
                            owner,
                            expected,
                            found,
                        };
                        wrong.push(difference.to_string());
                    }
                }
            }
        }
    }
    assert!(asked > 500, "only {asked} calls");
    assert!(
        wrong.is_empty(),
        "{} of {asked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The kinds with standard methods.
fn kinds() -> Vec<Kind> {
    let mut found: BTreeMap<&str, Kind> = BTreeMap::new();
    for rule in METHODS {
        let (service, name) = rule.path.rsplit_once('/').unwrap();
        let RuleKind::Records { resource_type, .. } = rule.kind else {
            continue;
        };
        let Some(plural) = name.strip_prefix("BatchGet") else {
            continue;
        };
        if OTHERWISE.contains(&resource_type) {
            continue;
        }
        let kind = Kind {
            name: resource_type,
            module: snake(plural),
            shape: shape(service, resource_type),
            calls: calls(service, resource_type),
        };
        found.insert(resource_type, kind);
    }
    found.into_values().collect()
}

fn shape(service: &str, resource_type: &str) -> Shape {
    let of_service = METHODS.iter().filter(|rule| rule.path.starts_with(service));
    let mut shape = Shape::Catalogue;
    for rule in of_service {
        match rule.kind {
            RuleKind::Record {
                target_permission: "receive",
                ..
            } => return Shape::Owned,
            RuleKind::Create {
                resource_type: of,
                parent_type,
                ..
            } if of == resource_type && !parent_type.is_empty() => shape = Shape::Part(parent_type),
            _ => {}
        }
    }
    shape
}

fn calls(
    service: &str,
    resource_type: &str,
) -> Vec<(Operation, &'static MethodRule, &'static str)> {
    let mut calls = Vec::new();
    for rule in METHODS.iter().filter(|rule| rule.path.starts_with(service)) {
        let RuleKind::Record {
            id_field,
            resource_type: of,
            ..
        } = rule.kind
        else {
            continue;
        };
        let name = rule.path.rsplit_once('/').unwrap().1;
        let is = |verb: &str| {
            let rest = name.strip_prefix(verb);
            of == resource_type && rest.is_some_and(|rest| snake(rest) == resource_type)
        };
        for (verb, operation) in [
            ("Get", Operation::Read),
            ("Update", Operation::Update),
            ("Delete", Operation::Delete),
        ] {
            if is(verb) {
                calls.push((operation, rule, id_field));
            }
        }
    }
    calls
}

/// A record of this kind that is this person's, or that goes with one that is. `None`: they could not see
/// it, so that nobody gives it to them.
async fn placed(admin: &Session, kinds: &[Kind], kind: &Kind, owner: &str) -> Option<String> {
    let id = unique("matrix");
    create(admin, kind.name, &id).await;
    let (mut at, mut at_id) = (kind, id.clone());
    while let Shape::Part(parent) = at.shape {
        let (_, rule, id_field) = at.calls[0];
        let asked = request(rule, id_field, &at_id);
        let answer = dynamic::call(admin.crm_channel(), &method(rule), asked).await;
        let record = field(answer.unwrap().get_ref(), at.name);
        at_id = text(&record, parent);
        at = kinds.iter().find(|kind| kind.name == parent).unwrap();
    }
    let is_theirs = at.shape != Shape::Owned || give(admin, at.name, &at_id, owner).await;
    is_theirs.then_some(id)
}

/// Whether they could take it.
async fn give(admin: &Session, kind: &str, id: &str, owner: &str) -> bool {
    let transfer = METHODS.iter().find(|rule| {
        matches!(rule.kind, RuleKind::Record { resource_type, target_permission: "receive", .. }
            if resource_type == kind && rule.path.contains("/Transfer"))
    });
    let transfer = method(transfer.unwrap());
    let body = format!(r#"{{"id": "{id}", "owner": "{owner}"}}"#);
    let request = dynamic::from_json(transfer.input(), &body).unwrap();
    match dynamic::call(admin.crm_channel(), &transfer, request).await {
        Ok(_) => true,
        Err(status) => {
            assert_eq!(
                Refusal::of(&status).reason,
                "RECEIVER_CANNOT_SEE",
                "{status:?}"
            );
            false
        }
    }
}

/// The first person of each role.
fn one_of_each_role() -> Vec<&'static Person> {
    let mut roles = Vec::new();
    let mut people = Vec::new();
    for person in PEOPLE {
        if !roles.contains(&person.roles) {
            roles.push(person.roles);
            people.push(person);
        }
    }
    people
}

/// Access, then the function, then whether it is there for them at all, then how far they reach.
fn expected(
    rights: &Rights,
    kinds: &[Kind],
    kind: &Kind,
    operation: Operation,
    who: &Person,
    owner: &str,
) -> Outcome {
    if !rights.enters(who, &kind.module) {
        return Outcome::Denied("access".to_owned());
    }
    for needed in [operation, Operation::Read] {
        if !rights.has_function(who, &kind.module, needed, kind.shape == Shape::Catalogue) {
            return Outcome::Denied("function".to_owned());
        }
    }
    if !reaches(rights, kinds, kind, Operation::Read, who, owner) {
        return Outcome::NotFound;
    }
    if !reaches(rights, kinds, kind, operation, who, owner) {
        return Outcome::Denied("data".to_owned());
    }
    Outcome::Done
}

fn reaches(
    rights: &Rights,
    kinds: &[Kind],
    kind: &Kind,
    operation: Operation,
    who: &Person,
    owner: &str,
) -> bool {
    match kind.shape {
        Shape::Catalogue => true,
        Shape::Owned => rights.reaches(who, &kind.module, operation, person(owner)),
        Shape::Part(parent) => {
            let above = kinds.iter().find(|kind| kind.name == parent).unwrap();
            expected(rights, kinds, above, operation, who, owner) == Outcome::Done
        }
    }
}

async fn answer(by: &Session, rule: &MethodRule, id_field: &str, id: &str) -> Outcome {
    let mut request = request(rule, id_field, id);
    if let Some(field) = request.descriptor_field("validate_only") {
        request.set_field(&field, Value::Bool(true));
    }
    match dynamic::call(by.crm_channel(), &method(rule), request).await {
        Ok(_) => Outcome::Done,
        Err(status) if status.code() == Code::NotFound => Outcome::NotFound,
        Err(status) if status.code() == Code::PermissionDenied => {
            Outcome::Denied(Refusal::of(&status).layer().to_owned())
        }
        Err(status) => Outcome::Other(status.to_string()),
    }
}

trait DescriptorField {
    fn descriptor_field(&self, name: &str) -> Option<prost_reflect::FieldDescriptor>;
}

impl DescriptorField for DynamicMessage {
    fn descriptor_field(&self, name: &str) -> Option<prost_reflect::FieldDescriptor> {
        prost_reflect::ReflectMessage::descriptor(self).get_field_by_name(name)
    }
}

fn field(message: &DynamicMessage, name: &str) -> DynamicMessage {
    let value = message.get_field_by_name(name).unwrap();
    value.as_message().unwrap().clone()
}

fn text(message: &DynamicMessage, name: &str) -> String {
    let value = message.get_field_by_name(name).unwrap();
    value.as_str().unwrap().to_owned()
}

/// `PriceBooks` as `price_books`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}) {} {} of `{}`: the rights say {:?}, the service {:?}",
            self.who.id,
            self.who.roles.join("+"),
            self.operation,
            self.kind,
            self.owner,
            self.expected,
            self.found,
        )
    }
}
