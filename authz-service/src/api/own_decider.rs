//! The service guards itself with the same guard as the CRM, and decides in process.

use super::error;
use crate::decisions::{self, denial};
use crate::engine::budget::Budget;
use crate::engine::check::{self, Outcome};
use crate::engine::relationship::Context;
use crate::identity::authenticate::authenticate;
use crate::org::Organization;
use async_trait::async_trait;
use menshen_proto::authz::v1::ContextualRelation;
use service_kit::caller::{Caller, Credentials};
use service_kit::guard::decider::{Answer, Decider, FilterAnswer, Question};
use service_kit::status;
use std::sync::Arc;
use tonic::Status;

/// Decides over one organization.
#[derive(Clone)]
pub struct OwnDecider(pub Arc<Organization>);

/// What a service does in its own name, whoever it calls for: it could not answer a person's call
/// otherwise, and what the person may see of it is the service's business. Everything else (grants,
/// accounts, the schema, the audit log) is done in the name of the person whose call it passes on,
/// and takes that person's permission.
const IN_THE_SERVICES_NAME: [&str; 3] = ["check", "read_schema", "read_users"];

pub(super) fn deciding_subject<'a>(caller: &'a Caller, permission: &str) -> &'a str {
    match &caller.via_service {
        Some(service) if IN_THE_SERVICES_NAME.contains(&permission) => service,
        _ => &caller.subject,
    }
}

#[async_trait]
impl Decider for OwnDecider {
    async fn authenticate(&self, credentials: &Credentials) -> Result<Caller, Status> {
        // Who is locked out is known from memory, too.
        self.0.require_current().map_err(error::status)?;
        authenticate(&self.0, credentials).map_err(error::status)
    }

    async fn check(
        &self,
        caller: &Caller,
        questions: Vec<Question>,
    ) -> Result<Vec<Answer>, Status> {
        let org = &*self.0;
        let head = org.head();
        let now_us = org.now_us();
        let answers = questions.iter().map(|question| {
            let subject = match question.subject.as_str() {
                "" => deciding_subject(caller, &question.permission),
                named => named,
            };
            let context = Context::default();
            // No rule of this service is about records, so that there are no facts of theirs.
            let question = check::Question {
                subject,
                permission: &question.permission,
                resource: &question.resource,
                contextual: &[],
                context: &context,
            };
            let outcome = check::check(&head.snapshot, &question, now_us, &Budget::default());
            match outcome.map_err(|error| error::status(decisions::refused(&error)))? {
                Outcome::Allowed => Ok(Answer::Allowed),
                Outcome::Denied | Outcome::Conditional(_) => {
                    let denial = denial::explain(&head.snapshot, &question, now_us);
                    let denial = denial.map_err(|error| error::status(decisions::refused(&error)));
                    Ok(Answer::Denied(
                        Box::new(denial?),
                        org.decisions.next(now_us),
                    ))
                }
            }
        });
        answers.collect()
    }

    async fn filter(
        &self,
        _caller: &Caller,
        _permission: &str,
        _resource_type: &str,
        _contextual: Vec<ContextualRelation>,
    ) -> Result<FilterAnswer, Status> {
        // INVARIANT: no method of this service has a list rule; the guard refuses to start otherwise.
        Err(status::internal_message(
            "a rule of authz-service is about a list of records",
        ))
    }
}
