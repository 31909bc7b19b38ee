//! A timeline as it goes on. Every event is decided on when it is sent.

use super::event::events;
use super::source::{Place, Row, Source};
use crate::crm::Crm;
use crate::customers::customer::Customer;
use crate::records::record::not_found;
use crate::records::refusal::Refusal;
use crate::records::visible::{RecordRef, visible};
use futures::stream::{self, BoxStream};
use menshen_proto::crm::v1::{SubscribeTimelineResponse, TimelineEvent};
use service_kit::caller::Caller;
use service_kit::guard::permit::Permit;
use service_kit::serve::Health;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tonic::Status;

/// How often the history is looked at, and the right to it asked again.
const EVERY: Duration = Duration::from_millis(500);
/// A transaction may end this much later than the call of another that began after it.
const LATE_US: i64 = 10_000_000;
const LOOKED_AT: i64 = 200;

struct Subscription {
    crm: Crm,
    caller: Caller,
    source: Arc<Source>,
    health: Health,
    id: String,
    /// Nothing before it is sent.
    from_us: i64,
    /// What was looked at already, not older than [`LATE_US`].
    seen: BTreeSet<Place>,
    waiting: VecDeque<Row>,
}

/// What happens to the customer that the guard let through, from now on.
pub(super) fn from_now(
    crm: &Crm,
    source: Arc<Source>,
    permit: &Permit<Customer>,
    health: &Health,
) -> BoxStream<'static, Result<SubscribeTimelineResponse, Status>> {
    let subscription = Subscription {
        crm: crm.clone(),
        caller: permit.caller().clone(),
        source,
        health: health.clone(),
        id: permit.id().to_owned(),
        from_us: crm.clock.now_us(),
        seen: BTreeSet::new(),
        waiting: VecDeque::new(),
    };
    Box::pin(stream::unfold(Some(subscription), next))
}

/// The next event. After an error, or when the process is about to stop, nothing more comes.
async fn next(
    subscription: Option<Subscription>,
) -> Option<(
    Result<SubscribeTimelineResponse, Status>,
    Option<Subscription>,
)> {
    let mut subscription = subscription?;
    match subscription.next_event().await {
        Ok(event) => {
            let event = Some(event?);
            Some((Ok(SubscribeTimelineResponse { event }), Some(subscription)))
        }
        Err(refusal) => Some((Err(refusal.into()), None)),
    }
}

impl Subscription {
    async fn next_event(&mut self) -> Result<Option<TimelineEvent>, Refusal> {
        loop {
            while let Some(row) = self.waiting.pop_front() {
                let record = self.source.record(&row);
                if self.sees(record).await?.contains(&row.reference()) {
                    let rows = std::slice::from_ref(&row);
                    let events = events(&self.crm, &self.caller, &self.source, rows).await?;
                    if let Some(event) = events.into_iter().next() {
                        return Ok(Some(event));
                    }
                }
            }
            tokio::select! {
                () = self.health.draining() => return Ok(None),
                () = tokio::time::sleep(EVERY) => {}
            }
            self.sees(None).await?;
            self.look().await?;
        }
    }

    /// What the caller may see of the customer and this record, at this moment.
    async fn sees(&self, record: Option<RecordRef>) -> Result<BTreeSet<String>, Refusal> {
        let root = RecordRef {
            kind: self.source.root,
            id: self.id.clone(),
        };
        let seen = visible(&self.crm, &self.caller, record.into_iter().chain([root])).await?;
        if seen.contains(&self.source.root.reference(&self.id)) {
            Ok(seen)
        } else {
            Err(not_found::<Customer>(&self.id))
        }
    }

    async fn look(&mut self) -> Result<(), Refusal> {
        let now_us = self.crm.clock.now_us();
        let since_us = self.from_us.max(now_us - LATE_US);
        let rows = self
            .source
            .since(&self.crm.db, &self.id, since_us, LOOKED_AT);
        for row in rows.await? {
            if self.seen.insert(row.place()) {
                self.waiting.push_back(row);
            }
        }
        self.seen.retain(|place| place.at_us > now_us - 2 * LATE_US);
        Ok(())
    }
}
