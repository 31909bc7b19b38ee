//! The customer that a contact, interaction or purchase belongs to, in the transaction of a write.

use super::customer::row::Customer;
use super::place::Place;
use crate::records::record::{Record, not_found};
use crate::records::refusal::Refusal;
use menshen_proto::authz::v1::Relationship;
use service_kit::db::{DbKind, Stmt, Tx};

/// What a write below a customer needs of it.
#[derive(Debug)]
pub(crate) struct Parent {
    /// ISO 4217, of every amount.
    pub(crate) currency: String,
}

// The write lock on the row is taken first: two writes below one customer then wait for each other,
// in the same order, and its owner cannot change between the decision and the write. SQLite has one
// writer and no word for it.
const LOCK_ON_POSTGRES: &str = "
    SELECT id
    FROM customers
    WHERE id = $1
    FOR NO KEY UPDATE";

/// The customer with this id, if it still is where the facts that were decided on have it.
///
/// # Errors
/// NOT_FOUND where it is deleted; stale where it was transferred since.
pub(crate) async fn parent(
    tx: &mut Tx,
    id: &str,
    facts: &[Relationship],
) -> Result<Parent, Refusal> {
    lock(tx, id).await?;
    let customer = Customer::by_ids(tx, &[id.to_owned()]).await?.pop();
    let customer = customer.filter(|customer| customer.deleted_at_us().is_none());
    let customer = customer.ok_or_else(|| not_found::<Customer>(id))?;
    if customer.place() != Place::of(facts, id) {
        return Err(Refusal::Stale);
    }
    Ok(Parent {
        currency: customer.row.currency,
    })
}

/// Waits for the other writes below this customer, and lets further ones wait for this transaction.
pub(crate) async fn lock(tx: &mut Tx, id: &str) -> Result<(), Refusal> {
    if tx.kind() == DbKind::Postgres {
        let _: Option<(String,)> = tx
            .fetch_optional(Stmt::new(LOCK_ON_POSTGRES).bind(id))
            .await?;
    }
    Ok(())
}
