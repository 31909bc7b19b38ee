//! A purchase as the database holds it.

use super::domain::SHAPE;
use crate::customers::parent::parent;
use crate::records::column::number;
use crate::records::etag;
use crate::records::message::Shape;
use crate::records::record::Record;
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use menshen_proto::authz::v1::Relationship;
use menshen_proto::crm::v1::{self, Money, PurchaseStatus};
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;
use std::collections::HashMap;

/// A row of `purchases`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct PurchaseRow {
    pub(super) id: String,
    pub(super) customer_id: String,
    pub(super) amount_minor: i64,
    pub(super) currency: String,
    pub(super) status: i64,
    pub(super) purchased_at_us: i64,
    pub(super) paid_at_us: Option<i64>,
    pub(super) external_reference: String,
    pub(super) version: i64,
    pub(super) created_at_us: i64,
    pub(super) created_by: String,
    pub(super) updated_at_us: i64,
    pub(super) updated_by: String,
    pub(super) deleted_at_us: Option<i64>,
}

/// A row of `purchase_lines`.
#[derive(Clone, Debug, sqlx::FromRow)]
struct LineRow {
    purchase_id: String,
    product: String,
    quantity: i64,
    unit_price_minor: i64,
    discount_basis_points: i64,
}

/// A purchase: its row and its lines.
#[derive(Clone, Debug)]
pub(crate) struct Purchase {
    pub(crate) row: PurchaseRow,
    lines: Vec<LineRow>,
}

const BY_IDS: &str = "
    SELECT id, customer_id, amount_minor, currency, status, purchased_at_us, paid_at_us,
        external_reference, version, created_at_us, created_by, updated_at_us, updated_by,
        deleted_at_us
    FROM purchases
    WHERE id IN (LIST($1))";
const LINES: &str = "
    SELECT purchase_id, product, quantity, unit_price_minor, discount_basis_points
    FROM purchase_lines
    WHERE purchase_id IN (LIST($1))
    ORDER BY purchase_id, position";

impl Purchase {
    /// Where it stands.
    pub(crate) fn status(&self) -> PurchaseStatus {
        PurchaseStatus::try_from(number(self.row.status)).unwrap_or_default()
    }

    /// What it adds to the customer's lifetime value.
    pub(crate) fn counted_minor(&self) -> i64 {
        match self.status() {
            PurchaseStatus::Cancelled => 0,
            _ if self.row.deleted_at_us.is_some() => 0,
            _ => self.row.amount_minor,
        }
    }
}

impl Resource for Purchase {
    const TYPE: &'static str = "purchase";
}

impl Record for Purchase {
    type Message = v1::Purchase;
    const SHAPE: &'static Shape = &SHAPE;

    async fn by_ids(tx: &mut Tx, ids: &[String]) -> Result<Vec<Self>, Refusal> {
        let rows: Vec<PurchaseRow> = tx.fetch_all(Stmt::new(BY_IDS).bind_list(ids)).await?;
        let found: Vec<LineRow> = tx.fetch_all(Stmt::new(LINES).bind_list(ids)).await?;
        let mut lines: HashMap<String, Vec<LineRow>> = HashMap::new();
        for line in found {
            lines
                .entry(line.purchase_id.clone())
                .or_default()
                .push(line);
        }
        let purchases = rows.into_iter().map(|row| {
            let lines = lines.remove(&row.id).unwrap_or_default();
            Self { row, lines }
        });
        Ok(purchases.collect())
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

    async fn still_holds(&self, tx: &mut Tx, facts: &[Relationship]) -> Result<(), Refusal> {
        parent(tx, &self.row.customer_id, facts).await.map(|_| ())
    }

    fn message(&self) -> v1::Purchase {
        let row = self.row.clone();
        let money = |amount_minor| {
            Some(Money {
                currency: self.row.currency.clone(),
                amount_minor,
            })
        };
        let line = |line: &LineRow| v1::PurchaseLine {
            product: line.product.clone(),
            quantity: number(line.quantity),
            unit_price: money(line.unit_price_minor),
            discount_basis_points: number(line.discount_basis_points),
            redacted_fields: Vec::new(),
        };
        v1::Purchase {
            id: row.id,
            customer: row.customer_id,
            lines: self.lines.iter().map(line).collect(),
            amount: money(row.amount_minor),
            status: number(row.status),
            purchased_at: Some(timestamp(row.purchased_at_us)),
            paid_at: row.paid_at_us.map(timestamp),
            external_reference: row.external_reference,
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
