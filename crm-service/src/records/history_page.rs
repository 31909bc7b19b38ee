//! A record's history, page by page.

use super::entity::Entity;
use super::history::{Entry, newest_first};
use super::record::{not_found, one_or_deleted};
use super::refusal::Refusal;
use crate::crm::Crm;
use menshen_proto::standard::Resource as _;
use service_kit::guard::decider::{Answer, Question};
use service_kit::guard::permit::Permit;
use service_kit::page::{PageToken, page_size, question};
use service_kit::status;

const DEFAULT_SIZE: u32 = 50;

/// The page that was asked for, newest first, and the token of the next one (empty: it is the last).
///
/// The history of a deleted record is for who may restore it: for others there is no such record.
///
/// # Errors
/// A page size out of range; a page token of another list; NOT_FOUND.
pub(super) async fn history_page<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
    size: i32,
    token: &str,
) -> Result<(Vec<Entry<E::Message>>, String), Refusal> {
    let size = i64::from(page_size(size, DEFAULT_SIZE)?);
    let question = question(&["history", E::TYPE, permit.id(), &permit.caller().subject]);
    let before = match PageToken::decode(token, &question)? {
        None => i64::MAX,
        Some(token) => version_in(&token)?,
    };
    admit_deleted(crm, permit).await?;
    let mut entries = newest_first::<E>(&crm.db, permit.id(), before, size + 1).await?;
    let mut next = String::new();
    if i64::try_from(entries.len()).is_ok_and(|found| found > size) {
        entries.pop();
        let last = entries.last().map(|entry| entry.version);
        next = PageToken::new(&question, last.into_iter().map(Into::into).collect()).encode();
    }
    for entry in &mut entries {
        leave_out_hidden(permit, &mut entry.changed_fields);
    }
    Ok((entries, next))
}

async fn admit_deleted<E: Entity>(crm: &Crm, permit: &Permit<E>) -> Result<(), Refusal> {
    if one_or_deleted(&crm.db, permit)
        .await?
        .deleted_at_us
        .is_none()
    {
        return Ok(());
    }
    let question = Question {
        subject: String::new(),
        permission: "restore".to_owned(),
        resource: E::kind().reference(permit.id()),
        contextual: permit.contextual().to_vec(),
    };
    let answers = crm.decider.check(permit.caller(), vec![question]).await?;
    match answers.first() {
        Some(Answer::Allowed) => Ok(()),
        _ => Err(not_found::<E>(permit.id())),
    }
}

/// The version before which the page goes on.
fn version_in(token: &PageToken) -> Result<i64, Refusal> {
    let version = match token.after.as_slice() {
        [version] => version.as_i64(),
        _ => None,
    };
    version.ok_or_else(|| {
        let problem = "is not one of ours; leave it empty for the first page";
        status::invalid_field("page_token", problem).into()
    })
}

/// That a field was set is as hidden as the field.
fn leave_out_hidden<E: Entity>(permit: &Permit<E>, changed_fields: &mut Vec<String>) {
    let is_hidden = |name: &String| {
        let mut rules = permit.hidden().iter();
        rules.any(|rule| rule.message == E::Message::MESSAGE && rule.field == name)
    };
    changed_fields.retain(|name| !is_hidden(name));
}
