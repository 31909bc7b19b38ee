//! Loading the company, with a bar where somebody watches.

use e2e::Result;
use e2e::company::Progress;
use e2e::world::World;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Instant;

/// Loads the company. The bar draws itself on a terminal only.
pub(super) async fn load(world: &World) -> Result<()> {
    let since = Instant::now();
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template(
        "{msg:>12} [{bar:40}] {pos}/{len}",
    )?);
    let drawn = bar.clone();
    let report = move |progress: Progress| {
        drawn.set_message(progress.what);
        drawn.set_length(progress.total as u64);
        drawn.set_position(progress.done as u64);
    };
    let loaded = e2e::company::load(world, e2e::company::Extent::Full, &report).await;
    bar.finish_and_clear();
    loaded?;
    println!(
        "Loaded 云帆智造 Yunfan Smart Manufacturing: {} departments, {} people, {} customers ({:.1} s).",
        e2e::company::DEPARTMENTS.len(),
        e2e::company::PEOPLE.len(),
        e2e::company::CUSTOMERS,
        since.elapsed().as_secs_f64(),
    );
    Ok(())
}
