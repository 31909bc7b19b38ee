//! A person's notifications as they come. Each is checked against its record when it is sent.

use super::store::{Inbox, Row};
use crate::records::refusal::Refusal;
use futures::stream::{self, BoxStream};
use menshen_proto::crm::v1::{Notification, SubscribeNotificationsResponse};
use service_kit::caller::Caller;
use service_kit::guard::decider::{Answer, Question};
use service_kit::serve::Health;
use service_kit::status::{self, Reason};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tonic::Status;

const EVERY: Duration = Duration::from_millis(500);
/// A transaction may end this much later than the call of another that began after it.
const LATE_US: i64 = 10_000_000;
const LOOKED_AT: i64 = 200;

struct Subscription {
    inbox: Arc<Inbox>,
    caller: Caller,
    person: String,
    health: Health,
    from_us: i64,
    /// Ids that were looked at, with their times.
    seen: BTreeMap<String, i64>,
    waiting: VecDeque<Row>,
}

/// The caller's notifications from now on.
pub(super) fn from_now(
    inbox: Arc<Inbox>,
    caller: &Caller,
    person: &str,
    health: &Health,
) -> BoxStream<'static, Result<SubscribeNotificationsResponse, Status>> {
    let subscription = Subscription {
        from_us: inbox.crm.clock.now_us(),
        inbox,
        caller: caller.clone(),
        person: person.to_owned(),
        health: health.clone(),
        seen: BTreeMap::new(),
        waiting: VecDeque::new(),
    };
    Box::pin(stream::unfold(Some(subscription), next))
}

async fn next(
    subscription: Option<Subscription>,
) -> Option<(
    Result<SubscribeNotificationsResponse, Status>,
    Option<Subscription>,
)> {
    let mut subscription = subscription?;
    match subscription.next_one().await {
        Ok(one) => {
            let notification = Some(one?);
            let answer = SubscribeNotificationsResponse { notification };
            Some((Ok(answer), Some(subscription)))
        }
        Err(refusal) => Some((Err(refusal.into()), None)),
    }
}

impl Subscription {
    async fn next_one(&mut self) -> Result<Option<Notification>, Refusal> {
        loop {
            while let Some(row) = self.waiting.pop_front() {
                let rows = std::slice::from_ref(&row);
                if !self.inbox.seen(&self.caller, rows).await?.is_empty() {
                    return Ok(Some(row.message()));
                }
            }
            tokio::select! {
                () = self.health.draining() => return Ok(None),
                () = tokio::time::sleep(EVERY) => {}
            }
            self.admit().await?;
            self.look().await?;
        }
    }

    /// The token still holds, and the inbox is still open to its person.
    async fn admit(&self) -> Result<(), Refusal> {
        let question = Question {
            subject: String::new(),
            permission: "read".to_owned(),
            resource: "module:notifications".to_owned(),
            contextual: Vec::new(),
        };
        let answers = self.inbox.crm.decider.check(&self.caller, vec![question]);
        if matches!(answers.await?.first(), Some(Answer::Allowed)) {
            return Ok(());
        }
        let problem = "your inbox was closed; ask an administrator for a role that opens it";
        let subject = self.caller.subject.clone();
        Err(status::failed_precondition(Reason::PreconditionFailed, subject, problem).into())
    }

    async fn look(&mut self) -> Result<(), Refusal> {
        let now_us = self.inbox.crm.clock.now_us();
        let since_us = self.from_us.max(now_us - LATE_US);
        let rows = self.inbox.since(&self.person, since_us, LOOKED_AT).await?;
        for row in rows {
            if self.seen.insert(row.id.clone(), row.at_us).is_none() {
                self.waiting.push_back(row);
            }
        }
        self.seen.retain(|_, at_us| *at_us > now_us - 2 * LATE_US);
        Ok(())
    }
}
