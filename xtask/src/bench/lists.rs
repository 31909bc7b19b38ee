//! The CRM's list page: what the filter costs beside the same page without one.

use super::report::Row;
use e2e::Result;
use e2e::world::World;
use menshen_proto::crm::v1::{ListCustomersRequest, TotalMode};
use std::time::{Duration, Instant};

/// Who asks, and what the filter says.
const ASKERS: &[(&str, &str)] = &[
    ("u33", "five that are shared by name"),
    ("u05", "her own and what is shared with her"),
    ("u04", "one department"),
    ("u03", "a department and those below"),
    ("u02", "all of sales, one record restricted"),
];

/// Sees everything: the same query without a condition.
const UNFILTERED: &str = "u30";

/// A page of 50, newest first, not counted, one call at a time.
pub(super) async fn measure(world: &World, times: usize) -> Result<Vec<Row>> {
    let mut everything = Vec::new();
    let mut filtered: Vec<Vec<Duration>> = ASKERS.iter().map(|_| Vec::new()).collect();
    for _ in 0..times {
        everything.push(page(world, UNFILTERED).await?);
        for ((person, _), taken) in ASKERS.iter().zip(&mut filtered) {
            taken.push(page(world, person).await?);
        }
    }
    let bare = median(everything)?;
    let mut rows = vec![Row::page("everybody's customers, no filter", bare, bare)];
    for ((_, says), taken) in ASKERS.iter().zip(filtered) {
        rows.push(Row::page(says, median(taken)?, bare));
    }
    Ok(rows)
}

async fn page(world: &World, person: &str) -> Result<Duration> {
    let session = world.sign_in(person).await?;
    let request = ListCustomersRequest {
        page_size: 50,
        total: TotalMode::None as i32,
        ..ListCustomersRequest::default()
    };
    let since = Instant::now();
    session.customers().list_customers(request).await?;
    Ok(since.elapsed())
}

fn median(mut taken: Vec<Duration>) -> Result<Duration> {
    taken.sort_unstable();
    Ok(*taken.get(taken.len() / 2).ok_or("nothing was measured")?)
}
