//! The steps of a ticket that take more than a reason.

use super::Ticket;
use super::life::{ASSIGN, MARK_DUPLICATE, MOVE, RESOLVE, WAIT_FOR_COLLEAGUE, WAIT_FOR_CUSTOMER};
use crate::records::refusal::Refusal;
use crate::records::serve::Records;
use crate::records::violations::Violations;
use crate::support::clocks::shown;
use menshen_proto::crm::v1::{self, TicketWait};
use menshen_proto::standard::TicketVerbs;
use service_kit::guard::decider::Question;
use service_kit::guard::permit::Permit;
use tonic::{Request, Response, Status};

/// A call that may be retried and tried.
macro_rules! call {
    ($records:expr, $permit:expr, $asked:expr, $method:literal) => {
        $records
            .crm
            .call($method, $permit.caller(), &$asked)
            .with_request_id(&$asked.request_id)
            .validate_only($asked.validate_only)
    };
}

#[tonic::async_trait]
impl TicketVerbs for Records<Ticket> {
    async fn assign_ticket(
        &self,
        request: Request<v1::AssignTicketRequest>,
    ) -> Result<Response<v1::AssignTicketResponse>, Status> {
        let permit = Permit::<Ticket>::of(&request)?;
        let asked = request.into_inner();
        let mut violations = Violations::default();
        violations.id("owner", &asked.owner);
        violations.or(()).map_err(Refusal::from)?;
        let call = call!(self, permit, asked, "AssignTicket")
            .with_reason(&asked.reason, false)
            .map_err(Refusal::from)?;
        let nothing = v1::Ticket::default();
        let ticket = self
            .step(&permit, &asked.etag, &ASSIGN, &nothing, &call)
            .await?;
        Ok(Response::new(v1::AssignTicketResponse {
            ticket: Some(ticket),
        }))
    }

    async fn move_ticket(
        &self,
        request: Request<v1::MoveTicketRequest>,
    ) -> Result<Response<v1::MoveTicketResponse>, Status> {
        let permit = Permit::<Ticket>::of(&request)?;
        let asked = request.into_inner();
        let mut violations = Violations::default();
        violations.id("queue", &asked.queue);
        violations.or(()).map_err(Refusal::from)?;
        let call = call!(self, permit, asked, "MoveTicket")
            .with_reason(&asked.reason, false)
            .map_err(Refusal::from)?;
        let wanted = v1::Ticket {
            queue: asked.queue,
            ..v1::Ticket::default()
        };
        let ticket = self
            .step(&permit, &asked.etag, &MOVE, &wanted, &call)
            .await?;
        Ok(Response::new(v1::MoveTicketResponse {
            ticket: Some(ticket),
        }))
    }

    async fn wait_ticket(
        &self,
        request: Request<v1::WaitTicketRequest>,
    ) -> Result<Response<v1::WaitTicketResponse>, Status> {
        let permit = Permit::<Ticket>::of(&request)?;
        self.may_write_personal(&permit).await?;
        let asked = request.into_inner();
        let mut violations = Violations::default();
        let step = match asked.wait() {
            TicketWait::Customer => &WAIT_FOR_CUSTOMER,
            TicketWait::Colleague => &WAIT_FOR_COLLEAGUE,
            TicketWait::Unspecified => {
                let problem = "is due; give `TICKET_WAIT_CUSTOMER` or `TICKET_WAIT_COLLEAGUE`";
                violations.add("wait", problem);
                &WAIT_FOR_CUSTOMER
            }
        };
        violations.text("waiting_reason", &asked.waiting_reason, 1..=500);
        violations.or(()).map_err(Refusal::from)?;
        let call = call!(self, permit, asked, "WaitTicket");
        let wanted = v1::Ticket {
            waiting_reason: asked.waiting_reason,
            ..v1::Ticket::default()
        };
        let ticket = self
            .step(&permit, &asked.etag, step, &wanted, &call)
            .await?;
        Ok(Response::new(v1::WaitTicketResponse {
            ticket: Some(ticket),
        }))
    }

    async fn resolve_ticket(
        &self,
        request: Request<v1::ResolveTicketRequest>,
    ) -> Result<Response<v1::ResolveTicketResponse>, Status> {
        let permit = Permit::<Ticket>::of(&request)?;
        self.may_write_personal(&permit).await?;
        let asked = request.into_inner();
        let mut violations = Violations::default();
        violations.text("resolution", &asked.resolution, 1..=10_000);
        violations.or(()).map_err(Refusal::from)?;
        let call = call!(self, permit, asked, "ResolveTicket");
        let wanted = v1::Ticket {
            root_cause: asked.root_cause,
            resolution: asked.resolution,
            ..v1::Ticket::default()
        };
        let ticket = self
            .step(&permit, &asked.etag, &RESOLVE, &wanted, &call)
            .await?;
        Ok(Response::new(v1::ResolveTicketResponse {
            ticket: Some(ticket),
        }))
    }

    async fn list_ticket_clocks(
        &self,
        request: Request<v1::ListTicketClocksRequest>,
    ) -> Result<Response<v1::ListTicketClocksResponse>, Status> {
        let permit = Permit::<Ticket>::of(&request)?;
        let now_us = self.crm.clock.now_us();
        let clocks = shown(&self.crm.db, permit.id(), now_us).await?;
        Ok(Response::new(v1::ListTicketClocksResponse { clocks }))
    }

    async fn mark_duplicate_ticket(
        &self,
        request: Request<v1::MarkDuplicateTicketRequest>,
    ) -> Result<Response<v1::MarkDuplicateTicketResponse>, Status> {
        let permit = Permit::<Ticket>::of(&request)?;
        let asked = request.into_inner();
        let mut violations = Violations::default();
        violations.id("duplicate_of", &asked.duplicate_of);
        violations.or(()).map_err(Refusal::from)?;
        let call = call!(self, permit, asked, "MarkDuplicateTicket");
        let wanted = v1::Ticket {
            duplicate_of: asked.duplicate_of,
            ..v1::Ticket::default()
        };
        let ticket = self
            .step(&permit, &asked.etag, &MARK_DUPLICATE, &wanted, &call)
            .await?;
        Ok(Response::new(v1::MarkDuplicateTicketResponse {
            ticket: Some(ticket),
        }))
    }
}

impl Records<Ticket> {
    /// What these steps write is personal, as in an update.
    async fn may_write_personal(&self, permit: &Permit<Ticket>) -> Result<(), Refusal> {
        let question = Question {
            subject: String::new(),
            permission: "write_personal".to_owned(),
            resource: super::TICKET.module.to_owned(),
            contextual: Vec::new(),
        };
        let problem = "you may not write personal fields of tickets";
        self.crm.due(permit.caller(), question, problem).await
    }
}
