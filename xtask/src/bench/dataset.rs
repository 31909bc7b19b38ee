//! A CRM's relationships and questions, without chance: the same each time.

use e2e::Result;
use e2e::company::load::in_days;
use e2e::company::{self, Extent, PEOPLE};
use e2e::session::Session;
use e2e::world::World;
use futures::{StreamExt, TryStreamExt, stream};
use menshen_proto::authz::v1::{CheckRequest, GrantRequest, Relationship};
use menshen_proto::crm::v1::{CreateCustomerRequest, Customer};

/// Sales people who share their customers with each other.
const SELLERS: usize = 500;
/// The most relationships that one Grant takes.
const PER_GRANT: usize = 1_000;
/// Questions that are asked in turn: more than any cache of answers would hold at one revision.
const QUESTIONS: usize = 8_192;

/// The demo company, whose roles count, then sales people, and shares up to the count.
pub(super) async fn load_relationships(world: &World, count: usize) -> Result<()> {
    company::load(world, Extent::Small, &|_| {}).await?;
    let roles = (0..SELLERS).map(|seller| fact("role:sales_rep", "member", &user(seller)));
    grant(world.root(), roles.collect()).await?;
    let until = in_days(30);
    let shares: Vec<Relationship> = (0..count.saturating_sub(SELLERS))
        .map(|number| Relationship {
            expires_at: Some(until.into()),
            ..fact(&customer(number), "viewer", &user(reader_of(number)))
        })
        .collect();
    let grants = shares.chunks(PER_GRANT).map(<[Relationship]>::to_vec);
    stream::iter(grants)
        .map(|chunk| grant(world.root(), chunk))
        .buffer_unordered(4)
        .try_collect::<Vec<()>>()
        .await?;
    Ok(())
}

/// Customers of the sales departments, entered by the administrator.
pub(super) async fn load_customers(world: &World, count: usize) -> Result<()> {
    let administrator = world.sign_in("u30").await?;
    let sellers: Vec<&company::Person> = PEOPLE
        .iter()
        .filter(|person| person.department.starts_with("D1"))
        .collect();
    let administrator = &administrator;
    let entered =
        stream::iter((0..count).zip(sellers.iter().cycle())).map(|(number, owner)| async move {
            let customer = Customer {
                display_name: format!("customer {number}"),
                owner: owner.id.to_owned(),
                department: owner.department.to_owned(),
                ..Customer::default()
            };
            let request = CreateCustomerRequest {
                customer: Some(customer),
                customer_id: format!("bench-{number}"),
                ..CreateCustomerRequest::default()
            };
            administrator.customers().create_customer(request).await
        });
    entered.buffer_unordered(64).try_collect::<Vec<_>>().await?;
    Ok(())
}

/// Four kinds of question in equal parts: about one's own customer, one that is shared, one in the
/// manager's region, and one out of reach.
pub(super) fn questions(relationships: usize) -> Vec<CheckRequest> {
    let customers = relationships.saturating_sub(SELLERS).max(1);
    (0..QUESTIONS)
        .map(|number| {
            // A step that is prime to most counts visits customers far apart.
            let about = number * 7_919 % customers;
            let seller = user(number % SELLERS);
            let (subject, owner) = match number % 4 {
                0 => (seller.clone(), seller),
                1 => (user(reader_of(about)), user(number % SELLERS + 1)),
                2 => ("user:u03".to_owned(), seller),
                _ => (
                    user((reader_of(about) + 1) % SELLERS),
                    "user:u19".to_owned(),
                ),
            };
            question(subject, &customer(about), &owner)
        })
        .collect()
}

/// As the CRM asks: with the row's own columns.
fn question(subject: String, about: &str, owner: &str) -> CheckRequest {
    CheckRequest {
        subject,
        permission: "view".to_owned(),
        resource: about.to_owned(),
        contextual_relationships: vec![
            fact(about, "module", "module:customers"),
            fact(about, "owner", owner),
            fact(about, "department", "department:D112"),
        ],
        ..CheckRequest::default()
    }
}

fn fact(resource: &str, relation: &str, subject: &str) -> Relationship {
    Relationship {
        resource: resource.to_owned(),
        relation: relation.to_owned(),
        subject: subject.to_owned(),
        ..Relationship::default()
    }
}

fn user(number: usize) -> String {
    format!("user:seller-{number}")
}

fn customer(number: usize) -> String {
    format!("customer:bench-{number}")
}

/// With whom a customer is shared.
fn reader_of(customer: usize) -> usize {
    customer * 31 % SELLERS
}

async fn grant(root: &Session, relationships: Vec<Relationship>) -> Result<()> {
    let request = GrantRequest {
        relationships,
        reason: "a measurement".to_owned(),
        ..GrantRequest::default()
    };
    root.authz().grant(request).await?;
    Ok(())
}
