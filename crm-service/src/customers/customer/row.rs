//! A customer as the database holds it.

use super::domain::CustomerFields;
use super::domain::SHAPE;
use crate::customers::place::Place;
use crate::records::column::{folded, number};
use crate::records::etag;
use crate::records::message::Shape;
use crate::records::record::Record;
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use menshen_proto::authz::v1::Relationship;
use menshen_proto::crm::v1::{self, Money};
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;
use std::collections::HashMap;

/// The columns that [`CustomerRow`] reads, in the order of the table.
macro_rules! customer_columns {
    () => {
        "id, display_name, kind, status, level, industry, region, source, employees, website, \
         credit_code, phone, address, currency, credit_limit_minor, lifetime_value_minor, owner_id, \
         department_id, last_activity_at_us, version, created_at_us, created_by, updated_at_us, \
         updated_by, deleted_at_us"
    };
}

/// A row of `customers`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct CustomerRow {
    pub(super) id: String,
    pub(super) display_name: String,
    pub(super) kind: i64,
    pub(super) status: i64,
    pub(super) level: String,
    pub(super) industry: String,
    pub(super) region: String,
    pub(super) source: String,
    pub(super) employees: i64,
    pub(super) website: String,
    pub(super) credit_code: String,
    pub(super) phone: String,
    pub(super) address: String,
    pub(crate) currency: String,
    pub(super) credit_limit_minor: Option<i64>,
    pub(super) lifetime_value_minor: i64,
    pub(super) owner_id: Option<String>,
    pub(super) department_id: Option<String>,
    pub(super) last_activity_at_us: Option<i64>,
    pub(super) version: i64,
    pub(super) created_at_us: i64,
    pub(super) created_by: String,
    pub(super) updated_at_us: i64,
    pub(super) updated_by: String,
    pub(super) deleted_at_us: Option<i64>,
}

/// A customer: its row and its teams.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) row: CustomerRow,
    /// Ids, in the order given.
    pub(crate) teams: Vec<String>,
}

impl Resource for Customer {
    const TYPE: &'static str = "customer";
}

impl Customer {
    /// Whose it is.
    pub(crate) fn place(&self) -> Place {
        Place {
            owner: self.row.owner_id.clone(),
            department: self.row.department_id.clone(),
            teams: self.teams.clone(),
        }
    }
}

const BY_IDS: &str = concat!(
    "SELECT ",
    customer_columns!(),
    " FROM customers WHERE id IN (LIST($1))"
);
const TEAMS: &str = "
    SELECT customer_id, team_id
    FROM customer_teams
    WHERE customer_id IN (LIST($1))
    ORDER BY customer_id, position";

impl Record for Customer {
    type Message = v1::Customer;
    const SHAPE: &'static Shape = &SHAPE;

    async fn by_ids(tx: &mut Tx, ids: &[String]) -> Result<Vec<Self>, Refusal> {
        let rows: Vec<CustomerRow> = tx.fetch_all(Stmt::new(BY_IDS).bind_list(ids)).await?;
        let found: Vec<(String, String)> = tx.fetch_all(Stmt::new(TEAMS).bind_list(ids)).await?;
        let mut teams: HashMap<String, Vec<String>> = HashMap::new();
        for (customer, team) in found {
            teams.entry(customer).or_default().push(team);
        }
        let customers = rows.into_iter().map(|row| {
            let teams = teams.remove(&row.id).unwrap_or_default();
            Self { row, teams }
        });
        Ok(customers.collect())
    }

    fn id(&self) -> &str {
        &self.row.id
    }

    fn version(&self) -> i64 {
        self.row.version
    }

    fn deleted_at_us(&self) -> Option<i64> {
        self.row.deleted_at_us
    }

    /// Its place is part of its own version.
    async fn still_holds(&self, _: &mut Tx, _: &[Relationship]) -> Result<(), Refusal> {
        Ok(())
    }

    fn message(&self) -> v1::Customer {
        let row = self.row.clone();
        let money = |amount_minor| Money {
            currency: row.currency.clone(),
            amount_minor,
        };
        v1::Customer {
            credit_limit: row.credit_limit_minor.map(money),
            lifetime_value: Some(money(row.lifetime_value_minor)),
            id: row.id,
            display_name: row.display_name,
            kind: number(row.kind),
            status: number(row.status),
            level: row.level,
            industry: row.industry,
            region: row.region,
            source: row.source,
            employees: number(row.employees),
            website: row.website,
            credit_code: row.credit_code,
            phone: row.phone,
            address: row.address,
            currency: row.currency,
            owner: row.owner_id.unwrap_or_default(),
            department: row.department_id.unwrap_or_default(),
            teams: self.teams.clone(),
            last_activity_at: row.last_activity_at_us.map(timestamp),
            etag: etag::of(row.version),
            created_at: Some(timestamp(row.created_at_us)),
            created_by: row.created_by,
            updated_at: Some(timestamp(row.updated_at_us)),
            updated_by: row.updated_by,
            deleted_at: row.deleted_at_us.map(timestamp),
            redacted_fields: Vec::new(),
        }
    }
}

impl CustomerFields {
    /// Binds the fields in the order of the table, from `display_name` to `credit_limit_minor`.
    pub(crate) fn bind(&self, statement: Stmt) -> Stmt {
        statement
            .bind(&self.display_name)
            .bind(folded(&self.display_name))
            .bind(self.kind as i32)
            .bind(self.status as i32)
            .bind(&self.level)
            .bind(&self.industry)
            .bind(&self.region)
            .bind(&self.source)
            .bind(self.employees)
            .bind(&self.website)
            .bind(&self.credit_code)
            .bind(&self.phone)
            .bind(&self.address)
            .bind(&self.currency)
            .bind(self.credit_limit_minor)
    }
}
