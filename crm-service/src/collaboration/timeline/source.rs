//! The history below a record, as rows.

use crate::records::below::below;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::visible::RecordRef;
use serde_json::Value;
use service_kit::db::{Db, Stmt};
use service_kit::page::PageToken;
use service_kit::status;
use std::fmt::Write as _;

/// Reads the history of the records below one of a kind.
pub(super) struct Source {
    pub(super) root: &'static Kind,
    kinds: Vec<&'static Kind>,
    before: &'static str,
    since: &'static str,
}

/// A line of history.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) record_type: String,
    pub(super) record_id: String,
    pub(super) version: i64,
    pub(super) action: i64,
    pub(super) at_us: i64,
    pub(super) actor: String,
    pub(super) changed_fields: String,
    pub(super) after: String,
    pub(super) reason: String,
}

/// Where a row stands in a timeline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) at_us: i64,
    record_type: String,
    record_id: String,
    version: i64,
}

const COLUMNS: &str = "h.record_type, h.record_id, h.version, h.action, h.at_us, h.actor, h.changed_fields, \
                       h.after, h.reason";

impl Source {
    /// Of what belongs to records of this kind, among these kinds.
    pub(super) fn of(root: &'static Kind, kinds: &[&'static Kind]) -> Self {
        let below = below(root, kinds);
        let statement = |condition: &str, order: &str, limit: &str| {
            let mut text = String::new();
            for (index, one) in below.iter().enumerate() {
                // A kind that is below in two ways is read twice; UNION keeps one of each row.
                let union = if index > 0 { " UNION " } else { "" };
                let (name, ids) = (one.kind.name, &one.ids);
                let _ = write!(
                    text,
                    "{union}SELECT {COLUMNS} FROM history h WHERE h.record_type = '{name}' \
                     AND h.record_id IN ({ids}) AND {condition}"
                );
            }
            let text = format!(
                "SELECT {COLUMNS} FROM ({text}) AS h ORDER BY h.at_us {order}, h.record_type {order}, \
                 h.record_id {order}, h.version {order} LIMIT {limit}"
            );
            // Once for each start of the process: then the statement stays prepared.
            &*Box::leak(text.into_boxed_str())
        };
        Self {
            root,
            kinds: kinds.to_vec(),
            before: statement(
                "(h.at_us, h.record_type, h.record_id, h.version) < ($2, $3, $4, $5)",
                "DESC",
                "$6",
            ),
            since: statement("h.at_us > $2", "ASC", "$3"),
        }
    }

    /// The rows before a place, newest first.
    pub(super) async fn before(
        &self,
        db: &Db,
        id: &str,
        place: &Place,
        limit: i64,
    ) -> Result<Vec<Row>, Refusal> {
        let select = Stmt::new(self.before)
            .bind(id)
            .bind(place.at_us)
            .bind(&place.record_type)
            .bind(&place.record_id)
            .bind(place.version)
            .bind(limit);
        Ok(db.fetch_all(select).await?)
    }

    /// The rows after a time, oldest first.
    pub(super) async fn since(
        &self,
        db: &Db,
        id: &str,
        at_us: i64,
        limit: i64,
    ) -> Result<Vec<Row>, Refusal> {
        let select = Stmt::new(self.since).bind(id).bind(at_us).bind(limit);
        Ok(db.fetch_all(select).await?)
    }

    /// The kind of a row's record.
    pub(super) fn kind(&self, row: &Row) -> Option<&'static Kind> {
        let mut kinds = self.kinds.iter();
        kinds.find(|kind| kind.name == row.record_type).copied()
    }

    /// A row's record.
    pub(super) fn record(&self, row: &Row) -> Option<RecordRef> {
        Some(RecordRef {
            kind: self.kind(row)?,
            id: row.record_id.clone(),
        })
    }
}

impl Row {
    /// `contact:42`
    pub(super) fn reference(&self) -> String {
        format!("{}:{}", self.record_type, self.record_id)
    }

    pub(super) fn place(&self) -> Place {
        Place {
            at_us: self.at_us,
            record_type: self.record_type.clone(),
            record_id: self.record_id.clone(),
            version: self.version,
        }
    }
}

impl Place {
    /// Before which everything is.
    pub(super) fn newest() -> Self {
        Self {
            at_us: i64::MAX,
            record_type: String::new(),
            record_id: String::new(),
            version: 0,
        }
    }

    /// For a page token.
    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            self.at_us.into(),
            self.record_type.as_str().into(),
            self.record_id.as_str().into(),
            self.version.into(),
        ]
    }

    /// From a page token.
    ///
    /// # Errors
    /// It is not one of ours.
    pub(super) fn read(token: &PageToken) -> Result<Self, Refusal> {
        let read = || match token.after.as_slice() {
            [at_us, of, id, version] => Some(Self {
                at_us: at_us.as_i64()?,
                record_type: of.as_str()?.to_owned(),
                record_id: id.as_str()?.to_owned(),
                version: version.as_i64()?,
            }),
            _ => None,
        };
        read().ok_or_else(|| {
            let problem = "is not one of ours; leave it empty for the first page";
            status::invalid_field("page_token", problem).into()
        })
    }
}
