//! Interactions 沟通记录: what was said to a customer. They are only added; a mistake is corrected by
//! another one that says so.

use super::contact::CONTACT;
use super::customer::CUSTOMER;
use crate::crm::Crm;
use crate::records::entity::{Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::time::{micros, timestamp};
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::{self, InteractionDirection};
use service_kit::caller::Caller;
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about interactions.
#[derive(Clone, Debug)]
pub(crate) struct Interaction;

pub(crate) static INTERACTION: Kind = Kind {
    name: "interaction",
    message: "menshen.crm.v1.Interaction",
    table: "interactions",
    module: "module:interactions",
    is_owned: false,
    fields: &[
        Field::parent("customer", &CUSTOMER, "what was said stays as it was said"),
        Field::link("contact", &CONTACT),
        Field::choice("channel", 0),
        Field::choice("direction", InteractionDirection::Outbound as i32),
        Field::past("at"),
        Field::number("duration_seconds", 0, i32::MAX as i64),
        Field::text("summary", 1, 10_000),
        Field::text("next_step", 0, 1_000),
        Field::link("amends", &INTERACTION),
        Field::line("amended_by", 0, 64).aside("log an interaction that amends this one"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

const CONTACT_OF: &str = "
    SELECT id
    FROM contacts
    WHERE id = $1 AND customer_id = $2 AND deleted_at_us IS NULL";
const AMEND: &str = "
    UPDATE interactions
    SET amended_by = $2, version = version + 1
    WHERE id = $1 AND customer_id = $3 AND amended_by = ''";
const AMENDED: &str = "
    SELECT amended_by
    FROM interactions
    WHERE id = $1 AND customer_id = $2";
// An earlier talk that is logged late does not move it back.
const LAST_ACTIVITY: &str = "
    UPDATE customers
    SET last_activity_at_us = $2
    WHERE id = $1 AND (last_activity_at_us IS NULL OR last_activity_at_us < $2)";

impl Resource for Interaction {
    const TYPE: &'static str = "interaction";
}

impl Entity for Interaction {
    type Message = v1::Interaction;

    fn kind() -> &'static Kind {
        &INTERACTION
    }

    async fn admit(
        _: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::Interaction>,
    ) -> Result<(), Refusal> {
        let now = timestamp(change.call.now_us);
        change.after.at.get_or_insert(now);
        Ok(())
    }

    async fn writing(tx: &mut Tx, change: &mut Change<'_, v1::Interaction>) -> Result<(), Refusal> {
        let talk = &change.after;
        if !talk.contact.is_empty() {
            let select = Stmt::new(CONTACT_OF)
                .bind(&talk.contact)
                .bind(&talk.customer);
            let found: Option<(String,)> = tx.fetch_optional(select).await?;
            found.ok_or_else(|| not_of_this_customer("contact", &talk.contact))?;
        }
        Ok(())
    }

    async fn written(tx: &mut Tx, change: &Change<'_, v1::Interaction>) -> Result<(), Refusal> {
        let talk = &change.after;
        if !talk.amends.is_empty() {
            amend(tx, change.id, talk).await?;
        }
        if let Some(at_us) = talk.at.as_ref().and_then(micros) {
            let touch = Stmt::new(LAST_ACTIVITY).bind(&talk.customer).bind(at_us);
            tx.execute(touch).await?;
        }
        Ok(())
    }
}

/// Marks the earlier interaction as corrected by this one.
async fn amend(tx: &mut Tx, id: &str, talk: &v1::Interaction) -> Result<(), Refusal> {
    let mark = Stmt::new(AMEND).bind(&talk.amends).bind(id);
    if tx.execute(mark.bind(&talk.customer)).await? == 1 {
        return Ok(());
    }
    let select = Stmt::new(AMENDED).bind(&talk.amends).bind(&talk.customer);
    let earlier: Option<(String,)> = tx.fetch_optional(select).await?;
    match earlier {
        Some((by,)) => Err(Refusal::wrong_state(
            INTERACTION.reference(&talk.amends),
            format!("it is corrected already, by `{by}`; correct that one"),
        )),
        None => Err(not_of_this_customer("amends", &talk.amends)),
    }
}

fn not_of_this_customer(field: &str, id: &str) -> Refusal {
    let mut violations = Violations::of(INTERACTION.name);
    let problem = format!("{} is not of this customer; name one that is", quote(id));
    violations.add(field, problem);
    violations.into()
}
