//! Recording, changing and cancelling purchases, and the customer's lifetime value with them.

use super::domain::{PurchaseFields, SHAPE};
use super::row::Purchase;
use super::state::{admit_cancel, admit_new, admit_update};
use crate::customers::parent::parent;
use crate::records::call::Call;
use crate::records::record::{
    Record, changed_one, conditional, decided_on, finish, finish_new, stored, to_delete, to_restore,
};
use crate::records::refusal::Refusal;
use crate::records::write::{Begun, Write};
use menshen_proto::crm::v1::{self, HistoryAction, PurchaseStatus};
use service_kit::db::{Db, Stmt, Tx};
use service_kit::guard::permit::{Admission, Permit};
use std::collections::BTreeSet;

const INSERT: &str = "
    INSERT INTO purchases (
        id, customer_id, currency, amount_minor, status, purchased_at_us, paid_at_us,
        external_reference, created_at_us, created_by, updated_at_us, updated_by, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $10, 1)";
const UPDATE: &str = "
    UPDATE purchases
    SET amount_minor = $5, status = $6, purchased_at_us = $7, paid_at_us = $8, external_reference = $9,
        version = version + 1, updated_at_us = $3, updated_by = $4
    WHERE id = $1 AND version = $2 AND deleted_at_us IS NULL";
const CANCEL: &str = "
    UPDATE purchases
    SET status = $5, version = version + 1, updated_at_us = $3, updated_by = $4
    WHERE id = $1 AND version = $2 AND deleted_at_us IS NULL";
const DELETE: &str = "
    UPDATE purchases
    SET deleted_at_us = $3, version = version + 1, updated_at_us = $3, updated_by = $4
    WHERE id = $1 AND version = $2 AND deleted_at_us IS NULL";
const RESTORE: &str = "
    UPDATE purchases
    SET deleted_at_us = NULL, version = version + 1, updated_at_us = $3, updated_by = $4
    WHERE id = $1 AND version = $2 AND deleted_at_us IS NOT NULL";
const FORGET_LINES: &str = "
    DELETE FROM purchase_lines
    WHERE purchase_id = $1";
const ADD_LINE: &str = "
    INSERT INTO purchase_lines (
        purchase_id, position, product, quantity, unit_price_minor, discount_basis_points)
    VALUES ($1, $2, $3, $4, $5, $6)";
// Not a new version of the customer: an etag would go stale with every purchase. What would not fit
// is not added: SQLite would make a floating-point number of it.
const ADD_TO_LIFETIME_VALUE: &str = "
    UPDATE customers
    SET lifetime_value_minor = lifetime_value_minor + $2
    WHERE id = $1 AND lifetime_value_minor <= $3";

/// Records a purchase of a customer.
///
/// # Errors
/// The id is taken, a field cannot be accepted, or the customer is gone.
pub(crate) async fn create(
    db: &Db,
    admission: &Admission<Purchase>,
    id: &str,
    proposed: &v1::Purchase,
    call: &Call,
) -> Result<v1::Purchase, Refusal> {
    let mut write = match Write::begin(db, call, SHAPE.message).await? {
        Begun::Answered(purchase) => return Ok(purchase),
        Begun::New(write) => write,
    };
    let customer = &proposed.customer;
    let parent = parent(&mut write.tx, customer, admission.contextual()).await?;
    let fields = PurchaseFields::parse(proposed, &parent.currency, call.now_us)?;
    admit_new(fields.status)?;
    let insert = Stmt::new(INSERT)
        .bind(id)
        .bind(customer)
        .bind(&parent.currency);
    let insert = fields.bind(insert).bind(call.now_us).bind(&call.caller);
    let inserted = write.tx.execute(insert).await;
    inserted.map_err(|error| Refusal::on_insert(error, SHAPE.name, id))?;
    set_lines(&mut write.tx, id, &fields).await?;
    add_to_lifetime_value(&mut write.tx, customer, fields.counted_minor()).await?;
    finish_new::<Purchase>(write, id).await
}

/// Changes the fields in `paths` to what `wanted` has.
///
/// # Errors
/// The etag is stale, a field cannot be accepted, or the purchase's state does not allow it.
pub(crate) async fn update(
    db: &Db,
    permit: &Permit<Purchase>,
    wanted: &v1::Purchase,
    paths: &BTreeSet<String>,
    call: &Call,
) -> Result<v1::Purchase, Refusal> {
    let mut write = match Write::begin(db, call, SHAPE.message).await? {
        Begun::Answered(purchase) => return Ok(purchase),
        Begun::New(write) => write,
    };
    let before = decided_on(&mut write.tx, permit, &wanted.etag).await?;
    let now = before.message();
    let parse =
        |message: &v1::Purchase| PurchaseFields::parse(message, &before.row.currency, call.now_us);
    let fields = parse(&SHAPE.merge(&now, wanted, paths)?)?;
    admit_update(&before, &fields, paths)?;
    if parse(&now).as_ref() == Ok(&fields) {
        return write.finish(now).await;
    }
    changed_one(
        write
            .tx
            .execute(fields.bind(conditional(UPDATE, permit, call)))
            .await?,
    )?;
    set_lines(&mut write.tx, permit.id(), &fields).await?;
    settle(&mut write.tx, &before).await?;
    finish(write, HistoryAction::Updated, &before).await
}

/// Cancels a purchase: it no longer counts.
///
/// # Errors
/// The etag is stale, or the purchase is fulfilled or cancelled already.
pub(crate) async fn cancel(
    db: &Db,
    permit: &Permit<Purchase>,
    etag: &str,
    call: &Call,
) -> Result<v1::Purchase, Refusal> {
    let mut write = match Write::begin(db, call, SHAPE.message).await? {
        Begun::Answered(purchase) => return Ok(purchase),
        Begun::New(write) => write,
    };
    let before = decided_on(&mut write.tx, permit, etag).await?;
    admit_cancel(&before)?;
    let cancel = conditional(CANCEL, permit, call).bind(PurchaseStatus::Cancelled as i32);
    changed_one(write.tx.execute(cancel).await?)?;
    settle(&mut write.tx, &before).await?;
    finish(write, HistoryAction::Cancelled, &before).await
}

/// Deletes a purchase: it no longer counts.
///
/// # Errors
/// The etag is stale; NOT_FOUND where it is deleted already.
pub(crate) async fn delete(
    db: &Db,
    permit: &Permit<Purchase>,
    etag: &str,
    call: &Call,
) -> Result<v1::Purchase, Refusal> {
    let mut write = match Write::begin(db, call, SHAPE.message).await? {
        Begun::Answered(purchase) => return Ok(purchase),
        Begun::New(write) => write,
    };
    let before = to_delete(&mut write.tx, permit, etag).await?;
    changed_one(write.tx.execute(conditional(DELETE, permit, call)).await?)?;
    settle(&mut write.tx, &before).await?;
    finish(write, HistoryAction::Deleted, &before).await
}

/// Brings a deleted purchase back: it counts again.
///
/// # Errors
/// It is not deleted.
pub(crate) async fn restore(
    db: &Db,
    permit: &Permit<Purchase>,
    call: &Call,
) -> Result<v1::Purchase, Refusal> {
    let mut write = match Write::begin(db, call, SHAPE.message).await? {
        Begun::Answered(purchase) => return Ok(purchase),
        Begun::New(write) => write,
    };
    let before = to_restore(&mut write.tx, permit).await?;
    changed_one(write.tx.execute(conditional(RESTORE, permit, call)).await?)?;
    settle(&mut write.tx, &before).await?;
    finish(write, HistoryAction::Restored, &before).await
}

/// Adds to the customer's lifetime value what the purchase counts more than before.
async fn settle(tx: &mut Tx, before: &Purchase) -> Result<(), Refusal> {
    let now: Purchase = stored(tx, before.id()).await?;
    let more = now.counted_minor() - before.counted_minor();
    add_to_lifetime_value(tx, &before.row.customer_id, more).await
}

/// The customer's row is locked, so that it is there: a row that does not change is too full.
async fn add_to_lifetime_value(tx: &mut Tx, customer: &str, minor: i64) -> Result<(), Refusal> {
    if minor == 0 {
        return Ok(());
    }
    let add = Stmt::new(ADD_TO_LIFETIME_VALUE)
        .bind(customer)
        .bind(minor)
        .bind(i64::MAX - minor.max(0));
    if tx.execute(add).await? == 1 {
        return Ok(());
    }
    Err(Refusal::wrong_state(
        format!("customer:{customer}"),
        "the customer's purchases would add up to more than an amount can hold; correct those that are too large first",
    ))
}

async fn set_lines(tx: &mut Tx, id: &str, fields: &PurchaseFields) -> Result<(), Refusal> {
    tx.execute(Stmt::new(FORGET_LINES).bind(id)).await?;
    for (position, line) in (0_i64..).zip(&fields.lines) {
        let add = Stmt::new(ADD_LINE)
            .bind(id)
            .bind(position)
            .bind(&line.product)
            .bind(line.quantity)
            .bind(line.unit_price_minor)
            .bind(line.discount_basis_points);
        tx.execute(add).await?;
    }
    Ok(())
}

impl PurchaseFields {
    /// Binds what a row holds of the fields, in the order of `INSERT` and `UPDATE`.
    fn bind(&self, statement: Stmt) -> Stmt {
        statement
            .bind(self.amount_minor)
            .bind(self.status as i32)
            .bind(self.purchased_at_us)
            .bind(self.paid_at_us)
            .bind(&self.external_reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use service_kit::db::{DatabaseUrl, PoolSizes};
    use tempfile::TempDir;

    const ALMOST_FULL: &str = "
        INSERT INTO customers (
            id, display_name, display_name_folded, kind, status, level, industry, region, source,
            employees, website, credit_code, phone, address, currency, lifetime_value_minor,
            version, created_at_us, created_by, updated_at_us, updated_by)
        VALUES (
            'c', 'C', 'c', 1, 1, '', '', '', '', 0, '', '', '', '', 'CNY', $1, 1, 0, 'user:u05', 0,
            'user:u05')";

    #[tokio::test]
    async fn what_would_not_fit_is_not_added_to_the_lifetime_value() {
        let folder = TempDir::new().unwrap();
        let url: DatabaseUrl = format!("sqlite://{}/crm.db", folder.path().display())
            .parse()
            .unwrap();
        let db = Db::connect(&url, &PoolSizes::default()).await.unwrap();
        db.migrate(&crate::server::MIGRATIONS).await.unwrap();
        db.execute(Stmt::new(ALMOST_FULL).bind(i64::MAX - 5))
            .await
            .unwrap();
        let mut tx = db.begin().await.unwrap();
        let refused = add_to_lifetime_value(&mut tx, "c", 6).await.unwrap_err();
        assert!(matches!(refused, Refusal::Precondition { .. }), "{refused}");
        add_to_lifetime_value(&mut tx, "c", 5).await.unwrap();
        add_to_lifetime_value(&mut tx, "c", -7).await.unwrap();
        let value = Stmt::new("SELECT lifetime_value_minor FROM customers");
        let (value,): (i64,) = tx.fetch_one(value).await.unwrap();
        assert_eq!(value, i64::MAX - 7);
    }
}
