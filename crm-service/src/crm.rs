//! What every handler needs.

use crate::authz::{Authz, Directory};
use crate::mail::Mailer;
use crate::records::call::Call;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use prost::Message;
use service_kit::caller::Caller;
use service_kit::clock::Clock;
use service_kit::db::Db;
use service_kit::guard::decider::{Answer, Decider, Question};
use service_kit::status;
use std::sync::Arc;

/// The CRM's means: its database, the time, and authz-service.
#[derive(Clone)]
pub(crate) struct Crm {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) decider: Arc<dyn Decider>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) authz: Authz,
    /// Every kind of record, for what is about records of whichever kind a request names.
    pub(crate) kinds: Arc<[&'static Kind]>,
    /// `None`: nothing is sent by mail.
    pub(crate) mailer: Option<Mailer>,
}

impl Crm {
    /// A mutating call of this method, made now.
    pub(crate) fn call<M: Message>(
        &self,
        method: &'static str,
        caller: &Caller,
        request: &M,
    ) -> Call {
        Call::new(method, &caller.subject, request, self.clock.now_us())
    }

    /// Makes sure that the answer to a question is yes, beside what the guard asked.
    ///
    /// # Errors
    /// PERMISSION_DENIED: with the problem in words, and what is missing.
    pub(crate) async fn due(
        &self,
        caller: &Caller,
        question: Question,
        problem: &str,
    ) -> Result<(), Refusal> {
        let permission = question.permission.clone();
        let answers = self.decider.check(caller, vec![question]).await?;
        let (denial, decision_id) = match answers.into_iter().next() {
            Some(Answer::Allowed) => return Ok(()),
            Some(Answer::Denied(denial, decision_id)) => (*denial, decision_id),
            None => {
                return Err(
                    status::internal_message("the decider left a question unanswered").into(),
                );
            }
        };
        Err(status::permission_denied(status::Refusal {
            layer: denial.layer(),
            permission,
            message: problem.to_owned(),
            how_to_ask: denial.how_to_ask,
            decision_id,
        })
        .into())
    }
}
