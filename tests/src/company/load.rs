//! Loads the company through the public RPCs.

use super::customers::{RESTRICTED, Tag, shared_with_u05, shown_to_guest};
use super::organization::{DEPARTMENTS, TEAMS};
use super::people::{PEOPLE, Person};
use super::tickets::{DESKS, Desk};
use crate::Result;
use crate::session::Session;
use crate::world::World;
use futures::{StreamExt, TryStreamExt, stream};
use menshen_proto::authz::v1::{
    ActivateRequest, CreateDepartmentRequest, CreateUserRequest, Department, GrantRequest,
    Relationship, User,
};
use menshen_proto::crm::v1::{
    CreateCustomerRequest, CreateQueueRequest, CreateTicketRequest, ShareCustomerRequest,
    ShareLevel, Ticket, TransferCustomerRequest,
};
use std::time::{Duration, SystemTime};

/// The administrator of the CRM, who enters the customers.
const ADMINISTRATOR: &str = "u30";
/// Calls under way at once: enough to fill the services' group commits.
const AT_ONCE: usize = 32;
/// Why, for the audit log.
const REASON: &str = "the company's first day";
/// How long shares and the guest's role last.
const GUEST_DAYS: u64 = 30;

/// How much of the company to enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All 2,000 customers.
    Full,
    /// Everybody, and the first six customers of each owner.
    Small,
}

impl Extent {
    /// Whether a customer is entered.
    pub fn holds(self, tag: &Tag) -> bool {
        match self {
            Self::Full => true,
            Self::Small => tag.rank < 6,
        }
    }
}

/// How far a load has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// What is being entered, for example `customers`.
    pub what: &'static str,
    /// How many are in.
    pub done: usize,
    /// How many there will be.
    pub total: usize,
}

/// The passwords of the people: strong, each person's own, different for each company.
#[derive(Clone, Debug)]
pub struct Passwords {
    secret: String,
}

impl Passwords {
    /// New ones.
    ///
    /// # Errors
    ///
    /// The system has no randomness.
    pub fn new() -> Result<Self> {
        Ok(Self {
            secret: crate::world::random_hex()?,
        })
    }

    /// Those of a company that was loaded before.
    pub fn restored(secret: String) -> Self {
        Self { secret }
    }

    /// What must be kept to restore them.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// One person's.
    pub fn of(&self, person: &str) -> String {
        format!("{person}-{}", self.secret)
    }
}

/// Enters everything: departments, people, roles, teams, customers, queues, tickets, shares.
///
/// # Errors
///
/// The first call that is refused.
pub async fn load(
    world: &World,
    extent: Extent,
    report: &(dyn Fn(Progress) + Send + Sync),
) -> Result<()> {
    enter_departments(world.root()).await?;
    enter_people(world, report).await?;
    grant_roles_and_teams(world.root()).await?;
    let administrator = world.sign_in(ADMINISTRATOR).await?;
    enter_customers(&administrator, extent, report).await?;
    fill_the_pool(&administrator, extent, report).await?;
    enter_queues(&administrator).await?;
    enter_tickets(&administrator, extent, report).await?;
    share(world).await?;
    restrict(world.root()).await
}

async fn enter_departments(root: &Session) -> Result<()> {
    for department in DEPARTMENTS {
        let department = Department {
            id: department.id.to_owned(),
            display_name: department.name.to_owned(),
            parent: department.parent.to_owned(),
        };
        root.identity()
            .create_department(CreateDepartmentRequest {
                department: Some(department),
                reason: REASON.to_owned(),
            })
            .await?;
    }
    Ok(())
}

async fn enter_people(world: &World, report: &(dyn Fn(Progress) + Send + Sync)) -> Result<()> {
    let entered = stream::iter(PEOPLE).map(|person| enter_person(world, person));
    count(
        entered.buffer_unordered(AT_ONCE),
        "people",
        PEOPLE.len(),
        report,
    )
    .await
}

async fn enter_person(world: &World, person: &Person) -> Result<()> {
    let created = world
        .root()
        .identity()
        .create_user(CreateUserRequest {
            user: Some(User {
                id: person.id.to_owned(),
                display_name: person.name.to_owned(),
                email: person.email(),
                department: person.department.to_owned(),
                ..User::default()
            }),
            reason: REASON.to_owned(),
        })
        .await?
        .into_inner();
    world
        .anonymous()
        .identity()
        .activate(ActivateRequest {
            activation_token: created.activation_token,
            password: world.passwords().of(person.id),
        })
        .await?;
    Ok(())
}

async fn grant_roles_and_teams(root: &Session) -> Result<()> {
    let roles = PEOPLE.iter().flat_map(|person| {
        person.roles.iter().map(|role| Relationship {
            resource: format!("role:{role}"),
            relation: "member".to_owned(),
            subject: person.subject(),
            expires_at: person
                .department
                .is_empty()
                .then(|| in_days(GUEST_DAYS).into()),
            ..Relationship::default()
        })
    });
    let teams = TEAMS.iter().flat_map(|team| {
        team.members.iter().map(|member| Relationship {
            resource: format!("team:{}", team.id),
            relation: "member".to_owned(),
            subject: format!("user:{member}"),
            ..Relationship::default()
        })
    });
    grant(root, roles.chain(teams).collect()).await
}

/// Closes the VIP to the sales director by name, whatever else she holds.
async fn restrict(root: &Session) -> Result<()> {
    let (customer, person) = RESTRICTED;
    let restriction = Relationship {
        resource: format!("customer:{customer}"),
        relation: "restricted".to_owned(),
        subject: format!("user:{person}"),
        ..Relationship::default()
    };
    grant(root, vec![restriction]).await
}

async fn grant(root: &Session, relationships: Vec<Relationship>) -> Result<()> {
    root.authz()
        .grant(GrantRequest {
            relationships,
            reason: REASON.to_owned(),
            ..GrantRequest::default()
        })
        .await?;
    Ok(())
}

async fn enter_customers(
    administrator: &Session,
    extent: Extent,
    report: &(dyn Fn(Progress) + Send + Sync),
) -> Result<()> {
    let tags: Vec<Tag> = Tag::all().filter(|tag| extent.holds(tag)).collect();
    let total = tags.len();
    let entered = stream::iter(tags).map(|tag| async move {
        administrator
            .customers()
            .create_customer(CreateCustomerRequest {
                customer_id: tag.id(),
                customer: Some(tag.customer()),
                ..CreateCustomerRequest::default()
            })
            .await?;
        Ok(())
    });
    count(
        entered.buffer_unordered(AT_ONCE),
        "customers",
        total,
        report,
    )
    .await
}

/// A new customer belongs to who enters it; the pool's are given up afterwards.
async fn fill_the_pool(
    administrator: &Session,
    extent: Extent,
    report: &(dyn Fn(Progress) + Send + Sync),
) -> Result<()> {
    let tags: Vec<Tag> = Tag::owned_by("").filter(|tag| extent.holds(tag)).collect();
    let total = tags.len();
    let released = stream::iter(tags).map(|tag| async move {
        administrator
            .customers()
            .transfer_customer(TransferCustomerRequest {
                id: tag.id(),
                ..TransferCustomerRequest::default()
            })
            .await?;
        Ok(())
    });
    count(
        released.buffer_unordered(AT_ONCE),
        "pool 公海",
        total,
        report,
    )
    .await
}

async fn enter_queues(administrator: &Session) -> Result<()> {
    for desk in DESKS {
        administrator
            .queues()
            .create_queue(CreateQueueRequest {
                queue_id: desk.queue.to_owned(),
                queue: Some(desk.queue()),
                ..CreateQueueRequest::default()
            })
            .await?;
    }
    Ok(())
}

async fn enter_tickets(
    administrator: &Session,
    extent: Extent,
    report: &(dyn Fn(Progress) + Send + Sync),
) -> Result<()> {
    let held: Vec<bool> = Tag::all().map(|tag| extent.holds(&tag)).collect();
    let is_held = |position: usize| held.get(position) == Some(&true);
    let of_desk = |desk: &'static Desk| {
        let tickets = desk.positions().enumerate();
        let tickets =
            tickets.map(move |(number, position)| (position, desk.ticket(position, number)));
        tickets.filter(|(position, _)| is_held(*position))
    };
    let tickets: Vec<Ticket> = DESKS
        .iter()
        .flat_map(of_desk)
        .map(|(_, ticket)| ticket)
        .collect();
    let total = tickets.len();
    let entered = stream::iter(tickets).map(|ticket| async move {
        administrator
            .tickets()
            .create_ticket(CreateTicketRequest {
                ticket: Some(ticket),
                ..CreateTicketRequest::default()
            })
            .await?;
        Ok(())
    });
    count(entered.buffer_unordered(AT_ONCE), "tickets", total, report).await
}

async fn share(world: &World) -> Result<()> {
    let (engineer, manager) = (world.sign_in("u18").await?, world.sign_in("u17").await?);
    for tag in shared_with_u05() {
        share_one(&engineer, &tag, "user:u05", ShareLevel::Write).await?;
    }
    for tag in shown_to_guest() {
        share_one(&manager, &tag, "user:u33", ShareLevel::Read).await?;
    }
    Ok(())
}

async fn share_one(as_who: &Session, tag: &Tag, with: &str, level: ShareLevel) -> Result<()> {
    as_who
        .customers()
        .share_customer(ShareCustomerRequest {
            id: tag.id(),
            subject: with.to_owned(),
            level: level as i32,
            expires_at: Some(in_days(GUEST_DAYS).into()),
            reason: REASON.to_owned(),
            ..ShareCustomerRequest::default()
        })
        .await?;
    Ok(())
}

/// Runs the calls and reports after each.
async fn count(
    calls: impl futures::Stream<Item = Result<()>>,
    what: &'static str,
    total: usize,
    report: &(dyn Fn(Progress) + Send + Sync),
) -> Result<()> {
    let mut done = 0;
    let mut calls = std::pin::pin!(calls);
    while calls.try_next().await?.is_some() {
        done += 1;
        report(Progress { what, done, total });
    }
    Ok(())
}

/// That many days from now. The services' own clock is the system's, too.
#[expect(
    clippy::disallowed_methods,
    reason = "a caller of real services has no other clock than theirs"
)]
pub fn in_days(days: u64) -> SystemTime {
    SystemTime::now() + Duration::from_secs(days * 24 * 60 * 60)
}
