//! Making one customer of two.

use crate::crm::Crm;
use crate::customers::customer::{CUSTOMER, Customer};
use crate::records::along::Involved;
use crate::records::call::Call;
use crate::records::entity::{Cause, Change};
use crate::records::etag;
use crate::records::facts;
use crate::records::history::append;
use crate::records::record::{Record, decided_on, stored};
use crate::records::refusal::Refusal;
use crate::records::relink::{references, relink};
use crate::records::sharing::ending;
use crate::records::violations::{Violations, quote};
use crate::records::write::{Begun, Write, answered};
use menshen_proto::crm::v1::{self, MergeCustomersRequest, MergeCustomersResponse, MovedRecords};
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Permit;

const ANSWER: &str = "menshen.crm.v1.MergeCustomersResponse";

const TAKE_IN: &str = "
    UPDATE customers
    SET lifetime_value_minor = $2, last_activity_at_us = $3, version = version + 1, updated_at_us = $4,
        updated_by = $5
    WHERE id = $1";
const GO_INTO: &str = "
    UPDATE customers
    SET merged_into_id = $2, lifetime_value_minor = 0, deleted_at_us = $3, version = version + 1,
        updated_at_us = $3, updated_by = $4
    WHERE id = $1";

/// What the duplicate takes.
const TO_GO: (&str, &str) = (
    "merge_away",
    "you may not merge this customer into another one: it takes the right to delete it",
);

/// Makes the duplicate part of the customer that the guard let through.
///
/// # Errors
/// The duplicate is not there for the caller, or not theirs to merge; different currencies; a stale etag.
pub(super) async fn merge(
    crm: &Crm,
    permit: &Permit<Customer>,
    asked: &MergeCustomersRequest,
    call: &Call,
) -> Result<MergeCustomersResponse, Refusal> {
    if let Some(answer) = answered(&crm.db, call, ANSWER).await? {
        return Ok(answer);
    }
    let decided = duplicate(crm, permit, &asked.duplicate).await?;
    let shares = ending::subjects_of(crm, &CUSTOMER, &asked.duplicate).await?;
    let mut write = match Write::begin(&crm.db, call, ANSWER).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let tx = &mut write.tx;
    let (kept, gone) = locked(tx, permit, asked, &decided).await?;
    admit_currencies(&kept, &gone)?;
    let mut moved = Vec::new();
    for kind in crm.kinds.iter().copied() {
        for field in references(kind, &CUSTOMER) {
            let count = relink(tx, kind, field, (&gone.id, &kept.id), call).await?;
            if count > 0 {
                let kind = kind.name.to_owned();
                moved.push(MovedRecords {
                    r#type: kind,
                    count,
                });
            }
        }
    }
    let customer = write_both(tx, &kept, &gone, call).await?;
    let is_other = gone.message.owner != kept.message.owner;
    let answer = MergeCustomersResponse {
        customer: Some(customer),
        moved,
        shares_ended: shares,
        former_owner: if is_other {
            gone.message.owner
        } else {
            String::new()
        },
    };
    let answer = write.finish(answer).await?;
    if !call.validate_only {
        ending::end_all(
            crm,
            &CUSTOMER,
            &asked.duplicate,
            "it was merged into another one",
        )
        .await?;
    }
    Ok(answer)
}

/// The duplicate, which the caller sees and may let go into another one.
async fn duplicate(
    crm: &Crm,
    permit: &Permit<Customer>,
    duplicate: &str,
) -> Result<Involved, Refusal> {
    let mut violations = Violations::default();
    violations.id("duplicate", duplicate);
    if duplicate == permit.id() {
        let problem = format!(
            "{} is the customer itself; name the other one",
            quote(duplicate)
        );
        violations.add("duplicate", problem);
    }
    violations.or(())?;
    Involved::of(crm, permit.caller(), &CUSTOMER, duplicate, TO_GO).await
}

/// Both, as they were decided on, locked until the transaction ends.
async fn locked(
    tx: &mut Tx,
    permit: &Permit<Customer>,
    asked: &MergeCustomersRequest,
    decided: &Involved,
) -> Result<(Record<Customer>, Record<Customer>), Refusal> {
    // Two merges the other way round would wait for each other.
    let mut ids = [permit.id(), asked.duplicate.as_str()];
    ids.sort_unstable();
    for id in ids {
        facts::lock(tx, &CUSTOMER, id).await?;
    }
    let kept = decided_on(tx, permit, &asked.etag).await?;
    decided.still(tx).await?;
    let gone: Record<Customer> = stored(tx, &asked.duplicate).await?;
    if !etag::matches(&asked.duplicate_etag, gone.version) {
        return Err(Refusal::EtagStale);
    }
    Ok((kept, gone))
}

/// Amounts keep their meaning.
fn admit_currencies(kept: &Record<Customer>, gone: &Record<Customer>) -> Result<(), Refusal> {
    let (one, other) = (&kept.message.currency, &gone.message.currency);
    if one == other {
        return Ok(());
    }
    let problem = format!(
        "its amounts are in `{one}`, those of the duplicate in `{other}`; merge customers of one currency"
    );
    Err(Refusal::wrong_state(CUSTOMER.reference(&kept.id), problem))
}

/// Writes both rows and their histories, and answers with the one that stays.
async fn write_both(
    tx: &mut Tx,
    kept: &Record<Customer>,
    gone: &Record<Customer>,
    call: &Call,
) -> Result<v1::Customer, Refusal> {
    let value = |customer: &v1::Customer| {
        let value = customer.lifetime_value.as_ref();
        value.map_or(0, |money| money.amount_minor)
    };
    let last = |customer: &v1::Customer| {
        let at = customer.last_activity_at.as_ref();
        at.and_then(crate::records::time::micros)
    };
    let take_in = Stmt::new(TAKE_IN)
        .bind(&kept.id)
        .bind(value(&kept.message).saturating_add(value(&gone.message)))
        .bind(last(&kept.message).max(last(&gone.message)));
    tx.execute(take_in.bind(call.now_us).bind(&call.caller))
        .await?;
    let go = Stmt::new(GO_INTO).bind(&gone.id).bind(&kept.id);
    tx.execute(go.bind(call.now_us).bind(&call.caller)).await?;
    tell(tx, gone, call).await?;
    tell(tx, kept, call).await
}

async fn tell(
    tx: &mut Tx,
    before: &Record<Customer>,
    call: &Call,
) -> Result<v1::Customer, Refusal> {
    let after: Record<Customer> = stored(tx, &before.id).await?;
    let change = Change {
        id: &before.id,
        cause: Cause::Merge,
        before: Some(&before.message),
        after: after.message.clone(),
        place: before.place.clone(),
        call,
    };
    append(tx, &change, &after).await?;
    Ok(after.message)
}
