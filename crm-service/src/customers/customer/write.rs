//! Creating and changing customers.

use super::domain::{CustomerFields, SHAPE};
use super::row::Customer;
use crate::customers::parent::lock;
use crate::customers::place::Place;
use crate::records::call::Call;
use crate::records::record::{
    Deletable, Record, changed_one, conditional, decided_on, finish, finish_new,
};
use crate::records::refusal::Refusal;
use crate::records::write::{Begun, Write};
use menshen_proto::crm::v1::{self, HistoryAction};
use service_kit::db::{Db, Stmt, Tx};
use service_kit::guard::permit::{Admission, Permit};
use std::collections::BTreeSet;

const INSERT: &str = "
    INSERT INTO customers (
        id, display_name, display_name_folded, kind, status, level, industry, region, source,
        employees, website, credit_code, phone, address, currency, credit_limit_minor, owner_id,
        department_id, created_at_us, created_by, updated_at_us, updated_by, lifetime_value_minor,
        version)
    VALUES (
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
        $19, $20, 0, 1)";
const UPDATE: &str = "
    UPDATE customers
    SET display_name = $5, display_name_folded = $6, kind = $7, status = $8, level = $9,
        industry = $10, region = $11, source = $12, employees = $13, website = $14,
        credit_code = $15, phone = $16, address = $17, currency = $18, credit_limit_minor = $19,
        version = version + 1, updated_at_us = $3, updated_by = $4
    WHERE id = $1 AND version = $2 AND deleted_at_us IS NULL";
const TRANSFER: &str = "
    UPDATE customers
    SET owner_id = $5, department_id = $6,
        version = version + 1, updated_at_us = $3, updated_by = $4
    WHERE id = $1 AND version = $2 AND deleted_at_us IS NULL";
const FORGET_TEAMS: &str = "
    DELETE FROM customer_teams
    WHERE customer_id = $1";
const ADD_TEAM: &str = "
    INSERT INTO customer_teams (customer_id, team_id, position)
    VALUES ($1, $2, $3)";
const PURCHASES: &str = "
    SELECT COUNT(*)
    FROM purchases
    WHERE customer_id = $1";

impl Deletable for Customer {
    const DELETE: &'static str = "
        UPDATE customers
        SET deleted_at_us = $3, version = version + 1, updated_at_us = $3, updated_by = $4
        WHERE id = $1 AND version = $2 AND deleted_at_us IS NULL";
    const RESTORE: &'static str = "
        UPDATE customers
        SET deleted_at_us = NULL, version = version + 1, updated_at_us = $3, updated_by = $4
        WHERE id = $1 AND version = $2 AND deleted_at_us IS NOT NULL";
}

/// Creates a customer at the place that was decided on.
///
/// # Errors
/// The id is taken.
pub(crate) async fn create(
    db: &Db,
    admission: &Admission<Customer>,
    id: &str,
    fields: &CustomerFields,
    call: &Call,
) -> Result<v1::Customer, Refusal> {
    let mut write = match Write::begin(db, call, SHAPE.message).await? {
        Begun::Answered(customer) => return Ok(customer),
        Begun::New(write) => write,
    };
    let place = Place::of(admission.contextual(), admission.id());
    let insert = fields.bind(Stmt::new(INSERT).bind(id));
    let insert = insert
        .bind(place.owner)
        .bind(place.department)
        .bind(call.now_us)
        .bind(&call.caller);
    let inserted = write.tx.execute(insert).await;
    inserted.map_err(|error| Refusal::on_insert(error, SHAPE.name, id))?;
    set_teams(&mut write.tx, id, &place.teams).await?;
    finish_new::<Customer>(write, id).await
}

/// Changes the fields in `paths` to what `wanted` has.
///
/// # Errors
/// The etag is stale, a field cannot be accepted, or purchases hold the currency.
pub(crate) async fn update(
    db: &Db,
    permit: &Permit<Customer>,
    wanted: &v1::Customer,
    paths: &BTreeSet<String>,
    call: &Call,
) -> Result<v1::Customer, Refusal> {
    let mut write = match Write::begin(db, call, SHAPE.message).await? {
        Begun::Answered(customer) => return Ok(customer),
        Begun::New(write) => write,
    };
    let before = decided_on(&mut write.tx, permit, &wanted.etag).await?;
    let now = before.message();
    let parse = |message: &v1::Customer| CustomerFields::parse(message, &before.row.currency);
    let fields = parse(&SHAPE.merge(&now, wanted, paths)?)?;
    if parse(&now).as_ref() == Ok(&fields) {
        return write.finish(now).await;
    }
    if fields.currency != before.row.currency {
        refuse_with_purchases(&mut write.tx, permit.id()).await?;
    }
    let update = fields.bind(conditional(UPDATE, permit, call));
    changed_one(write.tx.execute(update).await?)?;
    if fields.teams != before.teams {
        set_teams(&mut write.tx, permit.id(), &fields.teams).await?;
    }
    finish(write, HistoryAction::Updated, &before).await
}

/// Gives a customer to the place that was decided on.
///
/// # Errors
/// The etag is stale.
pub(crate) async fn transfer(
    db: &Db,
    permit: &Permit<Customer>,
    etag: &str,
    call: &Call,
) -> Result<v1::Customer, Refusal> {
    let mut write = match Write::begin(db, call, SHAPE.message).await? {
        Begun::Answered(customer) => return Ok(customer),
        Begun::New(write) => write,
    };
    let before = decided_on(&mut write.tx, permit, etag).await?;
    let place = Place::of(permit.target(), permit.id());
    if place == before.place() {
        return write.finish(before.message()).await;
    }
    let transfer = conditional(TRANSFER, permit, call)
        .bind(place.owner)
        .bind(place.department);
    changed_one(write.tx.execute(transfer).await?)?;
    finish(write, HistoryAction::Transferred, &before).await
}

/// Amounts of purchases are in the customer's currency, and would change their meaning with it. None
/// comes in between this look and the end of the transaction.
async fn refuse_with_purchases(tx: &mut Tx, id: &str) -> Result<(), Refusal> {
    lock(tx, id).await?;
    let (purchases,): (i64,) = tx.fetch_one(Stmt::new(PURCHASES).bind(id)).await?;
    if purchases == 0 {
        return Ok(());
    }
    let message = format!(
        "the customer has {purchases} purchases in its currency; it can no longer be changed"
    );
    Err(Refusal::wrong_state(format!("customer:{id}"), message))
}

async fn set_teams(tx: &mut Tx, id: &str, teams: &[String]) -> Result<(), Refusal> {
    tx.execute(Stmt::new(FORGET_TEAMS).bind(id)).await?;
    for (position, team) in (0_i64..).zip(teams) {
        tx.execute(Stmt::new(ADD_TEAM).bind(id).bind(team).bind(position))
            .await?;
    }
    Ok(())
}
