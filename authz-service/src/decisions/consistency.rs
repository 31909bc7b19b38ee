//! How fresh an answer must be.
//!
//! One process writes and answers, and a write is in the head before it is acknowledged: every
//! answer from the head is fully consistent. What is left is to refuse what cannot be promised.

use crate::org::Head;
use crate::refusal::Refusal;
use crate::revision_token::RevisionToken;
use menshen_proto::authz::v1::Consistency;
use menshen_proto::authz::v1::consistency::Requirement;
use service_kit::status::Reason;

/// Whether an answer from the head meets the requirement.
///
/// # Errors
/// A token that is none, or one ahead of the head. One of another database asks for full
/// consistency, which the head has.
pub fn require(head: &Head, consistency: Option<&Consistency>) -> Result<(), Refusal> {
    let Some(Requirement::AtLeastAsFresh(token)) =
        consistency.and_then(|consistency| consistency.requirement.as_ref())
    else {
        return Ok(());
    };
    let field = "consistency.at_least_as_fresh";
    let asked = RevisionToken::parse(token)
        .map_err(|problem| Refusal::field(field, format!("`{token}`: {problem}")))?;
    if asked.database_id != *head.database_id || asked.revision <= head.snapshot.revision() {
        return Ok(());
    }
    let ahead = format!(
        "`{token}` names revision {}, and this database is at {}: it was restored from before that \
         write; ask with `fully_consistent` and take the token of the answer",
        asked.revision,
        head.snapshot.revision()
    );
    Err(Refusal::precondition(Reason::TokenAhead, field, ahead))
}
