//! Ending shares that nobody asked to end: their record went to somebody else.

use super::existing;
use crate::authz::As;
use crate::crm::Crm;
use crate::records::entity::Entity;
use crate::records::kind::Kind;
use crate::records::record::{Record, stored};
use crate::records::refusal::Refusal;
use menshen_proto::authz::v1::{GrantRecord, Relationship, RevokeRequest};

/// Why the CRM ends shares.
pub(super) const GIVEN_AWAY: &str = "the record was given to another owner";

/// Ends the shares of a record that a person made who no longer owns it. Nothing ends where they own it
/// again: the transfer that is repeated was not the last one.
pub(crate) async fn end_those_of<E: Entity>(
    crm: &Crm,
    id: &str,
    owner: &str,
) -> Result<(), Refusal> {
    let now: Record<E> = stored(&mut crm.db.snapshot_read().await?, id).await?;
    if now.place.owner.as_deref() == Some(owner) {
        return Ok(());
    }
    let shares = existing(crm, E::kind(), id, "").await?;
    end(
        crm,
        own_shares(shares, &format!("user:{owner}")),
        GIVEN_AWAY,
    )
    .await
}

/// With whom a record is shared.
///
/// # Errors
/// authz-service did not do its part.
pub(crate) async fn subjects_of(
    crm: &Crm,
    kind: &'static Kind,
    id: &str,
) -> Result<Vec<String>, Refusal> {
    let shares = existing(crm, kind, id, "").await?;
    let subjects = shares.into_iter().filter_map(|share| share.relationship);
    let mut subjects: Vec<String> = subjects.map(|share| share.subject).collect();
    subjects.sort();
    subjects.dedup();
    Ok(subjects)
}

/// Ends all shares of a record. Safe to repeat.
///
/// # Errors
/// authz-service did not do its part.
pub(crate) async fn end_all(
    crm: &Crm,
    kind: &'static Kind,
    id: &str,
    reason: &str,
) -> Result<(), Refusal> {
    let shares = existing(crm, kind, id, "").await?;
    let shares = shares.into_iter().filter_map(|share| share.relationship);
    end(crm, shares.collect(), reason).await
}

pub(super) fn own_shares(shares: Vec<GrantRecord>, subject: &str) -> Vec<Relationship> {
    let own = shares
        .into_iter()
        .filter(|share| share.granted_by == subject);
    own.filter_map(|share| share.relationship).collect()
}

/// Ends shares in the CRM's own name: who gives a record away need not have the right to share it.
pub(super) async fn end(crm: &Crm, shares: Vec<Relationship>, reason: &str) -> Result<(), Refusal> {
    if shares.is_empty() {
        return Ok(());
    }
    let request = RevokeRequest {
        relationships: shares,
        reason: reason.to_owned(),
        ..RevokeRequest::default()
    };
    crm.authz.revoke(As::Service, request).await?;
    Ok(())
}
