//! Whose records are: the relationships that a row and the rows above it hold.

use super::kind::{Joined, Kind};
use super::place::{COMMA, Place, fact};
use super::plan::{LIVE, all};
use super::refusal::Refusal;
use menshen_proto::authz::v1::Relationship;
use service_kit::db::{Cells, Db, DbKind, Stmt, Tx};
use service_kit::guard::source::Facts;
use std::collections::HashMap;

/// What is true of every record of the kind, existing or not.
pub(crate) fn standing(kind: &Kind, id: &str) -> Vec<Relationship> {
    vec![fact(&kind.reference(id), "module", kind.module.to_owned())]
}

/// The facts of the records with these ids, by id. What belongs to a deleted record is not there.
///
/// # Errors
/// The database fails.
pub(crate) async fn of_ids(
    db: &Db,
    kind: &'static Kind,
    ids: &[String],
    include_deleted: bool,
) -> Result<HashMap<String, Facts>, Refusal> {
    let select = select(kind, ids, include_deleted)?;
    Ok(read_all(kind, &db.fetch_all(select).await?))
}

/// The facts of one record as a transaction sees them. The rows above it are locked first, from the
/// top, so that they cannot change before the transaction ends; two writes below one record wait for
/// each other.
///
/// # Errors
/// The database fails.
pub(crate) async fn locked(
    tx: &mut Tx,
    kind: &'static Kind,
    id: &str,
) -> Result<Option<Facts>, Refusal> {
    let ids = [id.to_owned()];
    if tx.kind() == DbKind::Postgres {
        let found = read_all(kind, &tx.fetch_all(select(kind, &ids, true)?).await?).remove(id);
        let facts = found.unwrap_or_default().relationships;
        for (above, id) in above(kind, &facts) {
            lock(tx, above, &id).await?;
        }
    }
    Ok(read_all(kind, &tx.fetch_all(select(kind, &ids, true)?).await?).remove(id))
}

/// Locks a record's row for the transaction, on PostgreSQL.
///
/// # Errors
/// The database fails.
pub(crate) async fn lock(tx: &mut Tx, kind: &'static Kind, id: &str) -> Result<(), Refusal> {
    if tx.kind() == DbKind::Postgres {
        let lock = Stmt::new(kind.plan()?.lock).bind(id);
        let _: Option<(String,)> = tx.fetch_optional(lock).await?;
    }
    Ok(())
}

/// The records above one, from the top.
fn above(kind: &'static Kind, facts: &[Relationship]) -> Vec<(&'static Kind, String)> {
    let mut found = Vec::new();
    for (field, parent) in kind.parents() {
        let of_kind = |resource: &str| {
            resource
                .split_once(':')
                .is_some_and(|(name, _)| name == kind.name)
        };
        let links = |fact: &&Relationship| fact.relation == field.name && of_kind(&fact.resource);
        let link = facts.iter().find(links);
        let Some((_, id)) = link.and_then(|fact| fact.subject.split_once(':')) else {
            continue;
        };
        for one in above(parent, facts) {
            found.push(one);
        }
        found.push((parent, id.to_owned()));
    }
    found
}

fn select(kind: &'static Kind, ids: &[String], include_deleted: bool) -> Result<Stmt, Refusal> {
    let plan = kind.plan()?;
    Ok(Stmt::new(plan.facts).bind_list(ids).bind(include_deleted))
}

fn read_all(kind: &'static Kind, rows: &[Cells]) -> HashMap<String, Facts> {
    rows.iter()
        .filter_map(|cells| {
            let mut reader = Reader {
                cells,
                at: 1,
                found: Vec::new(),
            };
            let id = reader.read(kind)?;
            let facts = Facts {
                version: cells.integer(0).unwrap_or_default(),
                relationships: reader.found,
            };
            Some((id, facts))
        })
        .collect()
}

/// Reads a row of [`statement`], in the order in which the columns were written.
struct Reader<'a> {
    cells: &'a Cells,
    at: usize,
    found: Vec<Relationship>,
}

impl Reader<'_> {
    /// The record whose columns come next, and those above it. `None`: there is none here.
    fn read(&mut self, kind: &'static Kind) -> Option<String> {
        let id = self.cells.text(self.at).map(str::to_owned);
        self.at += 1;
        if kind.is_owned {
            let place = Place::read(self.cells, self.at);
            self.at += Place::COLUMNS;
            if let Some(id) = &id {
                self.found.extend(standing(kind, id));
                self.found.extend(place.facts(kind, id));
            }
        } else if let Some(id) = &id {
            self.found.extend(standing(kind, id));
        }
        self.read_people(kind, id.as_deref());
        for (field, parent) in kind.parents() {
            let above = self.read(parent);
            if let (Some(id), Some(above)) = (&id, above) {
                let (resource, subject) = (kind.reference(id), parent.reference(&above));
                self.found.push(fact(&resource, field.name, subject));
            }
        }
        id
    }

    /// Who is something to the record whose columns come next.
    fn read_people(&mut self, kind: &'static Kind, id: Option<&str>) {
        let people = kind.people().map(|field| (field.name, "user"));
        let joined = kind.joined.iter();
        let joined = joined.map(|joined| (joined.relation, joined.subject));
        for (relation, subject) in people.chain(joined) {
            let held = self.cells.text(self.at).unwrap_or_default();
            self.at += 1;
            let Some(id) = id else { continue };
            let resource = kind.reference(id);
            for held in held.split(COMMA).filter(|held| !held.is_empty()) {
                let subject = format!("{subject}:{held}");
                self.found.push(fact(&resource, relation, subject));
            }
        }
    }
}

/// `$1` ids, `$2` whether deleted rows count: version, then for the record and each one above it its
/// id and, where it is owned, its place.
pub(super) fn statement(kind: &'static Kind) -> String {
    let mut columns = vec!["r.version".to_owned()];
    let mut joins = String::new();
    write(kind, "r", &mut columns, &mut joins);
    let (table, columns, above) = (kind.table, columns.join(", "), all(kind, "r"));
    format!(
        "SELECT {columns} FROM {table} r{joins} \
         WHERE r.id IN (LIST($1)) AND (r.{LIVE} OR $2) AND {above}"
    )
}

fn write(kind: &'static Kind, alias: &str, columns: &mut Vec<String>, joins: &mut String) {
    columns.push(format!("{alias}.id"));
    if kind.is_owned {
        columns.extend(own_columns(kind, alias));
    }
    columns.extend(
        kind.people()
            .map(|field| format!("{alias}.{}", field.column())),
    );
    for (index, joined) in kind.joined.iter().enumerate() {
        columns.push(joined_column(joined, alias, index));
    }
    for (index, (field, parent)) in kind.parents().enumerate() {
        let (inner, table, column) = (format!("{alias}p{index}"), parent.table, field.column());
        *joins += &format!(" LEFT JOIN {table} {inner} ON {inner}.id = {alias}.{column}");
        write(parent, &inner, columns, joins);
    }
}

/// The subjects of a relation that stand in other rows: the first ones, each once.
fn joined_column(joined: &Joined, alias: &str, index: usize) -> String {
    let Joined {
        rows,
        record,
        column,
        ..
    } = joined;
    let inner = format!("{alias}j{index}");
    let most = Joined::MOST;
    format!(
        "(SELECT string_agg({inner}d.subject, '{COMMA}' ORDER BY {inner}d.subject) FROM \
         (SELECT DISTINCT {inner}.{column} AS subject FROM {rows} {inner} \
         WHERE {inner}.{record} = {alias}.id ORDER BY 1 LIMIT {most}) {inner}d)"
    )
}

/// Owner, department and teams of an owned kind's rows.
pub(super) fn own_columns(kind: &Kind, alias: &str) -> [String; Place::COLUMNS] {
    let (teams, name) = (kind.teams_table(), kind.name);
    [
        format!("{alias}.owner_id"),
        format!("{alias}.department_id"),
        format!(
            "(SELECT string_agg({alias}t.team_id, '{COMMA}' ORDER BY {alias}t.position) \
             FROM {teams} {alias}t WHERE {alias}t.{name}_id = {alias}.id)"
        ),
    ]
}
