//! Rights on the service itself, where a handler has to ask.

use crate::decisions::{denial, refused};
use crate::engine::budget::Budget;
use crate::engine::check::{Outcome, Question, check};
use crate::engine::relationship::Context;
use crate::model::SERVICE_OBJECT;
use crate::org::Organization;
use crate::refusal::{Forbidden, Refusal};

/// Whether a subject holds a permission on the service.
///
/// # Errors
/// PERMISSION_DENIED, with how to ask for it.
pub fn require(org: &Organization, subject: &str, permission: &str) -> Result<(), Refusal> {
    let (head, now_us) = (org.head(), org.now_us());
    let context = Context::default();
    let question = Question {
        subject,
        permission,
        resource: SERVICE_OBJECT,
        contextual: &[],
        context: &context,
    };
    let outcome = check(&head.snapshot, &question, now_us, &Budget::default());
    if outcome.map_err(|error| refused(&error))? == Outcome::Allowed {
        return Ok(());
    }
    let denial = denial::explain(&head.snapshot, &question, now_us);
    let denial = denial.map_err(|error| refused(&error))?;
    Err(Refusal::Forbidden(Box::new(Forbidden {
        message: denial.message.clone(),
        permission: format!("{SERVICE_OBJECT}#{permission}"),
        denial: Some(denial),
    })))
}
