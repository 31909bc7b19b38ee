//! Customers with owners, departments and teams, and contacts that belong to them.

use crate::db::{Db, Stmt};
use crate::predicate::matches::Row;
use crate::predicate::{Foreign, Held, Holding, Mapping};
use crate::query::{Column, ColumnKind, Columns};
use menshen_proto::authz::v1::predicate::Kind;
use menshen_proto::authz::v1::{
    IdsPredicate, InPredicate, Predicate, Predicates, UnderPredicate, ViaPredicate,
};

pub(super) static CUSTOMERS: Mapping = Mapping {
    resource_type: "customer",
    table: "customers c",
    id: "c.id",
    relations: &[
        Held {
            relation: "module",
            holding: Holding::Fixed(&["module:customers"]),
        },
        Held {
            relation: "owner",
            holding: Holding::Column {
                sql: "c.owner_id",
                subject: "user",
                foreign: None,
            },
        },
        Held {
            relation: "department",
            holding: Holding::Column {
                sql: "c.department_id",
                subject: "department",
                foreign: None,
            },
        },
        Held {
            relation: "team",
            holding: Holding::Join {
                table: "customer_teams ct",
                row: "ct.customer_id",
                sql: "ct.team_id",
                subject: "team#member",
            },
        },
    ],
};

pub(super) static CONTACTS: Mapping = Mapping {
    resource_type: "contact",
    table: "contacts k",
    id: "k.id",
    relations: &[
        Held {
            relation: "customer",
            holding: Holding::Column {
                sql: "k.customer_id",
                subject: "customer",
                foreign: Some(&Foreign {
                    mapping: &CUSTOMERS,
                    only: "",
                }),
            },
        },
        Held {
            relation: "creator",
            holding: Holding::Column {
                sql: "k.creator_id",
                subject: "user",
                foreign: None,
            },
        },
    ],
};

pub(super) const COLUMNS: Columns = Columns(&[
    Column::new("id", "c.id", ColumnKind::Text),
    Column::new("level", "c.level", ColumnKind::Text).nullable(),
    Column::new("created_at", "c.created_at", ColumnKind::Time),
]);

const SCHEMA: [&str; 3] = [
    "CREATE TABLE customers (
        id TEXT PRIMARY KEY,
        owner_id TEXT,
        department_id TEXT,
        level TEXT,
        created_at BIGINT NOT NULL,
        deleted_at BIGINT
    )",
    "CREATE TABLE customer_teams (
        customer_id TEXT NOT NULL,
        team_id TEXT NOT NULL,
        PRIMARY KEY (customer_id, team_id)
    )",
    "CREATE TABLE contacts (
        id TEXT PRIMARY KEY,
        customer_id TEXT,
        creator_id TEXT
    )",
];

#[derive(Clone, Debug)]
pub(super) struct Customer {
    pub(super) id: String,
    pub(super) owner: Option<String>,
    pub(super) department: Option<String>,
    pub(super) teams: Vec<String>,
    pub(super) level: Option<String>,
    pub(super) created_at: i64,
    pub(super) is_deleted: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub(super) id: String,
    pub(super) customer: Option<String>,
    pub(super) creator: Option<String>,
}

/// The rows of a test.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) customers: Vec<Customer>,
    pub(super) contacts: Vec<Contact>,
}

pub(super) async fn create(db: &Db) {
    for table in SCHEMA {
        db.execute(Stmt::new(table)).await.unwrap();
    }
}

impl World {
    /// Replaces the rows of the database.
    pub(super) async fn store(&self, db: &Db) {
        let mut tx = db.begin().await.unwrap();
        for table in ["customers", "customer_teams", "contacts"] {
            tx.execute(Stmt::dynamic(format!("DELETE FROM {table}")))
                .await
                .unwrap();
        }
        for customer in &self.customers {
            let deleted_at = customer.is_deleted.then_some(1_i64);
            let row = Stmt::new(
                "INSERT INTO customers (id, owner_id, department_id, level, created_at, deleted_at)
                VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(&customer.id)
            .bind(&customer.owner)
            .bind(&customer.department)
            .bind(&customer.level);
            tx.execute(row.bind(customer.created_at).bind(deleted_at))
                .await
                .unwrap();
            for team in &customer.teams {
                let row =
                    Stmt::new("INSERT INTO customer_teams (customer_id, team_id) VALUES ($1, $2)");
                tx.execute(row.bind(&customer.id).bind(team)).await.unwrap();
            }
        }
        for contact in &self.contacts {
            let row =
                Stmt::new("INSERT INTO contacts (id, customer_id, creator_id) VALUES ($1, $2, $3)")
                    .bind(&contact.id)
                    .bind(&contact.customer)
                    .bind(&contact.creator);
            tx.execute(row).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

impl Row for Customer {
    fn id(&self) -> &str {
        &self.id
    }

    fn subjects(&self, relation: &str) -> Option<Vec<String>> {
        let typed = |name: &str, id: &String| format!("{name}:{id}");
        match relation {
            "module" => Some(vec!["module:customers".to_owned()]),
            "owner" => Some(self.owner.iter().map(|id| typed("user", id)).collect()),
            "department" => Some(
                self.department
                    .iter()
                    .map(|id| typed("department", id))
                    .collect(),
            ),
            "team" => Some(
                self.teams
                    .iter()
                    .map(|id| format!("team:{id}#member"))
                    .collect(),
            ),
            _ => None,
        }
    }

    fn follow(&self, _relation: &str, _resource_type: &str) -> Vec<&dyn Row> {
        Vec::new()
    }
}

/// A contact beside the customers that it may lead to.
pub(super) struct ContactRow<'a>(pub(super) &'a Contact, pub(super) &'a World);

impl Row for ContactRow<'_> {
    fn id(&self) -> &str {
        &self.0.id
    }

    fn subjects(&self, relation: &str) -> Option<Vec<String>> {
        match relation {
            "customer" => Some(
                self.0
                    .customer
                    .iter()
                    .map(|id| format!("customer:{id}"))
                    .collect(),
            ),
            "creator" => Some(
                self.0
                    .creator
                    .iter()
                    .map(|id| format!("user:{id}"))
                    .collect(),
            ),
            _ => None,
        }
    }

    fn follow(&self, relation: &str, resource_type: &str) -> Vec<&dyn Row> {
        assert_eq!((relation, resource_type), ("customer", "customer"));
        let customers = self.1.customers.iter();
        customers
            .filter(|customer| Some(&customer.id) == self.0.customer.as_ref())
            .map(|customer| customer as &dyn Row)
            .collect()
    }
}

fn of(kind: Kind) -> Predicate {
    Predicate { kind: Some(kind) }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub(super) fn constant(constant: bool) -> Predicate {
    of(Kind::Constant(constant))
}

pub(super) fn all_of(predicates: Vec<Predicate>) -> Predicate {
    of(Kind::AllOf(Predicates { predicates }))
}

pub(super) fn any_of(predicates: Vec<Predicate>) -> Predicate {
    of(Kind::AnyOf(Predicates { predicates }))
}

pub(super) fn not(predicate: Predicate) -> Predicate {
    of(Kind::Not(Box::new(predicate)))
}

pub(super) fn held(relation: &str, subjects: &[&str]) -> Predicate {
    of(Kind::In(InPredicate {
        relation: relation.to_owned(),
        subjects: texts(subjects),
    }))
}

pub(super) fn under(relation: &str, departments: &[&str]) -> Predicate {
    let members: Vec<_> = departments
        .iter()
        .map(|id| format!("department:{id}"))
        .collect();
    of(Kind::Under(UnderPredicate {
        relation: relation.to_owned(),
        roots: members.iter().take(1).cloned().collect(),
        through: "parent".to_owned(),
        members,
    }))
}

pub(super) fn ids(wanted: &[&str]) -> Predicate {
    of(Kind::Ids(IdsPredicate { ids: texts(wanted) }))
}

pub(super) fn via(relation: &str, resource_type: &str, predicate: Predicate) -> Predicate {
    of(Kind::Via(Box::new(ViaPredicate {
        relation: relation.to_owned(),
        resource_type: resource_type.to_owned(),
        predicate: Some(Box::new(predicate)),
    })))
}
