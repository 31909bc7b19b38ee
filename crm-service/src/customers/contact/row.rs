//! A contact as the database holds it.

use super::domain::{ContactFields, SHAPE};
use crate::customers::parent::parent;
use crate::records::column::{folded, number};
use crate::records::etag;
use crate::records::message::Shape;
use crate::records::record::Record;
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use menshen_proto::authz::v1::Relationship;
use menshen_proto::crm::v1;
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;

/// A row of `contacts`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Contact {
    pub(super) id: String,
    pub(super) customer_id: String,
    pub(super) display_name: String,
    pub(super) title: String,
    pub(super) role: String,
    pub(super) email: String,
    pub(super) mobile: String,
    pub(super) wechat: String,
    pub(super) birthday: String,
    pub(super) do_not_call: bool,
    pub(super) status: i64,
    pub(super) version: i64,
    pub(super) created_at_us: i64,
    pub(super) created_by: String,
    pub(super) updated_at_us: i64,
    pub(super) updated_by: String,
    pub(super) deleted_at_us: Option<i64>,
}

const BY_IDS: &str = "
    SELECT id, customer_id, display_name, title, role, email, mobile, wechat, birthday, do_not_call,
        status, version, created_at_us, created_by, updated_at_us, updated_by, deleted_at_us
    FROM contacts
    WHERE id IN (LIST($1))";

impl Resource for Contact {
    const TYPE: &'static str = "contact";
}

impl Record for Contact {
    type Message = v1::Contact;
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
        self.deleted_at_us
    }

    async fn still_holds(&self, tx: &mut Tx, facts: &[Relationship]) -> Result<(), Refusal> {
        parent(tx, &self.customer_id, facts).await.map(|_| ())
    }

    fn message(&self) -> v1::Contact {
        let row = self.clone();
        v1::Contact {
            id: row.id,
            customer: row.customer_id,
            display_name: row.display_name,
            title: row.title,
            role: row.role,
            email: row.email,
            mobile: row.mobile,
            wechat: row.wechat,
            birthday: row.birthday,
            do_not_call: row.do_not_call,
            status: number(row.status),
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

impl ContactFields {
    /// Binds the fields in the order of the table, from `display_name` to `status`.
    pub(crate) fn bind(&self, statement: Stmt) -> Stmt {
        statement
            .bind(&self.display_name)
            .bind(folded(&self.display_name))
            .bind(&self.title)
            .bind(&self.role)
            .bind(&self.email)
            .bind(&self.mobile)
            .bind(&self.wechat)
            .bind(&self.birthday)
            .bind(self.do_not_call)
            .bind(self.status as i32)
    }
}
