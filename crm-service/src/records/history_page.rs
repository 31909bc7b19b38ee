//! A record's history, page by page.

use super::history::{Entry, newest_first};
use super::record::Record;
use super::refusal::Refusal;
use service_kit::db::Db;
use service_kit::guard::permit::Permit;
use service_kit::page::{PageToken, page_size, question};

const DEFAULT_SIZE: u32 = 50;

/// The page that was asked for, newest first, and the token of the next one (empty: it is the last).
///
/// # Errors
/// A page size out of range; a page token of another list.
pub(crate) async fn history_page<R: Record>(
    db: &Db,
    permit: &Permit<R>,
    size: i32,
    token: &str,
) -> Result<(Vec<Entry<R::Message>>, String), Refusal> {
    let size = i64::from(page_size(size, DEFAULT_SIZE)?);
    let question = question(&["history", R::TYPE, permit.id(), &permit.caller().subject]);
    let after = PageToken::decode(token, &question)?;
    let before = after
        .and_then(|token| token.after.first()?.as_i64())
        .unwrap_or(i64::MAX);
    let mut entries = newest_first(db, R::SHAPE, permit.id(), before, size + 1).await?;
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

/// That a field was set is as hidden as the field.
fn leave_out_hidden<R: Record>(permit: &Permit<R>, changed_fields: &mut Vec<String>) {
    let is_hidden = |name: &String| {
        let mut rules = permit.hidden().iter();
        rules.any(|rule| rule.message == R::SHAPE.message && rule.field == name)
    };
    changed_fields.retain(|name| !is_hidden(name));
}
