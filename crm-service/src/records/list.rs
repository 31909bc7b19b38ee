//! Lists: filtered by the database to what the caller may see, ordered, paged, counted.

use super::entity::Entity;
use super::listed::with_deleted;
use super::plan::Plan;
use super::record::{Record, in_order};
use super::refusal::Refusal;
use crate::crm::Crm;
use menshen_proto::authz::v1::Predicate;
use menshen_proto::crm::v1::TotalMode;
use menshen_proto::standard::{List, Page};
use service_kit::db::Tx;
use service_kit::guard::permit::Scope;
use service_kit::page::{PageToken, page_size, question};
use service_kit::predicate::{ListError, Listing, Shape};
use service_kit::query::{Filter, Order, OrderBy, QueryError};
use service_kit::status;
use tonic::Status;

const DEFAULT_SIZE: u32 = 50;
/// Counted exactly up to here unless asked otherwise: half a million rows take 100 ms and more.
const COUNTED: u32 = 10_000;
const DEFAULT_ORDER: &str = "created_at desc";
/// The field that decides between records that are otherwise alike.
const ID: &str = "id";
/// What a page's statement selects: the rows themselves are read by id.
const SELECT: &str = "r.id";

/// A page of what the caller may see. Page and total are of one moment.
///
/// # Errors
/// A malformed expression, a page size out of range, a page token of another question.
pub(super) async fn list<E: Entity>(
    crm: &Crm,
    scope: &Scope<E>,
    asked: &List,
) -> Result<Page<E::Message>, Refusal> {
    let plan = E::kind().plan()?;
    let size = page_size(asked.page_size, DEFAULT_SIZE)?;
    let question = question_of::<E>(&scope.caller().subject, asked);
    let after = PageToken::decode(&asked.page_token, &question)?;
    let filter = parsed("filter", Filter::parse(&asked.filter))?;
    let order = order(plan, &asked.order_by)?;
    let (predicate, only) = selected(crm, scope, plan, asked.show_deleted).await?;
    let listing =
        Listing::new(plan.mapping, &predicate, only, plan.columns, &filter).map_err(told)?;
    let mut tx = crm.db.long_read().await?;
    let shape = shape(&mut tx, &listing).await?;
    let after = after.as_ref().map(|token| token.after.as_slice());
    let page = listing
        .page(shape, SELECT, &order, after, size + 1)
        .map_err(told)?;
    let found: Vec<(String,)> = tx.fetch_all(page).await?;
    let (total_size, total_is_exact) = total(&mut tx, &listing, shape, asked.total).await?;
    let is_last = u32::try_from(found.len()).is_ok_and(|found| found <= size);
    let size = usize::try_from(size).unwrap_or_default();
    let ids: Vec<String> = found.into_iter().take(size).map(|(id,)| id).collect();
    let records: Vec<Record<E>> = in_order(&mut tx, &ids).await?;
    let next_page_token = match records.last().filter(|_| !is_last) {
        Some(last) => PageToken::new(&question, order.place(|field| last.value_of(field))).encode(),
        None => String::new(),
    };
    Ok(Page {
        records: records.into_iter().map(|record| record.message).collect(),
        next_page_token,
        total_size,
        total_is_exact,
    })
}

/// A page token belongs to one subject and one question.
fn question_of<E: Entity>(subject: &str, asked: &List) -> String {
    let shown = if asked.show_deleted { "all" } else { "live" };
    question(&[
        "list",
        E::TYPE,
        subject,
        &asked.filter,
        &asked.order_by,
        shown,
    ])
}

/// The predicate that selects the rows, and what holds of all of them besides.
async fn selected<E: Entity>(
    crm: &Crm,
    scope: &Scope<E>,
    plan: &'static Plan,
    show_deleted: bool,
) -> Result<(Predicate, &'static str), Refusal> {
    if !show_deleted {
        return Ok((scope.predicate().clone(), plan.live));
    }
    let restorable = crm
        .decider
        .filter(scope.caller(), "restore", E::TYPE, plan.relations.clone())
        .await?;
    Ok((
        with_deleted(scope.predicate(), restorable.predicate),
        plan.all,
    ))
}

async fn shape(tx: &mut Tx, listing: &Listing<'_>) -> Result<Shape, Refusal> {
    let Some(reach) = listing.reach() else {
        return Ok(Shape::Walk);
    };
    let (reach,): (i64,) = tx.fetch_one(reach).await?;
    Ok(Shape::for_reach(reach))
}

/// How many rows match, and whether that is exact.
async fn total(
    tx: &mut Tx,
    listing: &Listing<'_>,
    shape: Shape,
    mode: TotalMode,
) -> Result<(i64, bool), Refusal> {
    let cap = match mode {
        TotalMode::None => return Ok((-1, false)),
        TotalMode::Exact => None,
        TotalMode::Unspecified => Some(COUNTED + 1),
    };
    let (count,): (i64,) = tx
        .fetch_one(listing.count(shape, cap).map_err(told)?)
        .await?;
    let is_exact = cap.is_none() || count <= i64::from(COUNTED);
    Ok((if is_exact { count } else { COUNTED.into() }, is_exact))
}

fn order(plan: &Plan, asked: &str) -> Result<Order, Status> {
    let asked = parsed("order_by", OrderBy::parse(asked))?;
    let default = parsed("order_by", OrderBy::parse(DEFAULT_ORDER))?;
    parsed("order_by", plan.columns.order(&asked, &default, ID))
}

fn parsed<T>(field: &str, result: Result<T, QueryError>) -> Result<T, Status> {
    result.map_err(|error| status::invalid_field(field, error.to_string()))
}

fn told(error: ListError) -> Status {
    match error {
        ListError::Unmapped(error) => status::internal(&error),
        ListError::Filter(error) => status::invalid_field("filter", error.to_string()),
        ListError::Place(error) => status::invalid_field("page_token", error.to_string()),
    }
}
