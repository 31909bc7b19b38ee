//! Gives authz-service the schema and the first roles, once; afterwards they are an administrator's.

use super::account;
use super::roles::{Roles, RolesError};
use super::{MODEL, RIGHTS, ROLES};
use crate::authz::{As, Authz};
use crate::records::place::fact;
use menshen_proto::authz::v1::{
    Expectation, GrantRequest, ListGrantsRequest, Precondition, ReadSchemaRequest, Relationship,
    RelationshipPattern, WriteSchemaRequest,
};
use ring::digest::{SHA256, digest};
use service_kit::serve::Health;
use std::time::Duration;
use tonic::{Code, Status};

/// Who administers the CRM.
const ADMINISTRATORS: &str = "role:crm_admin";
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
    /// The roles or their rights are not valid: only of a broken build.
    pub fn shipped() -> Result<Self, RolesError> {
        Self::of(&MODEL.join("\n"), ROLES, RIGHTS)
    }

    /// A schema, the roles for it, and their rights.
    ///
    /// # Errors
    /// The roles or the rights are not valid. The schema is not looked at: authz-service does.
    pub fn of<S: AsRef<str>>(schema: &str, roles: &str, rights: &[S]) -> Result<Self, RolesError> {
        let roles = Roles::parse(roles)?;
        let mut relationships = Vec::new();
        for text in rights {
            relationships.extend(roles.rights(text.as_ref())?);
        }
        relationships.sort_by(|a, b| key(a).cmp(&key(b)));
        relationships.dedup();
        Ok(Self {
            schema: schema.to_owned(),
            relationships,
        })
    }

    /// Puts the policy in force where there is none, and makes sure that the CRM may assert what its rows
    /// hold and nothing else. Safe to repeat, and when two replicas start at once.
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
        account::keep(authz).await?;
        Ok(outcome)
    }

    /// Replaces the schema, whatever is there, grants what the roles file says beside what is granted
    /// already, and sets what the CRM may assert.
    pub async fn replace(&self, authz: &Authz) -> Result<(), Status> {
        self.write_schema(authz).await?;
        let reason = "the CRM's roles, applied again by an administrator";
        let request = grant(self.relationships.clone(), reason);
        authz.grant(As::Service, request).await?;
        account::set(authz).await
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
    /// stays away at the next start. Whoever administers authz-service by then administers the CRM, too,
    /// so that somebody can work in it.
    async fn grant_first_roles(&self, authz: &Authz) -> Result<(), Status> {
        let no_rights_yet = Precondition {
            expectation: Expectation::MustNotExist.into(),
            pattern: Some(RelationshipPattern {
                resource: "module".to_owned(),
                ..Default::default()
            }),
        };
        let first = first_administrator(authz).await?;
        let mut relationships = self.relationships.clone();
        relationships.extend(first.clone().map(|who| fact(ADMINISTRATORS, "member", who)));
        let request = GrantRequest {
            preconditions: vec![no_rights_yet],
            request_id: request_id(&relationships),
            ..grant(relationships, "the roles that the CRM starts with")
        };
        match authz.grant(As::Service, request).await {
            Err(refusal) if refusal.code() == Code::FailedPrecondition => Ok(()),
            Err(refusal) => Err(refusal),
            Ok(_) => {
                tell_first(first.as_deref());
                Ok(())
            }
        }
    }

    /// The relationships in text form: `module:customers#reader@role:sales_rep#member`.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.relationships.iter().map(line)
    }
}

fn grant(relationships: Vec<Relationship>, reason: &str) -> GrantRequest {
    GrantRequest {
        relationships,
        reason: reason.to_owned(),
        ..GrantRequest::default()
    }
}

fn key(r: &Relationship) -> (&str, &str, &str) {
    (&r.resource, &r.relation, &r.subject)
}

fn line(r: &Relationship) -> String {
    format!("{}#{}@{}", r.resource, r.relation, r.subject)
}

/// The same for the same relationships.
fn request_id(relationships: &[Relationship]) -> String {
    let text: String = relationships.iter().map(|r| line(r) + "\n").collect();
    let hash = digest(&SHA256, text.as_bytes());
    let hex = hex::encode(hash.as_ref().get(..16).unwrap_or_default());
    format!("crm-policy-{hex}")
}

/// Who was made an administrator of authz-service first: a person, or a service.
async fn first_administrator(authz: &Authz) -> Result<Option<String>, Status> {
    let request = ListGrantsRequest {
        resource: "menshen/authz:main".to_owned(),
        relation: "administrator".to_owned(),
        page_size: 1_000,
        ..ListGrantsRequest::default()
    };
    let grants = authz.list_grants(As::Service, request).await?.grants;
    let when = |at: &Option<prost_types::Timestamp>| at.map_or((0, 0), |at| (at.seconds, at.nanos));
    let mut found: Vec<_> = grants
        .into_iter()
        .filter_map(|grant| Some((when(&grant.granted_at), grant.relationship?.subject)))
        .filter(|(_, subject)| subject.starts_with("user:") || subject.starts_with("service:"))
        .collect();
    found.sort();
    Ok(found.into_iter().next().map(|(_, subject)| subject))
}

fn tell_first(first: Option<&str>) {
    let Some(first) = first else {
        tracing::warn!(
            "nobody administers the CRM yet: grant `{ADMINISTRATORS}#member` to a person, with \
             menshen.authz.v1.AuthzService/Grant"
        );
        return;
    };
    tracing::info!(
        "`{first}` holds `{ADMINISTRATORS}` and lets others in, for example with \
         menshen.authz.v1.AuthzService/Grant {{\"relationships\": [{{\"resource\": \"role:sales_rep\", \
         \"relation\": \"member\", \"subject\": \"user:ID\"}}], \"reason\": \"…\"}}"
    );
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
                tracing::error!(
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
        assert!((100..=5_000).contains(&policy.relationships.len()));
        assert!(policy.schema.starts_with("use expiration"));
    }

    #[test]
    fn the_request_id_follows_the_content() {
        let mut relationships = Policy::shipped().unwrap().relationships;
        let first = request_id(&relationships);
        assert_eq!(first, request_id(&relationships));
        relationships.pop();
        assert_ne!(first, request_id(&relationships));
    }
}
