//! Rights on the service itself, where a handler has to ask.

use crate::decisions::{denial, refused};
use crate::engine::budget::Budget;
use crate::engine::check::{Outcome, Question, check};
use crate::engine::relationship::Context;
use crate::model::SERVICE_OBJECT;
use crate::org::Organization;
use crate::refusal::{Forbidden, Refusal};
use crate::store;
use crate::write::{Author, Write};

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

/// Whether an author may change the account of somebody: who resets a password, replaces a token or
/// unlocks an account can act as its holder. Where that is a right on the service itself, it takes an
/// administrator, or managing accounts would be the way to every right.
///
/// # Errors
/// PERMISSION_DENIED: `target`, another than the author, holds such a right.
pub async fn require_over(
    write: &mut Write<'_>,
    author: &Author,
    target: &str,
) -> Result<(), Refusal> {
    let Some((kind, id)) = target.split_once(':') else {
        return Err(Refusal::internal("an account without a type"));
    };
    if author.actor == target
        || !store::relationships::holds_own_right(write.tx(), kind, id).await?
    {
        return Ok(());
    }
    require(write.org(), &author.actor, "administer").map_err(|refusal| match refusal {
        Refusal::Forbidden(mut forbidden) => {
            forbidden.message = format!(
                "`{}` may not change the account of `{target}`, who holds rights on \
                 `{SERVICE_OBJECT}`: that takes `administer` there",
                author.actor
            );
            Refusal::Forbidden(forbidden)
        }
        other => other,
    })
}
