//! The fields of a contact that lists may be filtered and ordered by.

use super::row::Contact;
use crate::customers::mapping::{ALL_BELOW, CONTACTS, LIVE_BELOW};
use crate::customers::place::relations_below;
use crate::records::listed::Listed;
use menshen_proto::authz::v1::ContextualRelation;
use serde_json::Value;
use service_kit::guard::permit::Resource;
use service_kit::predicate::Mapping;
use service_kit::query::ColumnKind::{Bool, Choice, Text, Time};
use service_kit::query::{Column, Columns};

const STATUSES: &[(&str, i64)] = &[
    ("CONTACT_STATUS_ACTIVE", 1),
    ("CONTACT_STATUS_LEFT", 2),
    ("CONTACT_STATUS_INVALID", 3),
];

impl Listed for Contact {
    const MAPPING: &'static Mapping = CONTACTS;
    const LIVE: &'static str = LIVE_BELOW;
    const ALL: &'static str = ALL_BELOW;
    const COLUMNS: Columns = Columns(&[
        Column::new("id", "r.id", Text),
        Column::new("customer", "r.customer_id", Text),
        Column::new("display_name", "r.display_name", Text).folded("r.display_name_folded"),
        Column::new("title", "r.title", Text),
        Column::new("role", "r.role", Text),
        Column::new("email", "r.email", Text),
        Column::new("mobile", "r.mobile", Text),
        Column::new("wechat", "r.wechat", Text),
        Column::new("birthday", "r.birthday", Text),
        Column::new("do_not_call", "r.do_not_call", Bool),
        Column::new("status", "r.status", Choice(STATUSES)),
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
        match field {
            "id" => self.id.as_str().into(),
            "customer" => self.customer_id.as_str().into(),
            "display_name" => self.display_name.as_str().into(),
            "title" => self.title.as_str().into(),
            "role" => self.role.as_str().into(),
            "email" => self.email.as_str().into(),
            "mobile" => self.mobile.as_str().into(),
            "wechat" => self.wechat.as_str().into(),
            "birthday" => self.birthday.as_str().into(),
            "do_not_call" => self.do_not_call.into(),
            "status" => self.status.into(),
            "created_at" => self.created_at_us.into(),
            "created_by" => self.created_by.as_str().into(),
            "updated_at" => self.updated_at_us.into(),
            "updated_by" => self.updated_by.as_str().into(),
            "deleted_at" => self.deleted_at_us.into(),
            _ => Value::Null,
        }
    }
}
