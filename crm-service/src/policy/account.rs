//! The CRM's own account in authz-service: what it may assert of its rows.

use crate::authz::{As, Authz};
use crate::kinds;
use crate::records::place::fact;
use menshen_proto::authz::v1::{
    AssertableRelation, CheckRequest, Relationship, ServiceAccount, UpdateServiceAccountRequest,
};
use prost_types::FieldMask;
use service_kit::status::{self, Reason};
use tonic::{Code, Status};

/// A module that every release has.
const MODULE: &str = "module:customers";
/// The account that authz-service keeps for the CRM.
const ACCOUNT: &str = "crm";

/// Makes sure that the account may assert what rows hold, and nothing else. A release that brings
/// another kind of record needs more than the one before.
///
/// # Errors
/// FAILED_PRECONDITION: it may not, and may not help itself; with the call that does.
pub(super) async fn keep(authz: &Authz) -> Result<(), Status> {
    let foreign = fact(MODULE, "entry", "user:nobody".to_owned());
    let mut is_exact = may_assert(authz, foreign).await? != Some(true);
    for one in assertable() {
        let row = fact(
            &format!("{}:none", one.resource_type),
            &one.relation,
            subject_of(&one.relation),
        );
        is_exact &= may_assert(authz, row).await? != Some(false);
    }
    if is_exact {
        return Ok(());
    }
    set(authz).await?;
    tracing::info!("the CRM's account may assert the relations that its rows hold");
    Ok(())
}

/// Sets what the account may assert.
///
/// # Errors
/// FAILED_PRECONDITION: who calls may not; with the call for who may.
pub(super) async fn set(authz: &Authz) -> Result<(), Status> {
    let account = ServiceAccount {
        id: ACCOUNT.to_owned(),
        assertable: assertable(),
        ..ServiceAccount::default()
    };
    let request = UpdateServiceAccountRequest {
        service_account: Some(account),
        update_mask: Some(FieldMask {
            paths: vec!["assertable".to_owned()],
        }),
        rotate_token: false,
        reason: "what the CRM's rows hold".to_owned(),
    };
    match authz.update_service_account(As::Service, request).await {
        Err(refusal) if refusal.code() == Code::PermissionDenied => {
            Err(status::failed_precondition(
                Reason::PreconditionFailed,
                format!("service:{ACCOUNT}"),
                remedy(),
            ))
        }
        outcome => outcome.map(|_| ()),
    }
}

fn remedy() -> String {
    let pairs: Vec<String> = assertable()
        .iter()
        .map(|one| {
            format!(
                r#"{{"resourceType": "{}", "relation": "{}"}}"#,
                one.resource_type, one.relation
            )
        })
        .collect();
    format!(
        r#"service:{ACCOUNT} may not assert what the CRM's rows hold; an administrator lets it with menshen.authz.v1.IdentityService/UpdateServiceAccount {{"serviceAccount": {{"id": "{ACCOUNT}", "assertable": [{}]}}, "updateMask": "assertable", "reason": "…"}}"#,
        pairs.join(", ")
    )
}

/// Whether authz-service takes such a fact from us. `None`: the schema in force has no such relation.
async fn may_assert(authz: &Authz, row: Relationship) -> Result<Option<bool>, Status> {
    let request = CheckRequest {
        subject: "user:nobody".to_owned(),
        permission: "enter".to_owned(),
        resource: MODULE.to_owned(),
        contextual_relationships: vec![row],
        ..CheckRequest::default()
    };
    match authz.check(As::Service, request).await {
        Ok(_) => Ok(Some(true)),
        Err(refusal) if refusal.code() == Code::PermissionDenied => Ok(Some(false)),
        Err(refusal) if refusal.code() == Code::InvalidArgument => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// A subject that the relation may have.
fn subject_of(relation: &str) -> String {
    match relation {
        "module" => MODULE.to_owned(),
        "owner" => "user:nobody".to_owned(),
        object => format!("{object}:none"),
    }
}

/// The relations that the CRM's rows hold, each once.
fn assertable() -> Vec<AssertableRelation> {
    let mut relations: Vec<AssertableRelation> = kinds::relations()
        .unwrap_or_default()
        .into_iter()
        .map(|of| AssertableRelation {
            resource_type: of.resource_type,
            relation: of.relation,
        })
        .collect();
    relations.sort_by(|a, b| (&a.resource_type, &a.relation).cmp(&(&b.resource_type, &b.relation)));
    relations.dedup();
    relations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_a_call_with_every_relation_once() {
        let told = remedy();
        for one in assertable() {
            let pair = format!(
                r#""resourceType": "{}", "relation": "{}""#,
                one.resource_type, one.relation
            );
            assert_eq!(told.matches(&pair).count(), 1, "{told}");
        }
        assert!(assertable().len() >= 10);
    }
}
