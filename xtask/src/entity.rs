//! `cargo xtask entity`: the files of a new guarded kind of record.
//!
//! What it writes compiles and is served as it is. The texts are templates beside this file's modules;
//! see [`template`] for how they are filled in.

mod changes;
mod known;
mod list;
mod name;
mod plan;
mod shape;
mod template;
#[cfg(test)]
mod tests;

use crate::cargo::{cargo, root, run as run_to_end};
use changes::Changes;
use e2e::Result;
use shape::Entity;
use std::path::Path;

/// What to make.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One of them, in lower snake case: `lead`, `price_entry`
    name: String,
    /// The part of the CRM that it joins, or a new one: `sales`
    #[arg(long)]
    area: String,
    /// Its Chinese name
    #[arg(long)]
    chinese: String,
    /// Several of them, where it is not told by the ending
    #[arg(long)]
    plural: Option<String>,
    /// Each has an owner, a department and teams, and can be transferred and shared
    #[arg(long)]
    owned: bool,
    /// The kind that it belongs to; alone, who sees that one sees it
    #[arg(long, value_name = "PARENT")]
    of: Option<String>,
    /// Kept once for everybody: no owner, no parent
    #[arg(long)]
    catalogue: bool,
}

/// Writes the files, and says what is left to do.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let root = root()?;
    let (entity, changes) = planned(&root, arguments)?;
    changes.write()?;
    run_to_end(&mut cargo(&["fmt", "--all"])?)?;
    println!("{}", report(&entity, &changes)?);
    Ok(())
}

/// What would be written. Nothing is, yet.
fn planned(root: &Path, arguments: &Arguments) -> Result<(Entity, Changes)> {
    let entity = Entity::of(root, arguments)?;
    let changes = plan::plan(root, &entity)?;
    Ok((entity, changes))
}

fn report(entity: &Entity, changes: &Changes) -> Result<String> {
    let made = changes.made.keys().map(|path| format!("made    {path}"));
    let changed = changes.changed.keys().map(|path| format!("changed {path}"));
    let written: Vec<String> = made.chain(changed).collect();
    let left = entity.facts().fill(include_str!("entity/left.txt"))?;
    Ok(format!("{}\n\n{left}", written.join("\n")))
}
