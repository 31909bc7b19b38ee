//! What the guard is told of rows that belong to a customer: which one, and whose that is.

use super::customer::source::decode;
use super::place::{MODULE, Place, fact, relations_below};
use crate::records::refusal::Refusal;
use async_trait::async_trait;
use menshen_proto::authz::v1::{ContextualRelation, Relationship};
use menshen_proto::crm::v1::{
    CreateContactRequest, CreateInteractionRequest, CreatePurchaseRequest,
};
use service_kit::caller::Caller;
use service_kit::clock::Clock;
use service_kit::db::{Db, Stmt};
use service_kit::guard::source::{Facts, RecordSource};
use service_kit::ids;
use std::collections::HashMap;
use std::sync::Arc;
use tonic::Status;

/// Tells the guard whose contacts, interactions or purchases are.
pub(crate) struct ChildSource {
    kind: Kind,
    db: Db,
    clock: Arc<dyn Clock>,
}

/// A kind of record that belongs to a customer.
struct Kind {
    resource_type: &'static str,
    /// Id, version, customer, and the customer's place, of the rows with the ids `$1`; deleted ones
    /// where `$2`. One row for each team.
    facts: &'static str,
    /// The customer that a create request names.
    customer: fn(&[u8]) -> Result<String, Status>,
}

/// The facts of a table's rows. What belongs to a deleted customer is out of sight with it.
macro_rules! facts {
    ($table:literal, $deleted:literal) => {
        concat!(
            "SELECT r.id, r.version, r.customer_id, c.owner_id, c.department_id, t.team_id FROM ",
            $table,
            " r JOIN customers c ON c.id = r.customer_id \
             LEFT JOIN customer_teams t ON t.customer_id = c.id \
             WHERE r.id IN (LIST($1)) AND c.deleted_at_us IS NULL AND ",
            $deleted,
            " ORDER BY r.id, t.position"
        )
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    version: i64,
    customer_id: String,
    owner_id: Option<String>,
    department_id: Option<String>,
    team_id: Option<String>,
}

struct Child {
    version: i64,
    customer: String,
    place: Place,
}

impl ChildSource {
    /// Of contacts.
    pub(crate) fn contacts(db: Db, clock: Arc<dyn Clock>) -> Self {
        let customer = |request: &[u8]| {
            let asked: CreateContactRequest = decode(request)?;
            Ok(asked.contact.unwrap_or_default().customer)
        };
        let facts = facts!("contacts", "(r.deleted_at_us IS NULL OR $2)");
        Self {
            kind: Kind {
                resource_type: "contact",
                facts,
                customer,
            },
            db,
            clock,
        }
    }

    /// Of interactions, which are never deleted: what is asked about that makes no difference.
    pub(crate) fn interactions(db: Db, clock: Arc<dyn Clock>) -> Self {
        let customer = |request: &[u8]| {
            let asked: CreateInteractionRequest = decode(request)?;
            Ok(asked.interaction.unwrap_or_default().customer)
        };
        let facts = facts!("interactions", "($2 OR NOT $2)");
        Self {
            kind: Kind {
                resource_type: "interaction",
                facts,
                customer,
            },
            db,
            clock,
        }
    }

    /// Of purchases.
    pub(crate) fn purchases(db: Db, clock: Arc<dyn Clock>) -> Self {
        let customer = |request: &[u8]| {
            let asked: CreatePurchaseRequest = decode(request)?;
            Ok(asked.purchase.unwrap_or_default().customer)
        };
        let facts = facts!("purchases", "(r.deleted_at_us IS NULL OR $2)");
        Self {
            kind: Kind {
                resource_type: "purchase",
                facts,
                customer,
            },
            db,
            clock,
        }
    }

    async fn children(
        &self,
        ids: &[String],
        include_deleted: bool,
    ) -> Result<HashMap<String, Child>, Status> {
        let select = Stmt::new(self.kind.facts)
            .bind_list(ids)
            .bind(include_deleted);
        let rows: Vec<Row> = self.db.fetch_all(select).await.map_err(Refusal::from)?;
        let mut children: HashMap<String, Child> = HashMap::new();
        for row in rows {
            let child = children.entry(row.id).or_insert_with(|| Child {
                version: row.version,
                customer: row.customer_id,
                place: Place {
                    owner: row.owner_id,
                    department: row.department_id,
                    teams: Vec::new(),
                },
            });
            child.place.teams.extend(row.team_id);
        }
        Ok(children)
    }

    /// The facts of one record: its own, and those of its customer.
    fn relationships(&self, id: &str, customer: &str, place: &Place) -> Vec<Relationship> {
        let mut facts = self.standing(id);
        let resource = format!("{}:{id}", self.kind.resource_type);
        facts.push(fact(&resource, "customer", format!("customer:{customer}")));
        facts.extend(place.facts(customer));
        facts
    }
}

const PLACE: &str = "
    SELECT c.id, c.version, c.id AS customer_id, c.owner_id, c.department_id, t.team_id
    FROM customers c
    LEFT JOIN customer_teams t ON t.customer_id = c.id
    WHERE c.id = $1 AND c.deleted_at_us IS NULL
    ORDER BY t.position";

#[async_trait]
impl RecordSource for ChildSource {
    fn resource_type(&self) -> &'static str {
        self.kind.resource_type
    }

    fn contextual_relations(&self) -> Vec<ContextualRelation> {
        relations_below(self.kind.resource_type)
    }

    fn standing(&self, id: &str) -> Vec<Relationship> {
        let resource = format!("{}:{id}", self.kind.resource_type);
        vec![fact(&resource, "module", MODULE.to_owned())]
    }

    async fn facts(
        &self,
        ids: &[String],
        include_deleted: bool,
    ) -> Result<Vec<Option<Facts>>, Status> {
        let mut found = self.children(ids, include_deleted).await?;
        let facts = |id: &String| {
            let child = found.remove(id)?;
            let relationships = self.relationships(id, &child.customer, &child.place);
            Some(Facts {
                version: child.version,
                relationships,
            })
        };
        Ok(ids.iter().map(facts).collect())
    }

    async fn proposed(
        &self,
        _: &Caller,
        _: &str,
        request: &[u8],
    ) -> Result<(String, Facts), Status> {
        let customer = (self.kind.customer)(request)?;
        let id = ids::new_id(self.clock.now_us()).to_string();
        let select = Stmt::new(PLACE).bind(&customer);
        let rows: Vec<Row> = self.db.fetch_all(select).await.map_err(Refusal::from)?;
        let mut place = Place::default();
        for row in rows {
            (place.owner, place.department) = (row.owner_id, row.department_id);
            place.teams.extend(row.team_id);
        }
        let relationships = self.relationships(&id, &customer, &place);
        Ok((
            id,
            Facts {
                version: 0,
                relationships,
            },
        ))
    }
}
