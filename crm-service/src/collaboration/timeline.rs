//! `menshen.crm.v1.TimelineService`: what happened to a customer and to all that belongs to it.

mod event;
mod source;
mod subscribe;

use crate::crm::Crm;
use crate::customers::customer::{CUSTOMER, Customer};
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::visible::visible;
use event::events;
use futures::stream::BoxStream;
use menshen_proto::crm::v1::timeline_service_server::TimelineService;
use menshen_proto::crm::v1::{
    ListTimelineRequest, ListTimelineResponse, SubscribeTimelineRequest, SubscribeTimelineResponse,
    TimelineEvent,
};
use service_kit::caller::Caller;
use service_kit::guard::permit::Permit;
use service_kit::page::{PageToken, page_size, question};
use service_kit::serve::Health;
use source::{Place, Row, Source};
use std::sync::Arc;
use tonic::{Request, Response, Status};

const DEFAULT_SIZE: u32 = 50;
/// Rows that are looked at in one go, and how often for one page.
const LOOKED_AT: i64 = 200;
const ROUNDS: usize = 10;

/// Serves timelines.
pub(crate) struct TimelineApi {
    crm: Crm,
    source: Arc<Source>,
    health: Health,
}

impl TimelineApi {
    /// Over these kinds of records.
    pub(crate) fn new(crm: &Crm, kinds: &[&'static Kind], health: &Health) -> Self {
        Self {
            crm: crm.clone(),
            source: Arc::new(Source::of(&CUSTOMER, kinds)),
            health: health.clone(),
        }
    }

    async fn page(
        &self,
        caller: &Caller,
        id: &str,
        size: usize,
        mut place: Place,
    ) -> Result<(Vec<TimelineEvent>, Option<Place>), Refusal> {
        let mut shown: Vec<Row> = Vec::new();
        for _ in 0..ROUNDS {
            let rows = self
                .source
                .before(&self.crm.db, id, &place, LOOKED_AT)
                .await?;
            let is_end = i64::try_from(rows.len()).is_ok_and(|rows| rows < LOOKED_AT);
            let records = rows.iter().filter_map(|row| self.source.record(row));
            let seen = visible(&self.crm, caller, records).await?;
            for row in rows {
                place = row.place();
                if seen.contains(&row.reference()) {
                    shown.push(row);
                }
                if shown.len() > size {
                    shown.pop();
                    let last = shown.last().map(Row::place);
                    return Ok((events(&self.crm, caller, &self.source, &shown).await?, last));
                }
            }
            if is_end {
                return Ok((events(&self.crm, caller, &self.source, &shown).await?, None));
            }
        }
        let events = events(&self.crm, caller, &self.source, &shown).await?;
        Ok((events, Some(place)))
    }
}

#[tonic::async_trait]
impl TimelineService for TimelineApi {
    type SubscribeTimelineStream = BoxStream<'static, Result<SubscribeTimelineResponse, Status>>;

    async fn list_timeline(
        &self,
        request: Request<ListTimelineRequest>,
    ) -> Result<Response<ListTimelineResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let asked = request.get_ref();
        let size = page_size(asked.page_size, DEFAULT_SIZE)?;
        let size = usize::try_from(size).unwrap_or_default();
        let question = question(&["timeline", permit.id(), &permit.caller().subject]);
        let place = match PageToken::decode(&asked.page_token, &question)? {
            Some(token) => Place::read(&token)?,
            None => Place::newest(),
        };
        let (events, last) = self.page(permit.caller(), permit.id(), size, place).await?;
        let next = last.map(|place| PageToken::new(&question, place.values()).encode());
        Ok(Response::new(ListTimelineResponse {
            events,
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn subscribe_timeline(
        &self,
        request: Request<SubscribeTimelineRequest>,
    ) -> Result<Response<Self::SubscribeTimelineStream>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let source = Arc::clone(&self.source);
        let stream = subscribe::from_now(&self.crm, source, &permit, &self.health);
        Ok(Response::new(stream))
    }
}
