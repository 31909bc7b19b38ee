//! Gives authz-service the schema and the first roles, once; afterwards they are an administrator's.

use super::roles::{Roles, RolesError};
use super::{ROLES, SCHEMA};
use crate::authz::{As, Authz};
use crate::customers::place::{MODULE, fact, relations_below};
use menshen_proto::authz::v1::{
    AssertableRelation, CheckRequest, Expectation, GrantRequest, Precondition, ReadSchemaRequest,
    Relationship, RelationshipPattern, ServiceAccount, UpdateServiceAccountRequest,
    WriteSchemaRequest,
};
use prost_types::FieldMask;
use ring::digest::{SHA256, digest};
use service_kit::serve::Health;
use std::time::Duration;
use tonic::{Code, Status};

/// The account that authz-service keeps for the CRM.
const ACCOUNT: &str = "crm";
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A schema and the relationships that go with it.
#[derive(Clone, Debug)]
pub struct Policy {
    /// In the schema language.
    pub schema: String,
    /// What the roles mean.
    pub relationships: Vec<Relationship>,
}

/// What became of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There was none; it is in force.
    Applied,
    /// It is in force already.
    Unchanged,
    /// An administrator wrote another schema; it stays.
    LeftAlone,
}

impl Policy {
    /// The policy that the CRM ships.
    ///
    /// # Errors
    /// The roles file is not valid: only of a broken build.
    pub fn shipped() -> Result<Self, RolesError> {
        let mut relationships = Roles::parse(ROLES)?.relationships();
        // So that whoever installs the system can work in it before there are people.
        relationships.push(fact("role:crm_admin", "member", "service:root".to_owned()));
        Ok(Self {
            schema: SCHEMA.to_owned(),
            relationships,
        })
    }

    /// Puts the policy in force where there is none, and narrows what the CRM may assert to what its
    /// rows hold. Safe to repeat, and when two replicas start at once.
    pub async fn apply(&self, authz: &Authz) -> Result<Outcome, Status> {
        let stored = authz.read_schema(As::Service, ReadSchemaRequest {}).await?;
        let outcome = match stored.schema.as_str() {
            "" => {
                self.write_schema(authz).await?;
                Outcome::Applied
            }
            text if text == self.schema => Outcome::Unchanged,
            _ => Outcome::LeftAlone,
        };
        if outcome != Outcome::LeftAlone {
            self.grant_first_roles(authz).await?;
        }
        narrow_account(authz).await?;
        Ok(outcome)
    }

    /// Replaces the schema, whatever is there, and grants what the roles file says beside what is
    /// granted already.
    pub async fn replace(&self, authz: &Authz) -> Result<(), Status> {
        self.write_schema(authz).await?;
        let request = self.grant("the CRM's roles, applied again by an administrator");
        authz.grant(As::Service, request).await.map(|_| ())
    }

    /// Asks authz-service whether it would take the schema; its warnings.
    pub async fn rehearse(&self, authz: &Authz) -> Result<Vec<String>, Status> {
        let request = WriteSchemaRequest {
            schema: self.schema.clone(),
            validate_only: true,
            ..WriteSchemaRequest::default()
        };
        let answer = authz.write_schema(As::Service, request).await?;
        let told = answer.warnings.into_iter();
        Ok(told
            .map(|w| format!("{}:{}: {} {}", w.line, w.column, w.message, w.suggestion))
            .collect())
    }

    async fn write_schema(&self, authz: &Authz) -> Result<(), Status> {
        let request = WriteSchemaRequest {
            schema: self.schema.clone(),
            reason: "the CRM's access model".to_owned(),
            ..WriteSchemaRequest::default()
        };
        authz.write_schema(As::Service, request).await.map(|_| ())
    }

    /// Roles are granted only while no module has any right: what an administrator took away later
    /// stays away at the next start.
    async fn grant_first_roles(&self, authz: &Authz) -> Result<(), Status> {
        let no_rights_yet = Precondition {
            expectation: Expectation::MustNotExist.into(),
            pattern: Some(RelationshipPattern {
                resource: "module".to_owned(),
                ..Default::default()
            }),
        };
        let request = GrantRequest {
            preconditions: vec![no_rights_yet],
            request_id: self.request_id(),
            ..self.grant("the roles that the CRM starts with")
        };
        match authz.grant(As::Service, request).await {
            Err(refusal) if refusal.code() == Code::FailedPrecondition => Ok(()),
            outcome => outcome.map(|_| ()),
        }
    }

    fn grant(&self, reason: &str) -> GrantRequest {
        GrantRequest {
            relationships: self.relationships.clone(),
            reason: reason.to_owned(),
            ..GrantRequest::default()
        }
    }

    /// The relationships in text form: `module:customers#reader@role:sales_rep#member`.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.relationships
            .iter()
            .map(|r| format!("{}#{}@{}", r.resource, r.relation, r.subject))
    }

    /// The same for the same relationships.
    fn request_id(&self) -> String {
        let text: String = self.lines().map(|line| line + "\n").collect();
        let hash = digest(&SHA256, text.as_bytes());
        let hex = hex::encode(hash.as_ref().get(..16).unwrap_or_default());
        format!("crm-policy-{hex}")
    }
}

/// Leaves the CRM's account only the relations that its rows hold, if it may still assert others.
async fn narrow_account(authz: &Authz) -> Result<(), Status> {
    if !may_assert_anything(authz).await? {
        return Ok(());
    }
    let narrowed = ServiceAccount {
        id: ACCOUNT.to_owned(),
        assertable: assertable(),
        ..ServiceAccount::default()
    };
    let request = UpdateServiceAccountRequest {
        service_account: Some(narrowed),
        update_mask: Some(FieldMask {
            paths: vec!["assertable".to_owned()],
        }),
        rotate_token: false,
        reason: "only what the CRM's rows hold".to_owned(),
    };
    authz.update_service_account(As::Service, request).await?;
    tracing::info!("the CRM's account may assert only the relations that its rows hold");
    Ok(())
}

/// Whether authz-service takes a fact from us that no row of ours holds.
async fn may_assert_anything(authz: &Authz) -> Result<bool, Status> {
    let foreign = fact(MODULE, "entry", "user:nobody".to_owned());
    let request = CheckRequest {
        subject: "user:nobody".to_owned(),
        permission: "enter".to_owned(),
        resource: MODULE.to_owned(),
        contextual_relationships: vec![foreign],
        ..CheckRequest::default()
    };
    match authz.check(As::Service, request).await {
        Ok(_) => Ok(true),
        Err(refusal) if refusal.code() == Code::PermissionDenied => Ok(false),
        // Another schema than ours has no such relation; then it is not ours to say.
        Err(refusal) if refusal.code() == Code::InvalidArgument => Ok(false),
        Err(refusal) => Err(refusal),
    }
}

/// The relations that the CRM's rows hold, each once.
fn assertable() -> Vec<AssertableRelation> {
    let mut relations: Vec<AssertableRelation> = ["contact", "interaction", "purchase"]
        .into_iter()
        .flat_map(relations_below)
        .map(|of| AssertableRelation {
            resource_type: of.resource_type,
            relation: of.relation,
        })
        .collect();
    relations.sort_by(|a, b| (&a.resource_type, &a.relation).cmp(&(&b.resource_type, &b.relation)));
    relations.dedup();
    relations
}

/// Applies the policy as soon as authz-service lets it, and says that the CRM is ready.
pub(crate) async fn keep_trying(policy: Policy, authz: Authz, health: Health) {
    let mut wait = FIRST_WAIT;
    loop {
        match policy.apply(&authz).await {
            Ok(outcome) => {
                tell(outcome);
                health.ready();
                return;
            }
            Err(refusal) => {
                let (code, message) = (refusal.code(), refusal.message());
                tracing::warn!(
                    ?code,
                    message,
                    "the access model could not be applied yet; trying again"
                );
            }
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

fn tell(outcome: Outcome) {
    match outcome {
        Outcome::Applied => tracing::info!("the access model and the first roles are in force"),
        Outcome::Unchanged => tracing::info!("the access model is in force"),
        Outcome::LeftAlone => tracing::info!(
            "the schema in force is not the one that this release ships; `crm-service policy apply` replaces it"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_policy_is_valid_and_fits_in_one_grant() {
        let policy = Policy::shipped().unwrap();
        assert!((100..=1_000).contains(&policy.relationships.len()));
        assert!(policy.schema.starts_with("use expiration"));
    }

    #[test]
    fn the_request_id_follows_the_content() {
        let policy = Policy::shipped().unwrap();
        let mut other = policy.clone();
        assert_eq!(policy.request_id(), other.request_id());
        other.relationships.pop();
        assert_ne!(policy.request_id(), other.request_id());
    }

    #[test]
    fn the_crm_asserts_ten_relations() {
        let shown: Vec<String> = assertable()
            .iter()
            .map(|a| format!("{}#{}", a.resource_type, a.relation))
            .collect();
        assert_eq!(
            shown,
            [
                "contact#customer",
                "contact#module",
                "customer#department",
                "customer#module",
                "customer#owner",
                "customer#team",
                "interaction#customer",
                "interaction#module",
                "purchase#customer",
                "purchase#module",
            ]
        );
    }
}
