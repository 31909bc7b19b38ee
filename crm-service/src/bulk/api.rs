//! `menshen.crm.v1.BulkService`.

use super::calls::{Calls, listing};
use super::loopback::{Credentials, Loopback};
use crate::crm::Crm;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::bulk_service_server::BulkService;
use menshen_proto::crm::v1::{
    BulkDeleteRequest, BulkDeleteResponse, BulkOutcome, BulkTransferRequest, BulkTransferResponse,
    BulkUpdateRequest, BulkUpdateResponse, Selection,
};
use service_kit::caller::Caller;
use service_kit::guard::decider::Question;
use service_kit::status;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Most records of one call.
const MOST: usize = 1_000;

/// Serves changes of many records.
pub(crate) struct BulkApi {
    pub(crate) crm: Crm,
    pub(crate) loopback: Loopback,
}

/// What became of the records of a call.
struct Done {
    outcomes: Vec<BulkOutcome>,
    more: bool,
}

#[tonic::async_trait]
impl BulkService for BulkApi {
    async fn bulk_update(
        &self,
        request: Request<BulkUpdateRequest>,
    ) -> Result<Response<BulkUpdateResponse>, Status> {
        let asked = request.get_ref();
        let selection = asked.selection.clone().unwrap_or_default();
        let kind = self.kind(&selection)?;
        let calls = Calls::updating(kind, asked.record.as_ref(), asked.update_mask.as_ref())?;
        let calls = calls.with(&asked.request_id, asked.validate_only);
        let done = self.each(&request, kind, &selection, calls).await?;
        Ok(Response::new(BulkUpdateResponse {
            outcomes: done.outcomes,
            more: done.more,
        }))
    }

    async fn bulk_delete(
        &self,
        request: Request<BulkDeleteRequest>,
    ) -> Result<Response<BulkDeleteResponse>, Status> {
        let asked = request.get_ref();
        let selection = asked.selection.clone().unwrap_or_default();
        let kind = self.kind(&selection)?;
        let calls = Calls::deleting(kind)?.with(&asked.request_id, asked.validate_only);
        let done = self.each(&request, kind, &selection, calls).await?;
        Ok(Response::new(BulkDeleteResponse {
            outcomes: done.outcomes,
            more: done.more,
        }))
    }

    async fn bulk_transfer(
        &self,
        request: Request<BulkTransferRequest>,
    ) -> Result<Response<BulkTransferResponse>, Status> {
        let asked = request.get_ref();
        let selection = asked.selection.clone().unwrap_or_default();
        let kind = self.kind(&selection)?;
        let calls = Calls::transferring(kind, &asked.owner, &asked.department, asked.keep_shares)?;
        let calls = calls.with(&asked.request_id, asked.validate_only);
        let done = self.each(&request, kind, &selection, calls).await?;
        Ok(Response::new(BulkTransferResponse {
            outcomes: done.outcomes,
            more: done.more,
        }))
    }
}

impl BulkApi {
    /// The kind that a selection is of; the selection keeps its limits.
    fn kind(&self, selection: &Selection) -> Result<&'static Kind, Refusal> {
        let kinds = &self.crm.kinds;
        let kind = kinds
            .iter()
            .find(|kind| kind.name == selection.r#type)
            .copied();
        let mut violations = Violations::of("selection");
        if kind.is_none() {
            let known: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
            let quoted = quote(&selection.r#type);
            let problem = format!(
                "{quoted} is not a type; name one of `{}`",
                known.join("`, `")
            );
            violations.add("type", problem);
        }
        match (selection.ids.len(), selection.filter.is_empty()) {
            (0, true) => violations.add("ids", "is empty, as is `filter`; give one of them"),
            (0, false) => {}
            (_, false) => violations.add("filter", "stands beside `ids`; give only one of them"),
            (given, true) if given > MOST => {
                let problem = format!("{given} ids; give at most {MOST}");
                violations.add("ids", problem);
            }
            (_, true) => {}
        }
        match kind {
            Some(kind) => Ok(violations.or(kind)?),
            None => Err(violations.into()),
        }
    }

    /// Calls the method for each record.
    async fn each<T: Sync>(
        &self,
        request: &Request<T>,
        kind: &'static Kind,
        selection: &Selection,
        calls: Result<Calls, Violations>,
    ) -> Result<Done, Status> {
        let calls = calls.map_err(Refusal::from)?;
        let caller = request.extensions().get::<Arc<Caller>>().cloned();
        let caller = caller.ok_or_else(|| status::internal_message("no caller"))?;
        if selection.ids.len() != 1 {
            self.admit(&caller, kind).await?;
        }
        let who = Credentials::of(request);
        let (ids, more) = self.selected(kind, selection, &who).await?;
        let mut outcomes = Vec::with_capacity(ids.len());
        for id in ids {
            let asked = calls.request(&id);
            let answer = self.loopback.call(&calls.method, &asked, &who).await;
            outcomes.push(outcome(id, answer.map(|_| ())));
        }
        Ok(Done { outcomes, more })
    }

    async fn admit(&self, caller: &Caller, kind: &'static Kind) -> Result<(), Refusal> {
        let question = Question {
            subject: String::new(),
            permission: "bulk".to_owned(),
            resource: kind.module.to_owned(),
            contextual: Vec::new(),
        };
        let problem = format!(
            "you may not change several records of type `{}` at once",
            kind.name
        );
        self.crm.due(caller, question, &problem).await
    }

    /// The ids, and whether there are more than one call takes.
    async fn selected(
        &self,
        kind: &'static Kind,
        selection: &Selection,
        who: &Credentials,
    ) -> Result<(Vec<String>, bool), Status> {
        if selection.filter.is_empty() {
            return Ok((selection.ids.clone(), false));
        }
        let (method, message) = listing(kind, selection, MOST)?;
        let page = self.loopback.call(&method, &message, who).await?;
        let mut ids = Vec::new();
        for (field, value) in page.fields() {
            let records = value
                .as_list()
                .filter(|_| field.is_list())
                .unwrap_or_default();
            for record in records.iter().filter_map(|record| record.as_message()) {
                let id = record.get_field_by_name("id");
                ids.extend(id.and_then(|id| id.as_str().map(str::to_owned)));
            }
        }
        let token = page.get_field_by_name("next_page_token");
        let more = token.is_some_and(|token| token.as_str().is_some_and(|token| !token.is_empty()));
        Ok((ids, more))
    }
}

fn outcome(id: String, answer: Result<(), Status>) -> BulkOutcome {
    match answer {
        Ok(()) => BulkOutcome {
            id,
            done: true,
            ..BulkOutcome::default()
        },
        Err(refusal) => BulkOutcome {
            id,
            done: false,
            code: refusal.code().into(),
            reason: status::reason_of(&refusal),
            message: refusal.message().to_owned(),
        },
    }
}
