//! Who made a record, so that somebody else approves it: whoever created or changed it stands in its
//! history, and is told to the access model from there.

use crate::records::entity::{Cause, Change};
use crate::records::kind::{Joined, Kind};
use crate::records::refusal::Refusal;
use service_kit::caller::Caller;
use service_kit::db::{Stmt, Tx};

/// The relation of those who created or changed quotes.
pub(super) const OF_QUOTES: Joined = made_by(
    "(SELECT record_id, substr(actor, 6) AS user_id FROM history \
     WHERE record_type = 'quote' AND action IN (1, 2) AND actor LIKE 'user:%')",
);
/// The relation of those who created or changed contracts.
pub(super) const OF_CONTRACTS: Joined = made_by(
    "(SELECT record_id, substr(actor, 6) AS user_id FROM history \
     WHERE record_type = 'contract' AND action IN (1, 2) AND actor LIKE 'user:%')",
);

const fn made_by(rows: &'static str) -> Joined {
    Joined {
        relation: "prepared_by",
        subject: "user",
        rows,
        record: "record_id",
        column: "user_id",
    }
}

const OTHERS: &str = "
    SELECT COUNT(DISTINCT actor)
    FROM history
    WHERE record_type = $1 AND record_id = $2 AND action IN (1, 2) AND actor LIKE 'user:%' AND actor != $3";

/// Makes sure that everybody who makes a record is kept apart from its approval: of more than
/// [`Joined::MOST`] the access model would not be told.
///
/// # Errors
/// FAILED_PRECONDITION: that many others made it.
pub(super) async fn admit<M>(
    tx: &mut Tx,
    kind: &Kind,
    change: &Change<'_, M>,
) -> Result<(), Refusal> {
    if !matches!(change.cause, Cause::Update(_)) {
        return Ok(());
    }
    let others = Stmt::new(OTHERS)
        .bind(kind.name)
        .bind(change.id)
        .bind(&change.call.caller);
    let (others,): (i64,) = tx.fetch_one(others).await?;
    if usize::try_from(others).is_ok_and(|others| others < Joined::MOST) {
        return Ok(());
    }
    let problem = format!(
        "{others} people have made this {}, as many as can be kept apart from its approval; make a new one",
        kind.name
    );
    Err(Refusal::wrong_state(kind.reference(change.id), problem))
}

/// The caller's user id. Another program has none.
pub(super) fn user(caller: &Caller) -> String {
    let user = caller.subject.strip_prefix("user:");
    user.unwrap_or_default().to_owned()
}
