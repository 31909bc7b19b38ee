//! The role table of the three layers, as live decisions.

mod on_tickets;

use crate::Result;
use crate::company::{DESKS, Tag, customer_id, person};
use crate::refusal::Refusal;
use crate::session::Session;
use crate::world::World;
use comfy_table::{Table, presets};
use menshen_proto::crm::v1::{
    CreateCustomerRequest, Customer, DeleteCustomerRequest, GetCustomerRequest, Settings,
    UpdateCustomerRequest, UpdateSettingsRequest,
};
use prost_types::FieldMask;
use std::fmt;
use tonic::{Code, Response, Status};

/// A row of the table: a role, somebody who holds it, and a record that they try it on.
struct Row {
    role: &'static str,
    who: &'static str,
    on: On,
}

/// What the operations are tried on.
enum On {
    /// The customer with this id.
    Customer(String),
    /// A ticket about the customer with this id.
    TicketAbout(String),
}

/// One operation's outcome.
enum Answer {
    Allowed,
    Refused(Refusal, String),
}

const OPERATIONS: [&str; 5] = ["create", "read", "update", "delete", "configure"];

/// The table, and below it the reason of each ✗.
///
/// # Errors
///
/// A service does not answer.
pub async fn of(world: &World) -> Result<String> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    let header = ["角色 role", "who", "on"];
    table.set_header(header.into_iter().chain(OPERATIONS));
    let mut reasons = String::new();
    for row in rows() {
        let answers = answers(world, &row).await?;
        table.add_row(cells(&row, &answers));
        for (operation, answer) in OPERATIONS.iter().zip(&answers) {
            if let Answer::Refused(refusal, sentence) = answer {
                let layer = refusal.layer();
                reasons += &format!("\n  ✗ {} {operation} [{layer}] {sentence}", row.role);
                if let Some(remedy) = refusal.metadata.get("how_to_ask") {
                    reasons += &format!("\n    → {remedy}");
                }
            }
        }
    }
    Ok(format!(
        "Who may do what, asked of the running services:\n{table}{reasons}"
    ))
}

fn rows() -> [Row; 4] {
    let served = DESKS.first().map(|desk| customer_id(desk.customers.start));
    let served = served.unwrap_or_default();
    let own = Tag::owned_by("u05")
        .map(|tag| tag.id())
        .next()
        .unwrap_or_default();
    [
        Row {
            role: "销售代表 sales rep",
            who: "u05",
            on: On::Customer(own.clone()),
        },
        Row {
            role: "管理员 administrator",
            who: "u30",
            on: On::Customer(own.clone()),
        },
        Row {
            role: "客户服务代表 service rep",
            who: "u24",
            on: On::TicketAbout(served),
        },
        Row {
            role: "高级管理人员 executive",
            who: "u01",
            on: On::Customer(own),
        },
    ]
}

fn cells(row: &Row, answers: &[Answer; 5]) -> Vec<String> {
    let name = person(row.who).map_or("", |person| person.name);
    let mut cells = vec![
        row.role.to_owned(),
        format!("{} {name}", row.who),
        row.on.to_string(),
    ];
    cells.extend(answers.iter().map(Answer::to_string));
    cells
}

/// The operations, as trials that leave no trace.
async fn answers(world: &World, row: &Row) -> Result<[Answer; 5]> {
    let session = world.sign_in(row.who).await?;
    let [created, seen, updated, deleted] = match &row.on {
        On::Customer(id) => [
            create(&session).await?,
            read(&session, id).await?,
            update(&session, id).await?,
            delete(&session, id).await?,
        ],
        On::TicketAbout(customer) => on_tickets::answers(&session, customer).await?,
    };
    let configured = configure(&session).await?;
    Ok([created, seen, updated, deleted, configured])
}

async fn create(session: &Session) -> Result<Answer> {
    let customer = Customer {
        display_name: "a customer for the role table".to_owned(),
        ..Customer::default()
    };
    let request = CreateCustomerRequest {
        customer: Some(customer),
        validate_only: true,
        ..CreateCustomerRequest::default()
    };
    let answer = Answer::of(session.customers().create_customer(request).await)?;
    Ok(match answer {
        Answer::Refused(refusal, sentence) => Answer::Refused(refusal, without_id(&sentence)),
        allowed @ Answer::Allowed => allowed,
    })
}

/// The id of a customer that was never made tells nobody anything.
fn without_id(sentence: &str) -> String {
    let mut parts = sentence.split("customer:");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
        told += &format!("customer:…{rest}");
    }
    told
}

async fn read(session: &Session, id: &str) -> Result<Answer> {
    let request = GetCustomerRequest { id: id.to_owned() };
    Answer::of(session.customers().get_customer(request).await)
}

async fn update(session: &Session, id: &str) -> Result<Answer> {
    let request = UpdateCustomerRequest {
        customer: Some(Customer {
            id: id.to_owned(),
            level: "A".to_owned(),
            ..Customer::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["level".to_owned()],
        }),
        validate_only: true,
        ..UpdateCustomerRequest::default()
    };
    Answer::of(session.customers().update_customer(request).await)
}

async fn delete(session: &Session, id: &str) -> Result<Answer> {
    let request = DeleteCustomerRequest {
        id: id.to_owned(),
        validate_only: true,
        ..DeleteCustomerRequest::default()
    };
    Answer::of(session.customers().delete_customer(request).await)
}

async fn configure(session: &Session) -> Result<Answer> {
    let request = UpdateSettingsRequest {
        settings: Some(Settings {
            organization_name: "云帆智造 Yunfan Smart Manufacturing".to_owned(),
            ..Settings::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["organization_name".to_owned()],
        }),
        validate_only: true,
    };
    Answer::of(session.settings().update_settings(request).await)
}

impl Answer {
    /// A refusal is an answer; anything else that goes wrong is not.
    fn of<T>(outcome: std::result::Result<Response<T>, Status>) -> Result<Self> {
        match outcome {
            Ok(_) => Ok(Self::Allowed),
            Err(status) if matches!(status.code(), Code::PermissionDenied | Code::NotFound) => Ok(
                Self::Refused(Refusal::of(&status), status.message().to_owned()),
            ),
            Err(status) => Err(status.into()),
        }
    }
}

impl fmt::Display for On {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer(id) => write!(out, "{id}"),
            Self::TicketAbout(id) => write!(out, "ticket about {id}"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed => write!(out, "✓"),
            Self::Refused(refusal, _) => write!(out, "✗ {}", refusal.layer()),
        }
    }
}
