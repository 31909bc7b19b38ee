//! Reading customers.

use super::row::{Customer, CustomerRow, Stored, customer_columns};
use crate::records::refusal::Refusal;
use service_kit::db::{Db, Stmt, Tx};
use service_kit::guard::permit::{Permit, Permits, Resource};
use std::collections::HashMap;

const ONE: &str = concat!(
    "SELECT ",
    customer_columns!(),
    " FROM customers WHERE id = $1"
);
const MANY: &str = concat!(
    "SELECT ",
    customer_columns!(),
    " FROM customers WHERE deleted_at_us IS NULL AND id IN (LIST($1))"
);
const TEAMS: &str = "
    SELECT team_id
    FROM customer_teams
    WHERE customer_id = $1
    ORDER BY position";
const TEAMS_OF_MANY: &str = "
    SELECT customer_id, team_id
    FROM customer_teams
    WHERE customer_id IN (LIST($1))
    ORDER BY customer_id, position";

/// The customer that the guard let through.
///
/// # Errors
/// NOT_FOUND where it was deleted since.
pub(crate) async fn one(db: &Db, permit: &Permit<Customer>) -> Result<Stored, Refusal> {
    let mut tx = db.snapshot_read().await?;
    let stored = stored(&mut tx, permit.id()).await?;
    match stored.row.deleted_at_us {
        None => Ok(stored),
        Some(_) => Err(not_found(permit.id())),
    }
}

/// The customers that the guard let through, in the order asked. One that was deleted since is left
/// out.
pub(crate) async fn many(db: &Db, permits: &Permits<Customer>) -> Result<Vec<Stored>, Refusal> {
    let mut tx = db.snapshot_read().await?;
    let ids = permits.allowed();
    let rows: Vec<CustomerRow> = tx.fetch_all(Stmt::new(MANY).bind_list(ids)).await?;
    let mut by_id: HashMap<String, Stored> = with_teams(&mut tx, rows)
        .await?
        .into_iter()
        .map(|stored| (stored.row.id.clone(), stored))
        .collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// The customer with this id, deleted or not, as this transaction sees it.
///
/// # Errors
/// NOT_FOUND where there is none: rows are never removed, so the guard saw none either.
pub(crate) async fn stored(tx: &mut Tx, id: &str) -> Result<Stored, Refusal> {
    let row: Option<CustomerRow> = tx.fetch_optional(Stmt::new(ONE).bind(id)).await?;
    let row = row.ok_or_else(|| not_found(id))?;
    let teams: Vec<(String,)> = tx.fetch_all(Stmt::new(TEAMS).bind(id)).await?;
    Ok(Stored { row, teams: teams.into_iter().map(|(team,)| team).collect() })
}

/// Adds to each row the teams that work on it.
pub(crate) async fn with_teams(tx: &mut Tx, rows: Vec<CustomerRow>) -> Result<Vec<Stored>, Refusal> {
    let ids = rows.iter().map(|row| &row.id);
    let found: Vec<(String, String)> = tx.fetch_all(Stmt::new(TEAMS_OF_MANY).bind_list(ids)).await?;
    let mut teams: HashMap<String, Vec<String>> = HashMap::new();
    for (customer, team) in found {
        teams.entry(customer).or_default().push(team);
    }
    let stored = rows.into_iter().map(|row| {
        let teams = teams.remove(&row.id).unwrap_or_default();
        Stored { row, teams }
    });
    Ok(stored.collect())
}

/// There is no such customer.
pub(crate) fn not_found(id: &str) -> Refusal {
    Refusal::NotFound(Customer::TYPE, id.to_owned())
}
