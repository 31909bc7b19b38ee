//! Logging interactions.

use super::domain::{InteractionFields, SHAPE};
use super::row::Interaction;
use crate::customers::parent::parent;
use crate::records::call::Call;
use crate::records::column::optional;
use crate::records::record::{Record, stored};
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use crate::records::write::{Begun, Write};
use menshen_proto::crm::v1;
use service_kit::db::{Db, Stmt, Tx};
use service_kit::guard::permit::Admission;

const INSERT: &str = "
    INSERT INTO interactions (
        id, customer_id, contact_id, channel, direction, at_us, duration_seconds, summary, next_step,
        amends, created_at_us, created_by, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)";
const AMEND: &str = "
    UPDATE interactions
    SET amended_by = $2, version = version + 1
    WHERE id = $1 AND customer_id = $3 AND amended_by IS NULL";
const CONTACT: &str = "
    SELECT id
    FROM contacts
    WHERE id = $1 AND customer_id = $2 AND deleted_at_us IS NULL";
const AMENDED: &str = "
    SELECT amended_by
    FROM interactions
    WHERE id = $1 AND customer_id = $2";
// An earlier talk that is logged late does not move it back.
const LAST_ACTIVITY: &str = "
    UPDATE customers
    SET last_activity_at_us = $2
    WHERE id = $1 AND (last_activity_at_us IS NULL OR last_activity_at_us < $2)";

/// Logs an interaction with a customer; with `amends`, it corrects an earlier one.
///
/// # Errors
/// The id is taken; the contact or the earlier interaction is not of this customer; the earlier one
/// is corrected already.
pub(crate) async fn create(
    db: &Db,
    admission: &Admission<Interaction>,
    id: &str,
    customer: &str,
    fields: &InteractionFields,
    call: &Call,
) -> Result<v1::Interaction, Refusal> {
    let mut write = match Write::begin(db, call, SHAPE.message).await? {
        Begun::Answered(interaction) => return Ok(interaction),
        Begun::New(write) => write,
    };
    parent(&mut write.tx, customer, admission.contextual()).await?;
    check_contact(&mut write.tx, customer, &fields.contact).await?;
    amend(&mut write.tx, id, customer, &fields.amends).await?;
    let inserted = write.tx.execute(insert(id, customer, fields, call)).await;
    inserted.map_err(|error| Refusal::on_insert(error, SHAPE.name, id))?;
    let touch = Stmt::new(LAST_ACTIVITY).bind(customer).bind(fields.at_us);
    write.tx.execute(touch).await?;
    let interaction: Interaction = stored(&mut write.tx, id).await?;
    write.finish(interaction.message()).await
}

fn insert(id: &str, customer: &str, fields: &InteractionFields, call: &Call) -> Stmt {
    Stmt::new(INSERT)
        .bind(id)
        .bind(customer)
        .bind(optional(&fields.contact))
        .bind(fields.channel as i32)
        .bind(fields.direction as i32)
        .bind(fields.at_us)
        .bind(fields.duration_seconds)
        .bind(&fields.summary)
        .bind(&fields.next_step)
        .bind(optional(&fields.amends))
        .bind(call.now_us)
        .bind(&call.caller)
}

async fn check_contact(tx: &mut Tx, customer: &str, contact: &str) -> Result<(), Refusal> {
    if contact.is_empty() {
        return Ok(());
    }
    let found: Option<(String,)> = tx
        .fetch_optional(Stmt::new(CONTACT).bind(contact).bind(customer))
        .await?;
    match found {
        Some(_) => Ok(()),
        None => Err(not_of_this_customer("contact", contact)),
    }
}

/// Marks the earlier interaction as corrected by this one.
async fn amend(tx: &mut Tx, id: &str, customer: &str, amends: &str) -> Result<(), Refusal> {
    if amends.is_empty() {
        return Ok(());
    }
    let marked = tx
        .execute(Stmt::new(AMEND).bind(amends).bind(id).bind(customer))
        .await?;
    if marked == 1 {
        return Ok(());
    }
    let earlier = Stmt::new(AMENDED).bind(amends).bind(customer);
    let earlier: Option<(Option<String>,)> = tx.fetch_optional(earlier).await?;
    match earlier {
        Some((Some(by),)) => Err(Refusal::wrong_state(
            format!("interaction:{amends}"),
            format!("it is corrected already, by `{by}`; correct that one"),
        )),
        _ => Err(not_of_this_customer("amends", amends)),
    }
}

fn not_of_this_customer(field: &str, id: &str) -> Refusal {
    let mut violations = Violations::of(SHAPE.name);
    violations.add(
        field,
        format!("{} is not of this customer; name one that is", quote(id)),
    );
    violations.into()
}
