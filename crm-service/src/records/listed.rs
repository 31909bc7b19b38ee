//! A kind of record that is listed.

use super::record::Record;
use menshen_proto::authz::v1::predicate::Kind;
use menshen_proto::authz::v1::{ContextualRelation, InPredicate, Predicate, Predicates};
use service_kit::predicate::{Held, Holding, Mapping};
use service_kit::query::Columns;

/// A record whose table can be filtered and ordered by its fields. Queries name the table `r`.
pub(crate) trait Listed: Record {
    /// How rows hold their contextual relations.
    const MAPPING: &'static Mapping;
    /// The fields that may be filtered and ordered by.
    const COLUMNS: Columns;
    /// Holds of the rows that are not deleted, nor what they belong to.
    const LIVE: &'static str;
    /// Holds of the rows that may be listed at all, deleted or not.
    const ALL: &'static str;

    /// The relations that rows hold, for a question about all of them.
    fn contextual_relations() -> Vec<ContextualRelation>;

    /// The value of a field that may be ordered by, for a page token; null where it is empty.
    fn value_of(&self, field: &str) -> serde_json::Value;
}

const STATE: &str = "state";
const IS_LIVE: &str = "state:live";

/// Whether a row is deleted, held like a relation so that a predicate can name it. The model knows
/// nothing of it; only [`with_deleted`] does.
pub(crate) const STATE_OF_ROW: Held = Held {
    relation: STATE,
    holding: Holding::Column {
        sql: "CASE WHEN r.deleted_at_us IS NULL THEN 'live' ELSE 'deleted' END",
        subject: STATE,
        foreign: None,
    },
};

/// Of what the caller may see: what is not deleted, and of the rest what they may restore.
pub(crate) fn with_deleted(visible: &Predicate, restorable: Predicate) -> Predicate {
    let is_live = InPredicate {
        relation: STATE.to_owned(),
        subjects: vec![IS_LIVE.to_owned()],
    };
    let shown = of(Kind::AnyOf(Predicates {
        predicates: vec![of(Kind::In(is_live)), restorable],
    }));
    of(Kind::AllOf(Predicates {
        predicates: vec![visible.clone(), shown],
    }))
}

fn of(kind: Kind) -> Predicate {
    Predicate { kind: Some(kind) }
}
