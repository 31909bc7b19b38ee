//! An interaction as the database holds it.

use super::domain::SHAPE;
use crate::customers::parent::parent;
use crate::records::column::number;
use crate::records::message::Shape;
use crate::records::record::Record;
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use menshen_proto::authz::v1::Relationship;
use menshen_proto::crm::v1;
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;

/// A row of `interactions`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Interaction {
    pub(super) id: String,
    pub(super) customer_id: String,
    pub(super) contact_id: Option<String>,
    pub(super) channel: i64,
    pub(super) direction: i64,
    pub(super) at_us: i64,
    pub(super) duration_seconds: i64,
    pub(super) summary: String,
    pub(super) next_step: String,
    pub(super) amends: Option<String>,
    pub(super) amended_by: Option<String>,
    pub(super) version: i64,
    pub(super) created_at_us: i64,
    pub(super) created_by: String,
}

const BY_IDS: &str = "
    SELECT id, customer_id, contact_id, channel, direction, at_us, duration_seconds, summary,
        next_step, amends, amended_by, version, created_at_us, created_by
    FROM interactions
    WHERE id IN (LIST($1))";

impl Resource for Interaction {
    const TYPE: &'static str = "interaction";
}

impl Record for Interaction {
    type Message = v1::Interaction;
    const SHAPE: &'static Shape = &SHAPE;

    async fn by_ids(tx: &mut Tx, ids: &[String]) -> Result<Vec<Self>, Refusal> {
        Ok(tx.fetch_all(Stmt::new(BY_IDS).bind_list(ids)).await?)
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn deleted_at_us(&self) -> Option<i64> {
        None
    }

    async fn still_holds(&self, tx: &mut Tx, facts: &[Relationship]) -> Result<(), Refusal> {
        parent(tx, &self.customer_id, facts).await.map(|_| ())
    }

    fn message(&self) -> v1::Interaction {
        let row = self.clone();
        v1::Interaction {
            id: row.id,
            customer: row.customer_id,
            contact: row.contact_id.unwrap_or_default(),
            channel: number(row.channel),
            direction: number(row.direction),
            at: Some(timestamp(row.at_us)),
            duration_seconds: number(row.duration_seconds),
            summary: row.summary,
            next_step: row.next_step,
            amends: row.amends.unwrap_or_default(),
            amended_by: row.amended_by.unwrap_or_default(),
            created_at: Some(timestamp(row.created_at_us)),
            created_by: row.created_by,
            redacted_fields: Vec::new(),
        }
    }
}
