//! Telling people of what happened, in the transaction in which it does. A notice names a record and says
//! nothing of it: whether its reader may still see that is asked when it is read.

use super::call::Call;
use super::kind::Kind;
use super::refusal::Refusal;
use menshen_proto::crm::v1::NotificationReason;
use service_kit::db::{Stmt, Tx};
use service_kit::ids;

/// What somebody is told of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notice<'a> {
    pub(crate) because: NotificationReason,
    pub(crate) kind: &'static Kind,
    pub(crate) id: &'a str,
}

/// More than would read it.
const MOST_FOLLOWERS: i64 = 1_000;

const TELL: &str = "
    INSERT INTO notifications (id, user_id, because, record_type, record_id, actor, at_us)
    SELECT $1, $2, $3, $4, $5, $6, $7
    WHERE NOT EXISTS (SELECT 1 FROM notification_mutes WHERE user_id = $2 AND because = $3)";
const FOLLOWERS: &str = "
    SELECT user_id
    FROM follows
    WHERE record_type = $1 AND record_id = $2
    ORDER BY created_at_us, user_id
    LIMIT $3";

/// Tells these people, but for the one who caused it and those who do not want to know.
///
/// # Errors
/// The database fails.
pub(crate) async fn tell<S: AsRef<str>>(
    tx: &mut Tx,
    call: &Call,
    notice: Notice<'_>,
    people: &[S],
) -> Result<(), Refusal> {
    let people = people.iter().map(AsRef::as_ref);
    for person in people.filter(|person| call.caller.strip_prefix("user:") != Some(person)) {
        let tell = Stmt::new(TELL)
            .bind(ids::new_id(call.now_us).to_string())
            .bind(person)
            .bind(i64::from(notice.because as i32))
            .bind(notice.kind.name)
            .bind(notice.id)
            .bind(&call.caller)
            .bind(call.now_us);
        tx.execute(tell).await?;
    }
    Ok(())
}

/// Tells who follows a changed record, or one of those that it belongs to, each a type and an id.
pub(super) async fn tell_followers(
    tx: &mut Tx,
    call: &Call,
    kind: &'static Kind,
    id: &str,
    mut followed: Vec<(&'static str, String)>,
) -> Result<(), Refusal> {
    followed.push((kind.name, id.to_owned()));
    let mut people: Vec<String> = Vec::new();
    for (of, id) in followed {
        let select = Stmt::new(FOLLOWERS).bind(of).bind(id).bind(MOST_FOLLOWERS);
        let found: Vec<(String,)> = tx.fetch_all(select).await?;
        people.extend(found.into_iter().map(|(person,)| person));
    }
    people.sort_unstable();
    people.dedup();
    let notice = Notice {
        because: NotificationReason::Followed,
        kind,
        id,
    };
    tell(tx, call, notice, &people).await
}
