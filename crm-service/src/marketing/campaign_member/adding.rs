//! Adding members to a campaign from a snapshot: in one statement, within the reach of whoever adds them.

use crate::crm::Crm;
use crate::customers::contact::CONTACT;
use crate::customers::customer::CUSTOMER;
use crate::marketing::campaign::{CAMPAIGN, Campaign};
use crate::marketing::segment::SEGMENT;
use crate::records::call::Call;
use crate::records::facts;
use crate::records::record::{decided_on, one};
use crate::records::refusal::Refusal;
use crate::records::scope::{Selection, scope};
use crate::records::write::{Begun, Write, answered};
use menshen_proto::crm::v1::{
    AddCampaignMembersRequest, AddCampaignMembersResponse, CampaignMemberStatus, CampaignStatus,
};
use service_kit::caller::Caller;
use service_kit::db::Stmt;
use service_kit::guard::decider::{Answer, Question};
use service_kit::guard::permit::Permit;
use service_kit::query::Sql;
use service_kit::{ids, status};

const ANSWER: &str = "menshen.crm.v1.AddCampaignMembersResponse";
const SNAPSHOT: &str = "
    SELECT segment_id
    FROM segment_snapshots
    WHERE id = $1";
const SIZE: &str = "
    SELECT COUNT(*)
    FROM segment_members
    WHERE snapshot_id = $1";

/// Adds those of a snapshot that whoever calls can see now, and that are not members yet.
///
/// # Errors
/// There is no such snapshot for the caller; the campaign is over.
pub(in crate::marketing) async fn add(
    crm: &Crm,
    permit: &Permit<Campaign>,
    asked: &AddCampaignMembersRequest,
    call: &Call,
) -> Result<AddCampaignMembersResponse, Refusal> {
    if let Some(answer) = answered(&crm.db, call, ANSWER).await? {
        return Ok(answer);
    }
    let campaign = one(&crm.db, permit).await?.message;
    admit_state(permit.id(), campaign.status())?;
    admit_snapshot(crm, permit.caller(), &asked.snapshot).await?;
    let customers = scope(crm, permit.caller(), &CUSTOMER)
        .await?
        .filtered("", "")?;
    let contacts = scope(crm, permit.caller(), &CONTACT)
        .await?
        .filtered("", "")?;
    let mut write = match Write::begin(&crm.db, call, ANSWER).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    // Two calls for one campaign come one after the other, so that nobody is added twice.
    decided_on(&mut write.tx, permit, "").await?;
    let size = Stmt::new(SIZE).bind(&asked.snapshot);
    let (in_snapshot,): (i64,) = write.tx.fetch_one(size).await?;
    let insert = insertion(permit.id(), &asked.snapshot, call, &customers, &contacts)?;
    let added = i64::try_from(write.tx.execute(insert).await?).unwrap_or(i64::MAX);
    write
        .finish(AddCampaignMembersResponse {
            added,
            left_out: in_snapshot - added,
        })
        .await
}

fn admit_state(id: &str, status: CampaignStatus) -> Result<(), Refusal> {
    match status {
        CampaignStatus::Completed | CampaignStatus::Cancelled => Err(Refusal::wrong_state(
            CAMPAIGN.reference(id),
            format!(
                "the campaign is `{}`; it takes no more members",
                status.as_str_name()
            ),
        )),
        _ => Ok(()),
    }
}

/// The caller can see the segment of which it is. One that they cannot is like one that there is not.
async fn admit_snapshot(crm: &Crm, caller: &Caller, snapshot: &str) -> Result<(), Refusal> {
    let missing = || Refusal::from(status::not_found("segment_snapshot", snapshot));
    let found: Option<(String,)> = crm
        .db
        .fetch_optional(Stmt::new(SNAPSHOT).bind(snapshot))
        .await?;
    let (segment,) = found.ok_or_else(missing)?;
    let ids = std::slice::from_ref(&segment);
    let mut facts = facts::of_ids(&crm.db, &SEGMENT, ids, false).await?;
    let facts = facts.remove(&segment).ok_or_else(missing)?;
    let question = Question {
        subject: String::new(),
        permission: "view".to_owned(),
        resource: SEGMENT.reference(&segment),
        contextual: facts.relationships,
    };
    let answers = crm.decider.check(caller, vec![question]).await?;
    match answers.as_slice() {
        [Answer::Allowed] => Ok(()),
        _ => Err(missing()),
    }
}

/// Ids are made in the statement: one of ours, and the place among those added.
fn insertion(
    campaign: &str,
    snapshot: &str,
    call: &Call,
    customers: &Selection,
    contacts: &Selection,
) -> Result<Stmt, Refusal> {
    let mut sql = Sql::new(
        "INSERT INTO campaign_members (id, campaign_id, customer_id, contact_id, snapshot, status, response, \
         version, created_at_us, created_by, updated_at_us, updated_by) SELECT ",
    );
    sql.bind(format!("{}-", ids::new_id(call.now_us)));
    sql.push(" || CAST(ROW_NUMBER() OVER (ORDER BY m.position) AS TEXT), ");
    sql.bind(campaign.to_owned())
        .push(", m.customer_id, m.contact_id, m.snapshot_id, ");
    sql.bind(i64::from(CampaignMemberStatus::Targeted as i32))
        .push(", '', 1, ");
    for (at, by) in [(", ", ", "), (", ", "")] {
        sql.bind(call.now_us).push(at);
        sql.bind(call.caller.clone()).push(by);
    }
    sql.push(" FROM segment_members m WHERE m.snapshot_id = ");
    sql.bind(snapshot.to_owned())
        .push(" AND m.customer_id IN (");
    customers.write_ids(&mut sql)?;
    sql.push(") AND (m.contact_id IS NULL OR m.contact_id IN (");
    contacts.write_ids(&mut sql)?;
    sql.push(")) AND NOT EXISTS (SELECT 1 FROM campaign_members e WHERE e.campaign_id = ");
    sql.bind(campaign.to_owned());
    sql.push(
        " AND e.customer_id = m.customer_id AND COALESCE(e.contact_id, '') = COALESCE(m.contact_id, '') \
         AND e.deleted_at_us IS NULL)",
    );
    Ok(sql.into_stmt())
}
