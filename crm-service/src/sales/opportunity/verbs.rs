//! The calls about opportunities that take more than an id.

use super::{LOST, OPEN, Opportunity, WON, team};
use crate::authz::receiver;
use crate::records::call::Call;
use crate::records::entity::Step;
use crate::records::record::one;
use crate::records::refusal::Refusal;
use crate::records::serve::Records;
use crate::records::violations::Violations;
use crate::records::write::answered;
use menshen_proto::crm::v1::{
    self, AddOpportunityMemberRequest, AddOpportunityMemberResponse, AdvanceOpportunityRequest,
    AdvanceOpportunityResponse, HistoryAction, ListOpportunityMembersRequest,
    ListOpportunityMembersResponse, LoseOpportunityRequest, LoseOpportunityResponse,
    RemoveOpportunityMemberRequest, RemoveOpportunityMemberResponse, SetOpportunitySplitsRequest,
    SetOpportunitySplitsResponse,
};
use menshen_proto::standard::{OpportunityVerbs, Resource as _};
use prost::Message;
use service_kit::guard::permit::Permit;
use tonic::{Request, Response, Status};

const ANY: &[i32] = &[OPEN, WON, LOST];

static ADVANCE: Step = Step::staying("AdvanceOpportunity", &[OPEN])
    .taking(&["stage"])
    .told_as(HistoryAction::Advanced);
static LOSE: Step = Step::new("LoseOpportunity", &[OPEN], LOST).taking(&["loss_reason"]);
static ADD_MEMBER: Step = Step::staying("AddOpportunityMember", ANY).taking(&["members"]);
static REMOVE_MEMBER: Step = Step::staying("RemoveOpportunityMember", ANY).taking(&["members"]);
static SET_SPLITS: Step = Step::staying("SetOpportunitySplits", ANY).taking(&["splits"]);

impl Records<Opportunity> {
    fn call_of<M: Message>(
        &self,
        step: &Step,
        permit: &Permit<Opportunity>,
        asked: &M,
        (request_id, validate_only): (&str, bool),
    ) -> Call {
        self.crm
            .call(step.method, permit.caller(), asked)
            .with_request_id(request_id)
            .validate_only(validate_only)
    }

    /// The record as the guard decided on it, or the answer of a call that was made before.
    async fn now(&self, permit: &Permit<Opportunity>, call: &Call) -> Result<Now, Refusal> {
        if let Some(answer) = answered(&self.crm.db, call, v1::Opportunity::MESSAGE).await? {
            return Ok(Now::Answered(answer));
        }
        Ok(Now::Is(one(&self.crm.db, permit).await?.message))
    }
}

enum Now {
    Answered(v1::Opportunity),
    Is(v1::Opportunity),
}

#[tonic::async_trait]
impl OpportunityVerbs for Records<Opportunity> {
    async fn advance_opportunity(
        &self,
        request: Request<AdvanceOpportunityRequest>,
    ) -> Result<Response<AdvanceOpportunityResponse>, Status> {
        let permit = Permit::<Opportunity>::of(&request)?;
        let asked = request.into_inner();
        let once = (asked.request_id.as_str(), asked.validate_only);
        let call = self.call_of(&ADVANCE, &permit, &asked, once);
        let wanted = v1::Opportunity {
            stage: asked.stage.clone(),
            ..v1::Opportunity::default()
        };
        let advanced = self
            .step(&permit, &asked.etag, &ADVANCE, &wanted, &call)
            .await?;
        Ok(Response::new(AdvanceOpportunityResponse {
            opportunity: Some(advanced),
        }))
    }

    async fn lose_opportunity(
        &self,
        request: Request<LoseOpportunityRequest>,
    ) -> Result<Response<LoseOpportunityResponse>, Status> {
        let permit = Permit::<Opportunity>::of(&request)?;
        let asked = request.into_inner();
        let mut violations = Violations::default();
        violations.text("loss_reason", &asked.loss_reason, 1..=1_000);
        violations.or(()).map_err(Refusal::from)?;
        let once = (asked.request_id.as_str(), asked.validate_only);
        let call = self.call_of(&LOSE, &permit, &asked, once);
        let wanted = v1::Opportunity {
            loss_reason: asked.loss_reason.clone(),
            ..v1::Opportunity::default()
        };
        let lost = self
            .step(&permit, &asked.etag, &LOSE, &wanted, &call)
            .await?;
        Ok(Response::new(LoseOpportunityResponse {
            opportunity: Some(lost),
        }))
    }

    async fn add_opportunity_member(
        &self,
        request: Request<AddOpportunityMemberRequest>,
    ) -> Result<Response<AddOpportunityMemberResponse>, Status> {
        let permit = Permit::<Opportunity>::of(&request)?;
        let asked = request.into_inner();
        let once = (asked.request_id.as_str(), asked.validate_only);
        let call = self.call_of(&ADD_MEMBER, &permit, &asked, once);
        let changed = match self.now(&permit, &call).await? {
            Now::Answered(answer) => answer,
            Now::Is(now) => {
                let wanted = v1::Opportunity {
                    members: team::with(&now, &asked)?,
                    ..v1::Opportunity::default()
                };
                receiver(&*self.crm.directory, &asked.user).await?;
                self.step(&permit, &asked.etag, &ADD_MEMBER, &wanted, &call)
                    .await?
            }
        };
        Ok(Response::new(AddOpportunityMemberResponse {
            opportunity: Some(changed),
        }))
    }

    async fn remove_opportunity_member(
        &self,
        request: Request<RemoveOpportunityMemberRequest>,
    ) -> Result<Response<RemoveOpportunityMemberResponse>, Status> {
        let permit = Permit::<Opportunity>::of(&request)?;
        let asked = request.into_inner();
        let once = (asked.request_id.as_str(), asked.validate_only);
        let call = self.call_of(&REMOVE_MEMBER, &permit, &asked, once);
        let changed = match self.now(&permit, &call).await? {
            Now::Answered(answer) => answer,
            Now::Is(now) => {
                let wanted = v1::Opportunity {
                    members: team::without(&now, &asked.user)?,
                    ..v1::Opportunity::default()
                };
                self.step(&permit, &asked.etag, &REMOVE_MEMBER, &wanted, &call)
                    .await?
            }
        };
        Ok(Response::new(RemoveOpportunityMemberResponse {
            opportunity: Some(changed),
        }))
    }

    async fn set_opportunity_splits(
        &self,
        request: Request<SetOpportunitySplitsRequest>,
    ) -> Result<Response<SetOpportunitySplitsResponse>, Status> {
        let permit = Permit::<Opportunity>::of(&request)?;
        let asked = request.into_inner();
        let once = (asked.request_id.as_str(), asked.validate_only);
        let call = self.call_of(&SET_SPLITS, &permit, &asked, once);
        let changed = match self.now(&permit, &call).await? {
            Now::Answered(answer) => answer,
            Now::Is(now) => {
                team::check_splits(&now, &asked.splits).map_err(Refusal::from)?;
                let wanted = v1::Opportunity {
                    splits: asked.splits.clone(),
                    ..v1::Opportunity::default()
                };
                self.step(&permit, &asked.etag, &SET_SPLITS, &wanted, &call)
                    .await?
            }
        };
        Ok(Response::new(SetOpportunitySplitsResponse {
            opportunity: Some(changed),
        }))
    }

    async fn list_opportunity_members(
        &self,
        request: Request<ListOpportunityMembersRequest>,
    ) -> Result<Response<ListOpportunityMembersResponse>, Status> {
        let permit = Permit::<Opportunity>::of(&request)?;
        let now = one(&self.crm.db, &permit).await?.message;
        Ok(Response::new(ListOpportunityMembersResponse {
            members: now.members,
            splits: now.splits,
        }))
    }
}
