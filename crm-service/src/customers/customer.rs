//! Customers 客户: who we sell to.

use super::{duplicates, pool};
use crate::crm::Crm;
use crate::in_force::in_force;
use crate::records::check::currency;
use crate::records::entity::{Cause, Change, Entity};
use crate::records::facts::lock;
use crate::records::field::Field;
use crate::records::kind::{Joined, Kind};
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::{self, CustomerKind, CustomerStatus, HistoryAction};
use service_kit::caller::Caller;
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about customers.
#[derive(Clone, Debug)]
pub(crate) struct Customer;

/// The levels that a customer may have; empty is none.
const LEVELS: &[&str] = &["A", "B", "C", "VIP"];

pub(crate) static CUSTOMER: Kind = Kind {
    name: "customer",
    message: "menshen.crm.v1.Customer",
    table: "customers",
    module: "module:customers",
    is_owned: true,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::choice("kind", CustomerKind::Company as i32),
        Field::choice("status", CustomerStatus::Potential as i32),
        Field::word("level", LEVELS),
        Field::line("industry", 0, 100),
        Field::line("region", 0, 100),
        Field::line("source", 0, 100),
        Field::number("employees", 0, i32::MAX as i64),
        Field::url("website"),
        Field::line("credit_code", 0, 18),
        Field::phone("phone"),
        Field::text("address", 0, 500),
        Field::line("currency", 0, 3),
        Field::money("credit_limit"),
        Field::money("lifetime_value").aside("record or cancel purchases"),
        Field::time("last_activity_at").aside("log an interaction"),
        Field::time("owned_since").aside("transfer or claim it"),
        Field::link("merged_into", &CUSTOMER).aside("merge it into another one"),
    ],
    joined: &[
        Joined {
            relation: "pool",
            subject: "module",
            rows: "(SELECT id AS customer_id, 'customers' AS module_id FROM customers WHERE owner_id IS NULL)",
            record: "customer_id",
            column: "module_id",
        },
        served_by("desk", "department", "department_id", DESKS),
        served_by("handler", "user", "owner_id", HANDLERS),
    ],
    plan: OnceLock::new(),
};

// A ticket brings its customer into reach until 30 days after it is over. The texts cannot be put together
// from parts: they stand in a static.
const DESKS: &str = "(SELECT customer_id, department_id FROM tickets \
    WHERE deleted_at_us IS NULL AND department_id IS NOT NULL \
    AND serves_until_us > NOW_US())";
const HANDLERS: &str = "(SELECT customer_id, owner_id FROM tickets \
    WHERE deleted_at_us IS NULL AND owner_id IS NOT NULL \
    AND serves_until_us > NOW_US())";

/// Who serves a customer through a ticket 工单.
const fn served_by(
    relation: &'static str,
    subject: &'static str,
    column: &'static str,
    rows: &'static str,
) -> Joined {
    Joined {
        relation,
        subject,
        rows,
        record: "customer_id",
        column,
    }
}

const PURCHASES: &str = "
    SELECT COUNT(*)
    FROM purchases
    WHERE customer_id = $1";

impl Resource for Customer {
    const TYPE: &'static str = "customer";
}

impl Entity for Customer {
    type Message = v1::Customer;

    fn kind() -> &'static Kind {
        &CUSTOMER
    }

    async fn admit(
        crm: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::Customer>,
    ) -> Result<(), Refusal> {
        if change.after.currency.is_empty() {
            change.after.currency = in_force(&crm.db).await?.default_currency;
        }
        Ok(())
    }

    fn check(change: &mut Change<'_, v1::Customer>, violations: &mut Violations) {
        if change.cause.touches("credit_code") {
            change.after.credit_code = change.after.credit_code.trim().to_uppercase();
            check_credit_code(&change.after.credit_code, violations);
        }
        if change.cause.touches("currency") {
            currency("currency", &change.after.currency, violations);
        }
        // The limit is an amount in it. Whether there is one does not matter, so that the answer does not
        // tell it to who may not read it.
        if change.cause.touches("currency") && !change.cause.touches("credit_limit") {
            violations.add(
                "currency",
                "changes together with `credit_limit`, which is in it; name both in `update_mask`",
            );
        }
    }

    /// Amounts of purchases are in the customer's currency, and would change their meaning with it. None
    /// comes in between this look and the end of the transaction.
    async fn writing(tx: &mut Tx, change: &mut Change<'_, v1::Customer>) -> Result<(), Refusal> {
        if change.cause.action() == HistoryAction::Claimed {
            let is_theirs = change.before.map(|before| before.owner.as_str());
            if is_theirs == change.place.owner.as_deref() {
                return Ok(());
            }
            return pool::admit_claim(tx, change.id, &change.place, change.call.now_us).await;
        }
        let is_new = |before: &&v1::Customer| before.currency != change.after.currency;
        let changes = change.before.as_ref().is_some_and(is_new);
        if !matches!(change.cause, Cause::Update(_)) || !changes {
            return Ok(());
        }
        lock(tx, &CUSTOMER, change.id).await?;
        let count = Stmt::new(PURCHASES).bind(change.id);
        let (purchases,): (i64,) = tx.fetch_one(count).await?;
        if purchases == 0 {
            return Ok(());
        }
        let problem = format!(
            "the customer has {purchases} purchases in its currency; it can no longer be changed"
        );
        Err(Refusal::wrong_state(CUSTOMER.reference(change.id), problem))
    }

    async fn written(tx: &mut Tx, change: &Change<'_, v1::Customer>) -> Result<(), Refusal> {
        if change.cause.touches("display_name") {
            duplicates::keep_name_key(tx, change.id, &change.after.display_name).await?;
        }
        match (change.cause, change.before) {
            (Cause::Transfer(_), Some(before)) => {
                pool::write_move(tx, change.id, &before.owner, change).await
            }
            _ => Ok(()),
        }
    }
}

/// 统一社会信用代码 has 18 letters and digits; registers elsewhere have fewer.
fn check_credit_code(code: &str, violations: &mut Violations) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !code.chars().all(is_part) {
        let quoted = quote(code);
        let problem =
            format!("{quoted} is not a registration number; give at most 18 letters and digits");
        violations.add("credit_code", problem);
    }
}
