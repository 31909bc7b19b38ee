//! A customer as the database holds it.

use super::domain::CustomerFields;
use crate::customers::place::Place;
use crate::records::etag;
use crate::records::time::timestamp;
use menshen_proto::crm::v1::{self, Money};
use service_kit::guard::permit::Resource;

/// Marks permits that are about customers.
#[derive(Debug)]
pub(crate) struct Customer;

impl Resource for Customer {
    const TYPE: &'static str = "customer";
}

/// The columns that [`CustomerRow`] reads, in the order of the table.
macro_rules! customer_columns {
    () => {
        "id, display_name, kind, status, level, industry, region, source, employees, website, \
         credit_code, phone, address, currency, credit_limit_minor, lifetime_value_minor, owner_id, \
         department_id, last_activity_at_us, version, created_at_us, created_by, updated_at_us, \
         updated_by, deleted_at_us"
    };
}
pub(crate) use customer_columns;

/// A row of `customers`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct CustomerRow {
    pub(crate) id: String,
    display_name: String,
    kind: i64,
    status: i64,
    level: String,
    industry: String,
    region: String,
    source: String,
    employees: i64,
    website: String,
    credit_code: String,
    phone: String,
    address: String,
    pub(crate) currency: String,
    credit_limit_minor: Option<i64>,
    lifetime_value_minor: i64,
    pub(crate) owner_id: Option<String>,
    pub(crate) department_id: Option<String>,
    last_activity_at_us: Option<i64>,
    pub(crate) version: i64,
    pub(crate) created_at_us: i64,
    created_by: String,
    updated_at_us: i64,
    updated_by: String,
    pub(crate) deleted_at_us: Option<i64>,
}

/// A customer with its teams.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) row: CustomerRow,
    pub(crate) teams: Vec<String>,
}

impl Stored {
    /// Whose it is.
    pub(crate) fn place(&self) -> Place {
        Place {
            owner: self.row.owner_id.clone(),
            department: self.row.department_id.clone(),
            teams: self.teams.clone(),
        }
    }

    /// For the wire, with every field; the guard leaves out what the caller may not read.
    pub(crate) fn message(&self) -> v1::Customer {
        let row = self.row.clone();
        let money = |amount_minor| Money { currency: row.currency.clone(), amount_minor };
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

/// A column that only ever gets 32-bit values.
pub(crate) fn number(column: i64) -> i32 {
    i32::try_from(column).unwrap_or_default()
}

/// Text as searches without regard to case compare it.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase()
}

impl CustomerFields {
    /// Binds the fields in the order of the table, from `display_name` to `credit_limit_minor`.
    pub(crate) fn bind(&self, statement: service_kit::db::Stmt) -> service_kit::db::Stmt {
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
