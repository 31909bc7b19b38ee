//! Which files a new kind of record takes, and what goes into them.

use super::changes::{Changes, files, read};
use super::known::KINDS;
use super::list::{add_argument, add_last, add_sorted, add_to_block};
use super::shape::Entity;
use super::template::Facts;
use e2e::Result;
use std::path::Path;

const PROTOS: &str = "proto/menshen/crm/v1";
const MIGRATIONS: &str = "crm-service/migrations";
const MODEL: &str = "crm-service/policy/model";
const RIGHTS: &str = "crm-service/policy/rights";
const POLICY: &str = "crm-service/src/policy.rs";
const SERVER: &str = "crm-service/src/server.rs";
const CRATE: &str = "crm-service/src/lib.rs";

/// All that is to be written for the entity.
///
/// # Errors
/// A file or a name that is there already, a list that is not found.
pub(super) fn plan(root: &Path, entity: &Entity) -> Result<Changes> {
    let facts = entity.facts();
    let mut changes = Changes::new(root);
    contract(root, entity, &facts, &mut changes)?;
    kind(entity, &facts, &mut changes)?;
    list(entity, &mut changes)?;
    migration(root, entity, &facts, &mut changes)?;
    model(root, entity, &facts, &mut changes)?;
    rights(entity, &facts, &mut changes)?;
    Ok(changes)
}

fn contract(root: &Path, entity: &Entity, facts: &Facts, changes: &mut Changes) -> Result<()> {
    let text = facts.fill(include_str!("proto.txt"))?;
    let declared = |text: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.strip_suffix(" {"));
        let names = lines.filter_map(|line| {
            let kinds = ["message ", "enum ", "service "];
            kinds.iter().find_map(|kind| line.strip_prefix(kind))
        });
        names.map(str::to_owned).collect()
    };
    let new = declared(&text);
    for file in files(&root.join(PROTOS))? {
        let taken = declared(&read(&file)?);
        if let Some(name) = new.iter().find(|name| taken.contains(name)) {
            return Err(format!(
                "{} has a `{name}` already; name the entity otherwise",
                file.display()
            )
            .into());
        }
    }
    changes.make(&format!("{PROTOS}/{}.proto", entity.plural.snake()), text)
}

fn kind(entity: &Entity, facts: &Facts, changes: &mut Changes) -> Result<()> {
    let (area, name) = (entity.area.snake(), entity.name.snake());
    let line = format!("pub(crate) mod {name};");
    let module = format!("crm-service/src/{area}.rs");
    if entity.is_new_area {
        let about = format!("//! Kinds of records: {}.\n\n{line}\n", entity.area.words());
        changes.make(&module, about)?;
        changes.change(CRATE, |text| {
            add_sorted(text, "mod ", &format!("mod {area};"))
        })?;
    } else {
        changes.change(&module, |text| add_sorted(text, "pub(crate) mod ", &line))?;
    }
    let text = facts.fill(include_str!("kind.txt"))?;
    changes.make(&format!("crm-service/src/{area}/{name}.rs"), text)
}

/// Joins the one list of all kinds.
fn list(entity: &Entity, changes: &mut Changes) -> Result<()> {
    let (area, name, kind) = (
        entity.area.snake(),
        entity.name.snake(),
        entity.name.camel(),
    );
    changes.change(KINDS, |text| {
        let line = format!("use crate::{area}::{name}::{kind};");
        let text = add_sorted(text, "use crate::", &line)?;
        let line =
            format!("use menshen_proto::crm::v1::{name}_service_server::{kind}ServiceServer;");
        let text = add_sorted(&text, "use menshen_proto::crm::v1::", &line)?;
        let line = format!("    {kind}ServiceServer: {kind},\n");
        add_last(&text, "kinds! {", "}", &line)
    })
}

fn migration(root: &Path, entity: &Entity, facts: &Facts, changes: &mut Changes) -> Result<()> {
    let mut last = 0;
    let (name, plural) = (entity.name.snake(), entity.plural.snake());
    for file in files(&root.join(MIGRATIONS))? {
        let number = file
            .file_name()
            .and_then(|name| name.to_str()?.split('_').next()?.parse().ok());
        last = last.max(number.unwrap_or(0_u32));
        let text = read(&file)?;
        for table in [plural.to_owned(), format!("{name}_teams")] {
            if text.contains(&format!("CREATE TABLE {table} (")) {
                return Err(format!(
                    "{} makes a table `{table}` already; name the entity otherwise",
                    file.display()
                )
                .into());
            }
        }
    }
    let step = format!("{:04}_{plural}", last + 1);
    changes.make(
        &format!("{MIGRATIONS}/{step}.sql"),
        facts.fill(include_str!("table.txt"))?,
    )?;
    changes.change(SERVER, |text| {
        let start = "pub const MIGRATIONS: Migrations = Migrations::new(&[";
        let entry = format!(
            "    (\n        \"{step}\",\n        include_str!(\"../migrations/{step}.sql\"),\n    ),\n"
        );
        add_last(text, start, "]);", &entry)
    })
}

fn model(root: &Path, entity: &Entity, facts: &Facts, changes: &mut Changes) -> Result<()> {
    let (area, name) = (entity.area.snake(), entity.name.snake());
    for file in files(&root.join(MODEL))? {
        let text = read(&file)?;
        let is_taken = |word: &str| text.contains(&format!("\n{word} {name} {{"));
        if is_taken("definition") || is_taken("partial") {
            return Err(format!(
                "{} defines `{name}` already; name the entity otherwise",
                file.display()
            )
            .into());
        }
    }
    let definition = facts.fill(include_str!("model.txt"))?;
    let path = format!("{MODEL}/{area}.zed");
    if changes.is_there(&path) {
        return changes.change(&path, |text| {
            Ok(format!("{}\n{definition}", text.trim_end()))
        });
    }
    changes.make(
        &path,
        format!("// ---- {} ----\n{definition}", entity.area.words()),
    )?;
    changes.change(POLICY, |text| {
        add_argument(text, "shipped!(", &["model", ".zed", "base"], area)
    })
}

fn rights(entity: &Entity, facts: &Facts, changes: &mut Changes) -> Result<()> {
    let area = entity.area.snake();
    let lines = facts.fill(include_str!("rights.txt"))?;
    let path = format!("{RIGHTS}/{area}.yaml");
    if changes.is_there(&path) {
        return changes.change(&path, |text| add_to_block(text, "crm_admin:", &lines));
    }
    let about = format!(
        "# What each role may do in {}; see customers.yaml for the format.",
        entity.area.words()
    );
    changes.make(&path, format!("{about}\n\ncrm_admin:\n{lines}"))?;
    changes.change(POLICY, |text| {
        add_argument(text, "shipped!(", &["rights", ".yaml"], area)
    })
}
