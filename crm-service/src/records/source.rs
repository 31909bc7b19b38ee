//! What the guard is told of the rows of any kind.

use super::facts;
use super::field::Given;
use super::kind::Kind;
use super::place::Place;
use super::refusal::Refusal;
use super::violations::Violations;
use crate::authz::{Directory, receiver};
use async_trait::async_trait;
use menshen_proto::authz::v1::{ContextualRelation, Relationship};
use prost_reflect::{DynamicMessage, MessageDescriptor};
use service_kit::caller::Caller;
use service_kit::clock::Clock;
use service_kit::db::{Db, Stmt};
use service_kit::guard::source::{Facts, RecordSource};
use service_kit::{ids, status};
use std::sync::Arc;
use tonic::Status;

/// Tells the guard whose records are.
pub(crate) struct KindSource {
    pub(crate) kind: &'static Kind,
    pub(crate) db: Db,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[async_trait]
impl RecordSource for KindSource {
    fn resource_type(&self) -> &'static str {
        self.kind.name
    }

    fn contextual_relations(&self) -> Vec<ContextualRelation> {
        self.kind
            .planned()
            .map(|plan| plan.relations.clone())
            .unwrap_or_default()
    }

    fn standing(&self, id: &str) -> Vec<Relationship> {
        facts::standing(self.kind, id)
    }

    async fn facts(
        &self,
        ids: &[String],
        include_deleted: bool,
    ) -> Result<Vec<Option<Facts>>, Status> {
        let mut found = facts::of_ids(&self.db, self.kind, ids, include_deleted).await?;
        Ok(ids.iter().map(|id| found.remove(id)).collect())
    }

    async fn proposed(
        &self,
        caller: &Caller,
        path: &str,
        request: &[u8],
    ) -> Result<(String, Facts), Status> {
        let asked = decoded(path, request)?;
        let record = asked.get_field_by_name(self.kind.name);
        match record.as_ref().and_then(|value| value.as_message()) {
            Some(record) => self.created(caller, &asked, record).await,
            None => self.moved(&asked).await,
        }
    }
}

impl KindSource {
    /// The facts of a record as a create request would make it.
    async fn created(
        &self,
        caller: &Caller,
        asked: &DynamicMessage,
        record: &DynamicMessage,
    ) -> Result<(String, Facts), Status> {
        let id_field = format!("{}_id", self.kind.name);
        let given = text(asked, &id_field);
        let mut violations = Violations::default();
        violations.optional_id(&id_field, &given);
        self.check_ids(record, &mut violations);
        violations.or(()).map_err(Refusal::from)?;
        let id = if given.is_empty() {
            ids::new_id(self.clock.now_us()).to_string()
        } else {
            given
        };
        let mut relationships = facts::standing(self.kind, &id);
        if self.kind.is_owned {
            let proposed = Place::proposed(record);
            let place = match self.home(record).await? {
                Some(department) => Place {
                    department: Some(department),
                    ..proposed
                },
                None => self.place(caller, proposed).await?,
            };
            relationships.extend(place.facts(self.kind, &id));
        }
        for field in self.kind.people() {
            let person = text(record, field.name);
            if !person.is_empty() && !matches!(field.given, Given::ByTheKind(_) | Given::Aside(_)) {
                let resource = self.kind.reference(&id);
                relationships.push(super::place::fact(
                    &resource,
                    field.name,
                    format!("user:{person}"),
                ));
            }
        }
        for (field, parent) in self.kind.parents() {
            let above = text(record, field.name);
            if above.is_empty() {
                continue;
            }
            let ids = [above.clone()];
            let found = facts::of_ids(&self.db, parent, &ids, false)
                .await?
                .remove(&above);
            relationships.extend(match found {
                Some(facts) => facts.relationships,
                None => facts::standing(parent, &above),
            });
            let (resource, subject) = (self.kind.reference(&id), parent.reference(&above));
            relationships.push(super::place::fact(&resource, field.name, subject));
        }
        let facts = Facts {
            version: 0,
            relationships,
        };
        Ok((id, facts))
    }

    /// The department of the record that the message names as the home of this one.
    async fn home(&self, message: &DynamicMessage) -> Result<Option<String>, Status> {
        let plan = self.kind.plan()?;
        let (Some(select), Some((field, _))) = (plan.home, self.kind.home()) else {
            return Ok(None);
        };
        let select = Stmt::new(select).bind(text(message, field.name));
        let found: Option<(String,)> = self
            .db
            .fetch_optional(select)
            .await
            .map_err(Refusal::from)?;
        Ok(found.map(|(department,)| department))
    }

    /// Owner and department default to the caller and the owner's department. An owner that there is
    /// not has no department; the handler refuses it, once the caller may create at all.
    async fn place(&self, caller: &Caller, proposed: Place) -> Result<Place, Status> {
        let person = caller.subject.strip_prefix("user:");
        let owner = proposed.owner.or(person.map(str::to_owned));
        let department = match (proposed.department, &owner) {
            (Some(department), _) => Some(department),
            (None, Some(owner)) => {
                let person = self.directory.person(owner).await?;
                person.and_then(|person| person.department)
            }
            (None, None) => None,
        };
        Ok(Place {
            owner,
            department,
            teams: proposed.teams,
        })
    }

    /// The facts of a record as a transfer would make it. The teams stay; an empty owner is the pool,
    /// whose department is the one given, if any. What has a home stays in its department, or moves to that
    /// of the home that is given.
    async fn moved(&self, asked: &DynamicMessage) -> Result<(String, Facts), Status> {
        let [id, owner, department] = ["id", "owner", "department"].map(|name| text(asked, name));
        let mut violations = Violations::default();
        violations.optional_id("owner", &owner);
        violations.optional_id("department", &department);
        violations.or(()).map_err(Refusal::from)?;
        let mut found =
            facts::of_ids(&self.db, self.kind, std::slice::from_ref(&id), false).await?;
        let now = found.remove(&id).unwrap_or_default();
        let before = Place::of(self.kind, &now.relationships, &id);
        let mut place = Place {
            owner: None,
            department: Some(department).filter(|department| !department.is_empty()),
            teams: before.teams.clone(),
        };
        if self.kind.home().is_some() {
            let stays = before.department.clone();
            place.department = self.home(asked).await?.or(stays);
        }
        if !owner.is_empty() {
            let person = receiver(&*self.directory, &owner).await?;
            place.department = place.department.or(person.department);
            place.owner = Some(owner);
        }
        let old = before.facts(self.kind, &id);
        let mut relationships = now.relationships;
        relationships.retain(|fact| !old.contains(fact));
        relationships.extend(facts::standing(self.kind, &id));
        relationships.dedup();
        relationships.extend(place.facts(self.kind, &id));
        let facts = Facts {
            version: 0,
            relationships,
        };
        Ok((id, facts))
    }

    /// What becomes part of a reference must be an id.
    fn check_ids(&self, record: &DynamicMessage, violations: &mut Violations) {
        let name = |field: &str| format!("{}.{field}", self.kind.name);
        let parents = self.kind.parents().map(|(field, _)| field);
        for field in parents.chain(self.kind.people()) {
            violations.optional_id(&name(field.name), &text(record, field.name));
        }
        if self.kind.is_owned {
            let place = Place::proposed(record);
            let own = [("owner", place.owner), ("department", place.department)];
            for (field, id) in own {
                violations.optional_id(&name(field), &id.unwrap_or_default());
            }
            for team in &place.teams {
                violations.id(&name("teams"), team);
            }
        }
    }
}

/// The request that the guard read.
fn decoded(path: &str, request: &[u8]) -> Result<DynamicMessage, Status> {
    let input = input_of(path);
    let input = input.ok_or_else(|| status::internal_message(&format!("no method `{path}`")))?;
    DynamicMessage::decode(input, request).map_err(|error| status::internal(&error))
}

/// The request message of `/menshen.crm.v1.ContactService/CreateContact`.
fn input_of(path: &str) -> Option<MessageDescriptor> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let service = menshen_proto::descriptors().get_service_by_name(service)?;
    let method = service.methods().find(|one| one.name() == method)?;
    Some(method.input())
}

fn text(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field);
    let text = value.as_ref().and_then(|value| value.as_str());
    text.unwrap_or_default().to_owned()
}
