//! The fields of an interaction that lists may be filtered and ordered by.

use super::row::Interaction;
use crate::customers::mapping::{ALL_BELOW, INTERACTIONS};
use crate::customers::place::relations_below;
use crate::records::listed::Listed;
use menshen_proto::authz::v1::ContextualRelation;
use serde_json::Value;
use service_kit::guard::permit::Resource;
use service_kit::predicate::Mapping;
use service_kit::query::ColumnKind::{Choice, Integer, Text, Time};
use service_kit::query::{Column, Columns};

const CHANNELS: &[(&str, i64)] = &[
    ("INTERACTION_CHANNEL_CALL", 1),
    ("INTERACTION_CHANNEL_VISIT", 2),
    ("INTERACTION_CHANNEL_MAIL", 3),
    ("INTERACTION_CHANNEL_WECHAT", 4),
    ("INTERACTION_CHANNEL_MEETING", 5),
];
const DIRECTIONS: &[(&str, i64)] = &[
    ("INTERACTION_DIRECTION_INBOUND", 1),
    ("INTERACTION_DIRECTION_OUTBOUND", 2),
];

impl Listed for Interaction {
    const MAPPING: &'static Mapping = INTERACTIONS;
    const LIVE: &'static str = ALL_BELOW;
    const ALL: &'static str = ALL_BELOW;
    const COLUMNS: Columns = Columns(&[
        Column::new("id", "r.id", Text),
        Column::new("customer", "r.customer_id", Text),
        Column::new("contact", "r.contact_id", Text).nullable(),
        Column::new("channel", "r.channel", Choice(CHANNELS)),
        Column::new("direction", "r.direction", Choice(DIRECTIONS)),
        Column::new("at", "r.at_us", Time),
        Column::new("duration_seconds", "r.duration_seconds", Integer),
        Column::new("summary", "r.summary", Text).unsortable(),
        Column::new("next_step", "r.next_step", Text).unsortable(),
        Column::new("amends", "r.amends", Text).nullable(),
        Column::new("amended_by", "r.amended_by", Text).nullable(),
        Column::new("created_at", "r.created_at_us", Time),
        Column::new("created_by", "r.created_by", Text),
    ]);

    fn contextual_relations() -> Vec<ContextualRelation> {
        relations_below(Self::TYPE)
    }

    fn value_of(&self, field: &str) -> Value {
        match field {
            "id" => self.id.as_str().into(),
            "customer" => self.customer_id.as_str().into(),
            "contact" => self.contact_id.as_deref().into(),
            "channel" => self.channel.into(),
            "direction" => self.direction.into(),
            "at" => self.at_us.into(),
            "duration_seconds" => self.duration_seconds.into(),
            "amends" => self.amends.as_deref().into(),
            "amended_by" => self.amended_by.as_deref().into(),
            "created_at" => self.created_at_us.into(),
            "created_by" => self.created_by.as_str().into(),
            _ => Value::Null,
        }
    }
}
