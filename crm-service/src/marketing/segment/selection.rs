//! Whom a segment selects, within the reach of whoever runs it.

use crate::crm::Crm;
use crate::customers::contact::CONTACT;
use crate::customers::customer::CUSTOMER;
use crate::records::refusal::Refusal;
use crate::records::scope::{Selection, scope};
use menshen_proto::crm::v1::{Segment, SegmentMembers};
use service_kit::caller::Caller;
use service_kit::db::Stmt;
use service_kit::query::Sql;

/// The customers, and where the segment consists of contacts, the contacts.
pub(super) struct Selected {
    customers: Selection,
    contacts: Option<Selection>,
}

impl Selected {
    /// What the segment's filters select for this caller; `prefix` stands before the filters' names in a
    /// refusal.
    ///
    /// # Errors
    /// INVALID_ARGUMENT: a filter does not read. PERMISSION_DENIED: customers or contacts are out of reach
    /// altogether, or a filter names a field that the caller may not read.
    pub(super) async fn of(
        crm: &Crm,
        caller: &Caller,
        segment: &Segment,
        prefix: &str,
    ) -> Result<Self, Refusal> {
        let field = |name: &str| format!("{prefix}{name}");
        let customers = scope(crm, caller, &CUSTOMER).await?;
        let customers = customers.filtered(&field("customer_filter"), &segment.customer_filter)?;
        let contacts = match segment.members() {
            SegmentMembers::Unspecified | SegmentMembers::Customers => None,
            SegmentMembers::Contacts => {
                let contacts = scope(crm, caller, &CONTACT).await?;
                Some(contacts.filtered(&field("contact_filter"), &segment.contact_filter)?)
            }
        };
        Ok(Self {
            customers,
            contacts,
        })
    }

    /// How many customers and contacts: two BIGINT.
    ///
    /// # Errors
    /// Only of a mistake of ours.
    pub(super) fn count(&self) -> Result<Stmt, Refusal> {
        let mut sql = Sql::new("SELECT ");
        match &self.contacts {
            None => {
                sql.push("COUNT(*), CAST(0 AS BIGINT)");
            }
            Some(_) => {
                sql.push("COUNT(DISTINCT m.customer_id), COUNT(*)");
            }
        }
        self.write_members(&mut sql)?;
        Ok(sql.into_stmt())
    }

    /// Puts them into the snapshot, in the order of their ids, the first ones up to a limit.
    ///
    /// # Errors
    /// Only of a mistake of ours.
    pub(super) fn write_down(&self, snapshot: &str, most: u32) -> Result<Stmt, Refusal> {
        let mut sql = Sql::new(
            "INSERT INTO segment_members (snapshot_id, position, customer_id, contact_id) SELECT ",
        );
        sql.bind(snapshot.to_owned());
        match &self.contacts {
            None => {
                sql.push(", ROW_NUMBER() OVER (ORDER BY m.id), m.id, NULL");
            }
            Some(_) => {
                sql.push(", ROW_NUMBER() OVER (ORDER BY m.customer_id, m.id), m.customer_id, m.id");
            }
        }
        self.write_members(&mut sql)?;
        sql.push(" ORDER BY 2 LIMIT ").number(most);
        Ok(sql.into_stmt())
    }

    /// The rows `m`: of customers, or of contacts whose customers are selected, too.
    fn write_members(&self, sql: &mut Sql) -> Result<(), Refusal> {
        let Some(contacts) = &self.contacts else {
            sql.push(" FROM customers m WHERE m.id IN (");
            self.customers.write_ids(sql)?;
            sql.push(")");
            return Ok(());
        };
        sql.push(" FROM contacts m WHERE m.id IN (");
        contacts.write_ids(sql)?;
        sql.push(") AND m.customer_id IN (");
        self.customers.write_ids(sql)?;
        sql.push(")");
        Ok(())
    }
}
