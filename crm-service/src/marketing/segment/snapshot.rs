//! Snapshots: who was in a segment at a time. They are written once, in one statement, and stay.

use super::selection::Selected;
use super::{SEGMENT, Segment};
use crate::crm::Crm;
use crate::customers::customer::CUSTOMER;
use crate::records::call::Call;
use crate::records::etag;
use crate::records::record::{decided_on, one};
use crate::records::refusal::Refusal;
use crate::records::scope::scope;
use crate::records::time::timestamp;
use crate::records::write::{Begun, Write, answered};
use menshen_proto::crm::v1::{self, SegmentMember, SegmentSnapshot, SegmentStatus};
use service_kit::caller::Caller;
use service_kit::db::Stmt;
use service_kit::guard::permit::Permit;
use service_kit::ids;
use service_kit::page::{PageToken, page_size, question};
use service_kit::query::Sql;
use service_kit::status;

const MESSAGE: &str = "menshen.crm.v1.SegmentSnapshot";
/// One transaction writes them; more would hold up the others.
const MOST_MEMBERS: u32 = 100_000;
const DEFAULT_SIZE: u32 = 50;

const INSERT: &str = "
    INSERT INTO segment_snapshots (id, segment_id, segment_version, taken_at_us, taken_by, customers, contacts)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const NEWEST: &str = "
    SELECT id, segment_id, segment_version, taken_at_us, taken_by, customers, contacts
    FROM segment_snapshots
    WHERE segment_id = $1
    ORDER BY taken_at_us DESC, id DESC
    LIMIT 100";
const ONE: &str = "
    SELECT id
    FROM segment_snapshots
    WHERE id = $1 AND segment_id = $2";

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    segment_id: String,
    segment_version: i64,
    taken_at_us: i64,
    taken_by: String,
    customers: i64,
    contacts: i64,
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    position: i64,
    customer_id: String,
    contact_id: Option<String>,
}

/// Writes down whom the segment selects now for whoever calls.
///
/// # Errors
/// It is not published; it selects too many; a filter names what the caller may not read.
pub(super) async fn take(
    crm: &Crm,
    permit: &Permit<Segment>,
    call: &Call,
) -> Result<SegmentSnapshot, Refusal> {
    if let Some(answer) = answered(&crm.db, call, MESSAGE).await? {
        return Ok(answer);
    }
    let segment = one(&crm.db, permit).await?;
    admit(permit.id(), segment.message.status())?;
    let selected = Selected::of(crm, permit.caller(), &segment.message, "").await?;
    let mut write = match Write::begin(&crm.db, call, MESSAGE).await? {
        Begun::Answered(snapshot) => return Ok(snapshot),
        Begun::New(write) => write,
    };
    let tx = &mut write.tx;
    decided_on(tx, permit, "").await?;
    let (customers, contacts): (i64, i64) = tx.fetch_one(selected.count()?).await?;
    admit_size(permit.id(), customers.max(contacts))?;
    let row = Row {
        id: ids::new_id(call.now_us).to_string(),
        segment_id: permit.id().to_owned(),
        segment_version: permit.version(),
        taken_at_us: call.now_us,
        taken_by: call.caller.clone(),
        customers,
        contacts,
    };
    tx.execute(row.insert()).await?;
    tx.execute(selected.write_down(&row.id, MOST_MEMBERS)?)
        .await?;
    write.finish(row.message()).await
}

fn admit(id: &str, status: SegmentStatus) -> Result<(), Refusal> {
    match status {
        SegmentStatus::Published => Ok(()),
        _ => Err(Refusal::wrong_state(
            SEGMENT.reference(id),
            "the segment is a draft; publish it before you take a snapshot",
        )),
    }
}

fn admit_size(id: &str, members: i64) -> Result<(), Refusal> {
    if members <= MOST_MEMBERS.into() {
        return Ok(());
    }
    let problem = format!(
        "the segment has {members} members now, and a snapshot at most {MOST_MEMBERS}; narrow its filters, or \
         make several segments of it"
    );
    Err(Refusal::wrong_state(SEGMENT.reference(id), problem))
}

/// The snapshots of a segment, newest first.
///
/// # Errors
/// The database fails.
pub(super) async fn newest(crm: &Crm, segment: &str) -> Result<Vec<SegmentSnapshot>, Refusal> {
    let rows: Vec<Row> = crm.db.fetch_all(Stmt::new(NEWEST).bind(segment)).await?;
    Ok(rows.into_iter().map(Row::message).collect())
}

/// A page of a snapshot, without those that the caller cannot see now.
///
/// # Errors
/// NOT_FOUND: the segment has no such snapshot. A page token of another question.
pub(super) async fn members(
    crm: &Crm,
    caller: &Caller,
    asked: &v1::ListSegmentMembersRequest,
) -> Result<(Vec<SegmentMember>, String), Refusal> {
    let size = page_size(asked.page_size, DEFAULT_SIZE)?;
    let question = question(&["segment members", &caller.subject, &asked.snapshot]);
    let after = PageToken::decode(&asked.page_token, &question)?;
    let after = after.and_then(|token| token.after.first()?.as_i64());
    let one = Stmt::new(ONE).bind(&asked.snapshot).bind(&asked.id);
    let found: Option<(String,)> = crm.db.fetch_optional(one).await?;
    found.ok_or_else(|| status::not_found("segment_snapshot", &asked.snapshot))?;
    let customers = scope(crm, caller, &CUSTOMER).await?.filtered("", "")?;
    let mut sql = Sql::new(
        "SELECT position, customer_id, contact_id FROM segment_members WHERE snapshot_id = ",
    );
    sql.bind(asked.snapshot.clone()).push(" AND position > ");
    sql.bind(after.unwrap_or_default())
        .push(" AND customer_id IN (");
    customers.write_ids(&mut sql)?;
    sql.push(") ORDER BY position LIMIT ").number(size + 1);
    let mut rows: Vec<MemberRow> = crm.db.fetch_all(sql.into_stmt()).await?;
    let size = usize::try_from(size).unwrap_or_default();
    let is_last = rows.len() <= size;
    rows.truncate(size);
    let next = match rows.last().filter(|_| !is_last) {
        Some(last) => PageToken::new(&question, vec![last.position.into()]).encode(),
        None => String::new(),
    };
    Ok((rows.into_iter().map(MemberRow::message).collect(), next))
}

impl Row {
    fn insert(&self) -> Stmt {
        Stmt::new(INSERT)
            .bind(&self.id)
            .bind(&self.segment_id)
            .bind(self.segment_version)
            .bind(self.taken_at_us)
            .bind(&self.taken_by)
            .bind(self.customers)
            .bind(self.contacts)
    }

    fn message(self) -> SegmentSnapshot {
        SegmentSnapshot {
            id: self.id,
            segment: self.segment_id,
            segment_etag: etag::of(self.segment_version),
            taken_at: Some(timestamp(self.taken_at_us)),
            taken_by: self.taken_by,
            customers: self.customers,
            contacts: self.contacts,
        }
    }
}

impl MemberRow {
    fn message(self) -> SegmentMember {
        SegmentMember {
            customer: self.customer_id,
            contact: self.contact_id.unwrap_or_default(),
        }
    }
}
