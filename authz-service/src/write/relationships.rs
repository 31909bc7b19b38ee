//! Relationships written and deleted, with their change and audit entries.

use super::{Author, Write, unsigned};
use crate::engine::reference::{ObjectRef, SubjectRef};
use crate::engine::relationship::Relationship;
use crate::engine::snapshot::Change;
use crate::refusal::Refusal;
use crate::store;
use crate::store::audit::AuditRow;
use crate::store::relationships::Written;

impl Write<'_> {
    /// Writes relationships that the schema allows, no two of one identity.
    pub async fn put(
        &mut self,
        author: &Author,
        relationships: &[Relationship],
    ) -> Result<(), Refusal> {
        let entries = relationships.iter();
        let entries = entries.map(|one| self.granted(author, one)).collect();
        let written = Written {
            by: &author.actor,
            at_us: self.now_us,
            reason: &author.reason,
            revision: self.revision,
        };
        store::relationships::upsert(&mut self.tx, relationships, written).await?;
        self.audit(entries).await?;
        self.log(relationships.iter().cloned().map(Change::Write).collect())
            .await
    }

    /// Deletes relationships, where they are there.
    pub async fn delete(
        &mut self,
        author: &Author,
        relationships: &[(ObjectRef, Box<str>, SubjectRef)],
    ) -> Result<(), Refusal> {
        let mut entries = Vec::new();
        let mut changes = Vec::new();
        for (resource, relation, subject) in relationships {
            let Some(found) = self.draft.find(resource, relation, subject) else {
                continue;
            };
            store::relationships::delete(&mut self.tx, resource, relation, subject).await?;
            entries.push(AuditRow {
                before: json(&found),
                ..author.entry("revoke", identity(&found))
            });
            changes.push(Change::Delete {
                resource: resource.clone(),
                relation: relation.clone(),
                subject: subject.clone(),
            });
        }
        self.audit(entries).await?;
        self.log(changes).await
    }

    /// Appends to the change log and to the draft.
    async fn log(&mut self, changes: Vec<Change>) -> Result<(), Refusal> {
        let revision = unsigned(self.revision)?;
        let draft = self
            .draft
            .apply(revision, &changes)
            .map_err(Refusal::internal)?;
        store::changes::append(&mut self.tx, self.revision, self.change_seq, &changes).await?;
        self.change_seq += i64::try_from(changes.len()).unwrap_or(i64::MAX);
        self.draft = draft;
        Ok(())
    }

    fn granted(&self, author: &Author, relationship: &Relationship) -> AuditRow {
        let Relationship {
            resource,
            relation,
            subject,
            ..
        } = relationship;
        let before = self.draft.find(resource, relation, subject);
        AuditRow {
            before: before.as_ref().map(json).unwrap_or_default(),
            after: json(relationship),
            ..author.entry("grant", identity(relationship))
        }
    }
}

/// `customer:42#viewer@user:alice`
pub fn identity(relationship: &Relationship) -> String {
    let Relationship {
        resource,
        relation,
        subject,
        ..
    } = relationship;
    format!("{resource}#{relation}@{subject}")
}

/// What a relationship says beside its identity.
fn json(relationship: &Relationship) -> String {
    let condition = relationship.condition.as_ref();
    serde_json::json!({
        "condition": condition.map(|condition| &*condition.name),
        "context": condition.map(|condition| &condition.context),
        "expires_at_us": relationship.expires_at_us,
    })
    .to_string()
}
