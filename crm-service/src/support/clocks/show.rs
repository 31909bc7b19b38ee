//! Clocks as callers see them.

use super::{Clock, PAUSED, RUNNING};
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use menshen_proto::crm::v1;
use service_kit::db::Db;

/// The clocks of a ticket. Outside business hours one that runs stands still.
///
/// # Errors
/// The database fails.
pub(crate) async fn shown(
    db: &Db,
    ticket: &str,
    now_us: i64,
) -> Result<Vec<v1::TicketClock>, Refusal> {
    let mut tx = db.snapshot_read().await?;
    let clocks = Clock::of(&mut tx, ticket).await?;
    clocks.iter().map(|clock| clock.shown(now_us)).collect()
}

impl Clock {
    fn shown(&self, now_us: i64) -> Result<v1::TicketClock, Refusal> {
        let hours = self.hours()?;
        let is_closed = hours.as_ref().is_some_and(|hours| !hours.is_open(now_us));
        let state = if self.state == RUNNING && is_closed {
            PAUSED
        } else {
            self.state
        };
        Ok(v1::TicketClock {
            kind: i32::try_from(self.kind).unwrap_or_default(),
            state: i32::try_from(state).unwrap_or_default(),
            target_seconds: self.target_us / 1_000_000,
            spent_seconds: self.spent_us(hours.as_ref(), now_us) / 1_000_000,
            due_at: self.due_at_us.map(timestamp),
            ended_at: self.ended_at_us.map(timestamp),
        })
    }
}
