//! Lists that show deleted records, too.

use menshen_proto::authz::v1::predicate::Kind;
use menshen_proto::authz::v1::{InPredicate, Predicate, Predicates};
use service_kit::predicate::{Held, Holding};

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
