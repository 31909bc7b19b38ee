//! Creating and changing contacts.

use super::domain::{ContactFields, SHAPE};
use super::row::Contact;
use crate::customers::parent::parent;
use crate::records::call::Call;
use crate::records::record::{
    Deletable, Record, changed_one, conditional, decided_on, finish, finish_new,
};
use crate::records::refusal::Refusal;
use crate::records::write::{Begun, Write};
use menshen_proto::crm::v1::{self, HistoryAction};
use service_kit::db::{Db, Stmt};
use service_kit::guard::permit::{Admission, Permit};
use std::collections::BTreeSet;

const INSERT: &str = "
    INSERT INTO contacts (
        id, customer_id, display_name, display_name_folded, title, role, email, mobile, wechat,
        birthday, do_not_call, status, created_at_us, created_by, updated_at_us, updated_by, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13, $14, 1)";
const UPDATE: &str = "
    UPDATE contacts
    SET display_name = $5, display_name_folded = $6, title = $7, role = $8, email = $9, mobile = $10,
        wechat = $11, birthday = $12, do_not_call = $13, status = $14,
        version = version + 1, updated_at_us = $3, updated_by = $4
    WHERE id = $1 AND version = $2 AND deleted_at_us IS NULL";

impl Deletable for Contact {
    const DELETE: &'static str = "
        UPDATE contacts
        SET deleted_at_us = $3, version = version + 1, updated_at_us = $3, updated_by = $4
        WHERE id = $1 AND version = $2 AND deleted_at_us IS NULL";
    const RESTORE: &'static str = "
        UPDATE contacts
        SET deleted_at_us = NULL, version = version + 1, updated_at_us = $3, updated_by = $4
        WHERE id = $1 AND version = $2 AND deleted_at_us IS NOT NULL";
}

/// Creates a contact at a customer.
///
/// # Errors
/// The id is taken, or the customer is gone.
pub(crate) async fn create(
    db: &Db,
    admission: &Admission<Contact>,
    id: &str,
    customer: &str,
    fields: &ContactFields,
    call: &Call,
) -> Result<v1::Contact, Refusal> {
    let mut write = match Write::begin(db, call, SHAPE.message).await? {
        Begun::Answered(contact) => return Ok(contact),
        Begun::New(write) => write,
    };
    parent(&mut write.tx, customer, admission.contextual()).await?;
    let insert = fields.bind(Stmt::new(INSERT).bind(id).bind(customer));
    let inserted = write
        .tx
        .execute(insert.bind(call.now_us).bind(&call.caller))
        .await;
    inserted.map_err(|error| Refusal::on_insert(error, SHAPE.name, id))?;
    finish_new::<Contact>(write, id).await
}

/// Changes the fields in `paths` to what `wanted` has.
///
/// # Errors
/// The etag is stale, or a field cannot be accepted.
pub(crate) async fn update(
    db: &Db,
    permit: &Permit<Contact>,
    wanted: &v1::Contact,
    paths: &BTreeSet<String>,
    call: &Call,
) -> Result<v1::Contact, Refusal> {
    let mut write = match Write::begin(db, call, SHAPE.message).await? {
        Begun::Answered(contact) => return Ok(contact),
        Begun::New(write) => write,
    };
    let before = decided_on(&mut write.tx, permit, &wanted.etag).await?;
    let now = before.message();
    let fields = ContactFields::parse(&SHAPE.merge(&now, wanted, paths)?, call.now_us)?;
    if ContactFields::parse(&now, call.now_us).as_ref() == Ok(&fields) {
        return write.finish(now).await;
    }
    let update = fields.bind(conditional(UPDATE, permit, call));
    changed_one(write.tx.execute(update).await?)?;
    finish(write, HistoryAction::Updated, &before).await
}
