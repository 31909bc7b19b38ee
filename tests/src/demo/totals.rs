//! How many customers each person sees.

use crate::Result;
use crate::company::PEOPLE;
use crate::company::Person;
use crate::refusal::Refusal;
use crate::world::World;
use comfy_table::{CellAlignment, Table, presets};
use menshen_proto::crm::v1::{ListCustomersRequest, TotalMode};

/// The people whose lists tell the most, and why each is as long as it is.
const SHOWN: &[(&str, &str)] = &[
    ("u05", "her own 160, and 3 that u18 shares with her"),
    ("u04", "his department's"),
    ("u03", "his region's: the department and those below"),
    (
        "u02",
        "all of sales but the VIP, which is closed to her by name",
    ),
    ("u09", "her own 150, and 18 more that her team works on"),
    ("u24", "those that her department has tickets about"),
    (
        "u23",
        "those that any department of service has tickets about",
    ),
    ("u20", "everybody's, without telephone, address and amounts"),
    ("u01", "everybody's"),
    ("u30", "everybody's"),
    ("u33", "five that were shown to her, for 30 days"),
    ("u32", "may not enter the module"),
];

/// The table.
///
/// # Errors
///
/// A service does not answer.
pub async fn of(world: &World) -> Result<String> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["who", "roles", "customers", "why"]);
    for (id, why) in SHOWN {
        let Some(person) = PEOPLE.iter().find(|person| person.id == *id) else {
            continue;
        };
        let total = total(world, person).await?;
        let who = format!("{id} {}", person.name);
        table.add_row([who, person.roles.join(", "), total, (*why).to_owned()]);
    }
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    Ok(format!("How many customers each list holds:\n{table}"))
}

async fn total(world: &World, person: &Person) -> Result<String> {
    let request = ListCustomersRequest {
        page_size: 1,
        total: TotalMode::Exact as i32,
        ..ListCustomersRequest::default()
    };
    let session = world.sign_in(person.id).await?;
    match session.customers().list_customers(request).await {
        Ok(page) => Ok(page.into_inner().total_size.to_string()),
        Err(status) if status.code() == tonic::Code::PermissionDenied => {
            Ok(format!("✗ {}", Refusal::of(&status).layer()))
        }
        Err(status) => Err(status.into()),
    }
}
