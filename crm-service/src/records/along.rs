//! What is written in the transaction of a change of a record, beside it: records that it creates.

use super::call::Call;
use super::facts;
use super::kind::Kind;
use super::refusal::Refusal;
use crate::crm::Crm;
use async_trait::async_trait;
use menshen_proto::authz::v1::Relationship;
use service_kit::caller::Caller;
use service_kit::db::Tx;
use service_kit::guard::decider::{Answer, Question};
use service_kit::guard::source::Facts;

/// Goes along with a change. Whatever it does was decided on before the transaction began.
#[async_trait]
pub(crate) trait Along: Send + Sync {
    /// Writes, once it is certain that the record itself is as it was decided on.
    ///
    /// # Errors
    /// What was decided on has changed since; nothing is written then.
    async fn write(&self, tx: &mut Tx, call: &Call) -> Result<(), Refusal>;
}

/// Nothing goes along.
pub(crate) struct Alone;

#[async_trait]
impl Along for Alone {
    async fn write(&self, _: &mut Tx, _: &Call) -> Result<(), Refusal> {
        Ok(())
    }
}

/// Another record that a change involves, as it was decided on.
#[derive(Clone, Debug)]
pub(crate) struct Involved {
    kind: &'static Kind,
    pub(crate) id: String,
    facts: Facts,
}

impl Involved {
    /// The record, on which the caller holds this permission; if they see it and do not, they are told the
    /// problem.
    ///
    /// # Errors
    /// NOT_FOUND: it is not there for the caller. PERMISSION_DENIED: they see it, and no more.
    pub(crate) async fn of(
        crm: &Crm,
        caller: &Caller,
        kind: &'static Kind,
        id: &str,
        (permission, problem): (&str, &str),
    ) -> Result<Self, Refusal> {
        let not_found = || Refusal::NotFound(kind.name, id.to_owned());
        let ids = [id.to_owned()];
        let found = facts::of_ids(&crm.db, kind, &ids, false).await?.remove(id);
        let facts = found.ok_or_else(not_found)?;
        let question = |permission: &str| Question {
            subject: String::new(),
            permission: permission.to_owned(),
            resource: kind.reference(id),
            contextual: facts.relationships.clone(),
        };
        let seen = crm.decider.check(caller, vec![question("view")]).await?;
        if !matches!(seen.first(), Some(Answer::Allowed)) {
            return Err(not_found());
        }
        crm.due(caller, question(permission), problem).await?;
        Ok(Self {
            kind,
            id: id.to_owned(),
            facts,
        })
    }

    /// What was decided on.
    pub(crate) fn facts(&self) -> &[Relationship] {
        &self.facts.relationships
    }

    /// Makes sure that the record is what it was, and keeps it so until the transaction ends.
    ///
    /// # Errors
    /// Stale.
    pub(crate) async fn still(&self, tx: &mut Tx) -> Result<(), Refusal> {
        facts::lock(tx, self.kind, &self.id).await?;
        let now = facts::locked(tx, self.kind, &self.id).await?;
        let is_same = now.is_some_and(|now| {
            now.version == self.facts.version && now.relationships == self.facts.relationships
        });
        if is_same { Ok(()) } else { Err(Refusal::Stale) }
    }
}
