//! The fields of a customer that lists may be filtered and ordered by.

use super::row::Customer;
use crate::customers::mapping::{ALL, CUSTOMERS, LIVE};
use crate::customers::place::relations;
use crate::records::listed::Listed;
use menshen_proto::authz::v1::ContextualRelation;
use serde_json::Value;
use service_kit::predicate::Mapping;
use service_kit::query::ColumnKind::{Choice, Integer, Set, Text, Time};
use service_kit::query::{Column, Columns};

const KINDS: &[(&str, i64)] = &[("CUSTOMER_KIND_COMPANY", 1), ("CUSTOMER_KIND_PERSON", 2)];
const STATUSES: &[(&str, i64)] = &[
    ("CUSTOMER_STATUS_POTENTIAL", 1),
    ("CUSTOMER_STATUS_ACTIVE", 2),
    ("CUSTOMER_STATUS_DORMANT", 3),
    ("CUSTOMER_STATUS_CHURNED", 4),
];

const TEAMS: &str = "SELECT f.team_id FROM customer_teams f WHERE f.customer_id = r.id";

impl Listed for Customer {
    const MAPPING: &'static Mapping = CUSTOMERS;
    const LIVE: &'static str = LIVE;
    const ALL: &'static str = ALL;
    const COLUMNS: Columns = Columns(&[
        Column::new("id", "r.id", Text),
        Column::new("display_name", "r.display_name", Text).folded("r.display_name_folded"),
        Column::new("kind", "r.kind", Choice(KINDS)),
        Column::new("status", "r.status", Choice(STATUSES)),
        Column::new("level", "r.level", Text),
        Column::new("industry", "r.industry", Text),
        Column::new("region", "r.region", Text),
        Column::new("source", "r.source", Text),
        Column::new("employees", "r.employees", Integer),
        Column::new("website", "r.website", Text).unsortable(),
        Column::new("credit_code", "r.credit_code", Text),
        Column::new("phone", "r.phone", Text),
        Column::new("address", "r.address", Text).unsortable(),
        Column::new(
            "lifetime_value.amount_minor",
            "r.lifetime_value_minor",
            Integer,
        ),
        Column::new("credit_limit.amount_minor", "r.credit_limit_minor", Integer).nullable(),
        Column::new("currency", "r.currency", Text),
        Column::new("owner", "r.owner_id", Text).nullable(),
        Column::new("department", "r.department_id", Text).nullable(),
        Column::new("teams", TEAMS, Set),
        Column::new("last_activity_at", "r.last_activity_at_us", Time).nullable(),
        Column::new("created_at", "r.created_at_us", Time),
        Column::new("created_by", "r.created_by", Text),
        Column::new("updated_at", "r.updated_at_us", Time),
        Column::new("updated_by", "r.updated_by", Text),
        Column::new("deleted_at", "r.deleted_at_us", Time).nullable(),
    ]);

    fn contextual_relations() -> Vec<ContextualRelation> {
        relations()
    }

    fn value_of(&self, field: &str) -> Value {
        let row = &self.row;
        match field {
            "id" => row.id.as_str().into(),
            "display_name" => row.display_name.as_str().into(),
            "kind" => row.kind.into(),
            "status" => row.status.into(),
            "level" => row.level.as_str().into(),
            "industry" => row.industry.as_str().into(),
            "region" => row.region.as_str().into(),
            "source" => row.source.as_str().into(),
            "employees" => row.employees.into(),
            "credit_code" => row.credit_code.as_str().into(),
            "phone" => row.phone.as_str().into(),
            "lifetime_value.amount_minor" => row.lifetime_value_minor.into(),
            "credit_limit.amount_minor" => row.credit_limit_minor.into(),
            "currency" => row.currency.as_str().into(),
            "owner" => row.owner_id.as_deref().into(),
            "department" => row.department_id.as_deref().into(),
            "last_activity_at" => row.last_activity_at_us.into(),
            "created_at" => row.created_at_us.into(),
            "created_by" => row.created_by.as_str().into(),
            "updated_at" => row.updated_at_us.into(),
            "updated_by" => row.updated_by.as_str().into(),
            "deleted_at" => row.deleted_at_us.into(),
            _ => Value::Null,
        }
    }
}
