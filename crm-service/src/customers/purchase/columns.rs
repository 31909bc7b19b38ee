//! The fields of a purchase that lists may be filtered and ordered by.

use super::row::Purchase;
use crate::customers::mapping::{ALL_BELOW, LIVE_BELOW, PURCHASES};
use crate::customers::place::relations_below;
use crate::records::listed::Listed;
use menshen_proto::authz::v1::ContextualRelation;
use serde_json::Value;
use service_kit::guard::permit::Resource;
use service_kit::predicate::Mapping;
use service_kit::query::ColumnKind::{Choice, Integer, Text, Time};
use service_kit::query::{Column, Columns};

const STATUSES: &[(&str, i64)] = &[
    ("PURCHASE_STATUS_CONFIRMED", 1),
    ("PURCHASE_STATUS_FULFILLED", 2),
    ("PURCHASE_STATUS_CANCELLED", 3),
];

impl Listed for Purchase {
    const MAPPING: &'static Mapping = PURCHASES;
    const LIVE: &'static str = LIVE_BELOW;
    const ALL: &'static str = ALL_BELOW;
    const COLUMNS: Columns = Columns(&[
        Column::new("id", "r.id", Text),
        Column::new("customer", "r.customer_id", Text),
        Column::new("amount.amount_minor", "r.amount_minor", Integer),
        Column::new("amount.currency", "r.currency", Text),
        Column::new("status", "r.status", Choice(STATUSES)),
        Column::new("purchased_at", "r.purchased_at_us", Time),
        Column::new("paid_at", "r.paid_at_us", Time).nullable(),
        Column::new("external_reference", "r.external_reference", Text),
        Column::new("created_at", "r.created_at_us", Time),
        Column::new("created_by", "r.created_by", Text),
        Column::new("updated_at", "r.updated_at_us", Time),
        Column::new("updated_by", "r.updated_by", Text),
        Column::new("deleted_at", "r.deleted_at_us", Time).nullable(),
    ]);

    fn contextual_relations() -> Vec<ContextualRelation> {
        relations_below(Self::TYPE)
    }

    fn value_of(&self, field: &str) -> Value {
        let row = &self.row;
        match field {
            "id" => row.id.as_str().into(),
            "customer" => row.customer_id.as_str().into(),
            "amount.amount_minor" => row.amount_minor.into(),
            "amount.currency" => row.currency.as_str().into(),
            "status" => row.status.into(),
            "purchased_at" => row.purchased_at_us.into(),
            "paid_at" => row.paid_at_us.into(),
            "external_reference" => row.external_reference.as_str().into(),
            "created_at" => row.created_at_us.into(),
            "created_by" => row.created_by.as_str().into(),
            "updated_at" => row.updated_at_us.into(),
            "updated_by" => row.updated_by.as_str().into(),
            "deleted_at" => row.deleted_at_us.into(),
            _ => Value::Null,
        }
    }
}
