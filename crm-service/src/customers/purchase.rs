//! Purchases 购买记录: what a customer bought. They add up to the customer's lifetime value.

mod lines;
mod state;

use super::customer::CUSTOMER;
use crate::crm::Crm;
use crate::records::entity::{Cause, Change, Entity, Step};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, HistoryAction, Money, PurchaseStatus};
use service_kit::caller::Caller;
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about purchases.
#[derive(Clone, Debug)]
pub(crate) struct Purchase;

pub(crate) static PURCHASE: Kind = Kind {
    name: "purchase",
    message: "menshen.crm.v1.Purchase",
    table: "purchases",
    module: "module:purchases",
    is_owned: false,
    fields: &[
        Field::parent(
            "customer",
            &CUSTOMER,
            "a purchase stays with its customer; cancel it and create one at the other",
        ),
        Field::json("lines"),
        Field::money("amount").by_the_kind("it is the sum of the lines"),
        Field::line("currency", 0, 3).by_the_kind("it is the customer's"),
        Field::choice("status", PurchaseStatus::Confirmed as i32),
        Field::past("purchased_at"),
        Field::past("paid_at"),
        Field::line("external_reference", 0, 100),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

const CURRENCY: &str = "
    SELECT currency
    FROM customers
    WHERE id = $1";
// Not a new version of the customer: an etag would go stale with every purchase. What would not fit
// is not added: SQLite would make a floating-point number of it.
const ADD_TO_LIFETIME_VALUE: &str = "
    UPDATE customers
    SET lifetime_value_minor = lifetime_value_minor + $2
    WHERE id = $1 AND lifetime_value_minor <= $3";

impl Resource for Purchase {
    const TYPE: &'static str = "purchase";
}

impl Entity for Purchase {
    type Message = v1::Purchase;

    const STEPS: &'static [Step] = &[Step::new(
        "CancelPurchase",
        &[PurchaseStatus::Confirmed as i32],
        PurchaseStatus::Cancelled as i32,
    )
    .told_as(HistoryAction::Cancelled)];

    fn kind() -> &'static Kind {
        &PURCHASE
    }

    async fn admit(
        crm: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::Purchase>,
    ) -> Result<(), Refusal> {
        if matches!(change.cause, Cause::Create) {
            let select = Stmt::new(CURRENCY).bind(&change.after.customer);
            let customer: Option<(String,)> = crm.db.fetch_optional(select).await?;
            change.after.currency = customer.map(|(currency,)| currency).unwrap_or_default();
            let now = timestamp(change.call.now_us);
            change.after.purchased_at.get_or_insert(now);
        }
        state::admit(change)
    }

    fn check(change: &mut Change<'_, v1::Purchase>, violations: &mut Violations) {
        let currency = change.after.currency.clone();
        let amount_minor = lines::checked_sum(&mut change.after.lines, &currency, violations);
        change.after.amount = Some(Money {
            currency,
            amount_minor,
        });
    }

    /// The customer is locked: its currency stays what it is now.
    async fn writing(tx: &mut Tx, change: &mut Change<'_, v1::Purchase>) -> Result<(), Refusal> {
        let select = Stmt::new(CURRENCY).bind(&change.after.customer);
        let (currency,): (String,) = tx.fetch_one(select).await?;
        if currency == change.after.currency {
            Ok(())
        } else {
            Err(Refusal::Stale)
        }
    }

    async fn written(tx: &mut Tx, change: &Change<'_, v1::Purchase>) -> Result<(), Refusal> {
        let (before, after) = match change.cause {
            Cause::Create | Cause::Restore => (0, counted(&change.after)),
            Cause::Delete => (counted(&change.after), 0),
            Cause::Update(_) | Cause::Step(_) | Cause::Transfer(_) | Cause::Merge => {
                (change.before.map_or(0, counted), counted(&change.after))
            }
        };
        add_to_lifetime_value(tx, &change.after.customer, after - before).await
    }
}

/// What a purchase adds to the customer's lifetime value.
fn counted(purchase: &v1::Purchase) -> i64 {
    match purchase.status() {
        PurchaseStatus::Cancelled => 0,
        _ => purchase
            .amount
            .as_ref()
            .map_or(0, |amount| amount.amount_minor),
    }
}

/// The customer's row is locked, so that it is there: a row that does not change is too full.
async fn add_to_lifetime_value(tx: &mut Tx, customer: &str, minor: i64) -> Result<(), Refusal> {
    if minor == 0 {
        return Ok(());
    }
    let room = i64::MAX - minor.max(0);
    let add = Stmt::new(ADD_TO_LIFETIME_VALUE).bind(customer).bind(minor);
    if tx.execute(add.bind(room)).await? == 1 {
        return Ok(());
    }
    Err(Refusal::wrong_state(
        CUSTOMER.reference(customer),
        "the customer's purchases would add up to more than an amount can hold; correct those that are too large first",
    ))
}
