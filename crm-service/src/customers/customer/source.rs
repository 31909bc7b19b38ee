//! What the guard is told of customer rows.

use crate::authz::{Directory, receiver};
use crate::customers::place::{Place, relations, standing};
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use async_trait::async_trait;
use menshen_proto::authz::v1::{ContextualRelation, Relationship};
use menshen_proto::crm::v1::{CreateCustomerRequest, Customer as Message, TransferCustomerRequest};
use service_kit::caller::Caller;
use service_kit::clock::Clock;
use service_kit::db::{Db, Stmt};
use service_kit::guard::source::{Facts, RecordSource};
use service_kit::{ids, status};
use std::collections::HashMap;
use std::sync::Arc;
use tonic::Status;

/// Tells the guard whose customers are.
pub(crate) struct CustomerSource {
    pub(crate) db: Db,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// One row for each team of a customer, and one for a customer without a team.
#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    version: i64,
    owner_id: Option<String>,
    department_id: Option<String>,
    team_id: Option<String>,
}

const FACTS: &str = "
    SELECT c.id, c.version, c.owner_id, c.department_id, t.team_id
    FROM customers c
    LEFT JOIN customer_teams t ON t.customer_id = c.id
    WHERE c.id IN (LIST($1)) AND (c.deleted_at_us IS NULL OR $2)
    ORDER BY c.id, t.position";

#[async_trait]
impl RecordSource for CustomerSource {
    fn resource_type(&self) -> &'static str {
        "customer"
    }

    fn contextual_relations(&self) -> Vec<ContextualRelation> {
        relations()
    }

    fn standing(&self, id: &str) -> Vec<Relationship> {
        standing(id)
    }

    async fn facts(
        &self,
        ids: &[String],
        include_deleted: bool,
    ) -> Result<Vec<Option<Facts>>, Status> {
        let mut found = self.places(ids, include_deleted).await?;
        let facts = |id: &String| {
            let (version, place) = found.remove(id)?;
            Some(Facts {
                version,
                relationships: place.facts(id),
            })
        };
        Ok(ids.iter().map(facts).collect())
    }

    async fn proposed(
        &self,
        caller: &Caller,
        path: &str,
        request: &[u8],
    ) -> Result<(String, Facts), Status> {
        let (id, place) = match path {
            "/menshen.crm.v1.CustomerService/CreateCustomer" => {
                self.created(caller, request).await?
            }
            "/menshen.crm.v1.CustomerService/TransferCustomer" => self.transferred(request).await?,
            other => {
                let problem = format!("`{other}` proposes no customer");
                return Err(status::internal_message(&problem));
            }
        };
        let relationships = place.facts(&id);
        Ok((
            id,
            Facts {
                version: 0,
                relationships,
            },
        ))
    }
}

impl CustomerSource {
    async fn places(
        &self,
        ids: &[String],
        include_deleted: bool,
    ) -> Result<HashMap<String, (i64, Place)>, Status> {
        let select = Stmt::new(FACTS).bind_list(ids).bind(include_deleted);
        let rows: Vec<Row> = self.db.fetch_all(select).await.map_err(Refusal::from)?;
        let mut places: HashMap<String, (i64, Place)> = HashMap::new();
        for row in rows {
            let (_, place) = places.entry(row.id).or_insert_with(|| {
                let (owner, department) = (row.owner_id, row.department_id);
                (
                    row.version,
                    Place {
                        owner,
                        department,
                        teams: Vec::new(),
                    },
                )
            });
            place.teams.extend(row.team_id);
        }
        Ok(places)
    }

    /// Owner and department default to the caller and the owner's department. An owner that there is
    /// not has no department; the handler refuses it, once the caller may create at all. It is decided
    /// on an id that no record has: an id that the caller chose must not tell of the one that has it.
    async fn created(&self, caller: &Caller, request: &[u8]) -> Result<(String, Place), Status> {
        let asked: CreateCustomerRequest = decode(request)?;
        let customer = asked.customer.unwrap_or_default();
        check_ids(&customer)?;
        let person = caller.subject.strip_prefix("user:");
        let owner = some(&customer.owner).or(person.map(str::to_owned));
        let department = match (some(&customer.department), &owner) {
            (Some(department), _) => Some(department),
            (None, Some(owner)) => self
                .directory
                .person(owner)
                .await?
                .and_then(|p| p.department),
            (None, None) => None,
        };
        let place = Place {
            owner,
            department,
            teams: customer.teams,
        };
        Ok((ids::new_id(self.clock.now_us()).to_string(), place))
    }

    /// The teams stay; an empty owner is the pool, whose department is the one given, if any.
    async fn transferred(&self, request: &[u8]) -> Result<(String, Place), Status> {
        let asked: TransferCustomerRequest = decode(request)?;
        let mut violations = Violations::default();
        violations.optional_id("owner", &asked.owner);
        violations.optional_id("department", &asked.department);
        violations.or(()).map_err(Refusal::from)?;
        let mut place = Place {
            department: some(&asked.department),
            ..Place::default()
        };
        if let Some(owner) = some(&asked.owner) {
            let person = receiver(&*self.directory, &owner).await?;
            place.department = place.department.or(person.department);
            place.owner = Some(owner);
        }
        let mut found = self.places(std::slice::from_ref(&asked.id), false).await?;
        place.teams = found
            .remove(&asked.id)
            .map(|(_, now)| now.teams)
            .unwrap_or_default();
        Ok((asked.id, place))
    }
}

/// What becomes part of a reference must be an id.
fn check_ids(customer: &Message) -> Result<(), Refusal> {
    let mut violations = Violations::default();
    violations.optional_id("customer.owner", &customer.owner);
    violations.optional_id("customer.department", &customer.department);
    for team in &customer.teams {
        violations.id("customer.teams", team);
    }
    Ok(violations.or(())?)
}

/// The request that the guard read.
pub(crate) fn decode<M: prost::Message + Default>(request: &[u8]) -> Result<M, Status> {
    M::decode(request).map_err(|error| status::internal(&error))
}

/// Empty is none.
pub(crate) fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::fake::FakeDirectory;
    use prost::Message as _;
    use service_kit::clock::ManualClock;
    use service_kit::db::{DatabaseUrl, PoolSizes};
    use tempfile::TempDir;

    async fn source() -> (CustomerSource, TempDir) {
        let folder = TempDir::new().unwrap();
        let url: DatabaseUrl = format!("sqlite://{}/crm.db", folder.path().display())
            .parse()
            .unwrap();
        let db = Db::connect(&url, &PoolSizes::default()).await.unwrap();
        db.migrate(&crate::server::MIGRATIONS).await.unwrap();
        let clock = Arc::new(ManualClock::at(1_764_000_000_000_000));
        (
            CustomerSource {
                db,
                directory: Arc::new(FakeDirectory),
                clock,
            },
            folder,
        )
    }

    async fn created(subject: &str, customer: Message) -> Place {
        let (source, _folder) = source().await;
        let caller = Caller {
            subject: subject.into(),
            via_service: None,
            token: None,
        };
        let asked = CreateCustomerRequest {
            customer: Some(customer),
            customer_id: "A-1".into(),
            ..CreateCustomerRequest::default()
        };
        let path = "/menshen.crm.v1.CustomerService/CreateCustomer";
        let (id, facts) = source
            .proposed(&caller, path, &asked.encode_to_vec())
            .await
            .unwrap();
        Place::of(&facts.relationships, &id)
    }

    fn place(owner: Option<&str>, department: Option<&str>) -> Place {
        let (owner, department) = (owner.map(str::to_owned), department.map(str::to_owned));
        Place {
            owner,
            department,
            teams: Vec::new(),
        }
    }

    #[tokio::test]
    async fn owner_and_department_default_to_the_caller() {
        let found = created("user:u05", Message::default()).await;
        assert_eq!(found, place(Some("u05"), Some("D111")));
    }

    #[tokio::test]
    async fn department_defaults_to_that_of_the_owner() {
        let customer = Message {
            owner: "u15".into(),
            ..Message::default()
        };
        assert_eq!(
            created("user:u05", customer).await,
            place(Some("u15"), Some("D13"))
        );
    }

    #[tokio::test]
    async fn service_owns_nothing() {
        assert_eq!(
            created("service:root", Message::default()).await,
            place(None, None)
        );
    }

    #[tokio::test]
    async fn transfer_to_somebody_unknown_or_locked_out_is_refused() {
        let (source, _folder) = source().await;
        let caller = Caller {
            subject: "user:u05".into(),
            via_service: None,
            token: None,
        };
        for owner in ["nobody", "gone"] {
            let asked = TransferCustomerRequest {
                id: "A-1".into(),
                owner: owner.into(),
                ..TransferCustomerRequest::default()
            };
            let path = "/menshen.crm.v1.CustomerService/TransferCustomer";
            let refused = source
                .proposed(&caller, path, &asked.encode_to_vec())
                .await
                .unwrap_err();
            assert_eq!(refused.code(), tonic::Code::FailedPrecondition, "{owner}");
        }
    }

    #[tokio::test]
    async fn ids_that_are_none_are_refused_with_their_field() {
        let (source, _folder) = source().await;
        let caller = Caller {
            subject: "user:u05".into(),
            via_service: None,
            token: None,
        };
        let asked = CreateCustomerRequest {
            customer: Some(Message {
                owner: "a b".into(),
                ..Message::default()
            }),
            ..CreateCustomerRequest::default()
        };
        let path = "/menshen.crm.v1.CustomerService/CreateCustomer";
        let refused = source
            .proposed(&caller, path, &asked.encode_to_vec())
            .await
            .unwrap_err();
        assert!(
            refused
                .message()
                .starts_with("customer.owner: `a b` is not an id"),
            "{refused}"
        );
    }

    #[tokio::test]
    async fn absent_rows_have_no_facts() {
        let (source, _folder) = source().await;
        let facts = source.facts(&["A-1".to_owned()], true).await.unwrap();
        assert!(matches!(facts.as_slice(), [None]));
    }
}
