//! What follows from a kind's facts: its statements, and how the guard and lists read its rows.

use super::facts;
use super::field::{Field, Given};
use super::kind::Kind;
use super::listed::STATE_OF_ROW;
use super::listed_columns::columns;
use super::place::relation_of;
use menshen_proto::authz::v1::ContextualRelation;
use prost_reflect::{FieldDescriptor, MessageDescriptor};
use service_kit::predicate::{Foreign, Held, Holding, Mapping};
use service_kit::query::Columns;
use std::fmt::Write as _;

/// The columns that every table has, in the order in which they are read.
pub(crate) const COMMON: [&str; 7] = [
    "id",
    "version",
    "created_at_us",
    "created_by",
    "updated_at_us",
    "updated_by",
    "deleted_at_us",
];
/// Those of kinds that are owned, behind them. When read, the teams follow, joined by commas.
pub(crate) const OWN: [&str; 2] = ["owner_id", "department_id"];

/// Made once for each kind.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) descriptor: MessageDescriptor,
    /// Each field with its descriptor, in the order of the kind, which is that of the columns.
    pub(crate) fields: Vec<Planned>,
    /// The rows with the ids `LIST($1)`: [`COMMON`], [`OWN`] and teams where it is owned, the fields.
    pub(crate) by_ids: &'static str,
    /// Whose the rows with the ids `LIST($1)` are, deleted ones where `$2`; see [`super::facts`].
    pub(crate) facts: &'static str,
    /// `$1` id, `$2` time, `$3` actor, `$4` owner and `$5` department where it is owned, then the
    /// written columns.
    pub(crate) insert: &'static str,
    /// `$1` id, `$2` version, `$3` time, `$4` actor, `$5` owner and `$6` department where it is owned, then
    /// the written columns.
    pub(crate) update: &'static str,
    /// `$1` to `$4` as above.
    pub(crate) delete: &'static str,
    /// `$1` to `$4` as above.
    pub(crate) restore: &'static str,
    /// The department of the record `$1` in whose department this one stands.
    pub(crate) home: Option<&'static str>,
    /// Forgets the teams of `$1`.
    pub(crate) forget_teams: &'static str,
    /// Adds to `$1` the team `$2` at position `$3`.
    pub(crate) add_team: &'static str,
    /// Locks the row `$1` against other writes below it. For PostgreSQL; SQLite has one writer.
    pub(crate) lock: &'static str,
    pub(crate) mapping: &'static Mapping,
    pub(crate) columns: Columns,
    /// Holds of rows `r` that are not deleted, nor what they belong to.
    pub(crate) live: &'static str,
    /// Holds of rows `r` whose parents are not deleted.
    pub(crate) all: &'static str,
    /// The relations that rows hold, and those of the rows they lead to.
    pub(crate) relations: Vec<ContextualRelation>,
}

/// A field, where it is in the message and where in the table.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) field: &'static Field,
    pub(crate) descriptor: FieldDescriptor,
    pub(crate) column: String,
}

impl Plan {
    /// Makes it.
    ///
    /// # Errors
    /// The contract has no such message or field.
    pub(crate) fn of(kind: &'static Kind) -> Result<Self, String> {
        let descriptor = menshen_proto::descriptors()
            .get_message_by_name(kind.message)
            .ok_or_else(|| format!("`{}` is not in the contract", kind.message))?;
        let planned = |field: &'static Field| {
            let found = descriptor.get_field_by_name(field.name);
            Ok(Planned {
                field,
                descriptor: found
                    .ok_or_else(|| format!("`{}` has no field `{}`", kind.message, field.name))?,
                column: field.column(),
            })
        };
        let fields = kind.fields.iter().map(planned);
        let fields = fields.collect::<Result<Vec<_>, String>>()?;
        let (table, teams) = (kind.table, kind.teams_table());
        let all = all(kind, "r");
        Ok(Self {
            by_ids: kept(format!(
                "SELECT {} FROM {table} r WHERE r.id IN (LIST($1))",
                read_columns(kind, &fields)
            )),
            facts: kept(facts::statement(kind)),
            insert: kept(insert(kind, &fields)),
            update: kept(update(kind, &fields)),
            home: home(kind).map(kept),
            delete: kept(changing(kind, "deleted_at_us = $3", LIVE)),
            restore: kept(changing(
                kind,
                "deleted_at_us = NULL",
                "deleted_at_us IS NOT NULL",
            )),
            forget_teams: kept(format!("DELETE FROM {teams} WHERE {}_id = $1", kind.name)),
            add_team: kept(format!(
                "INSERT INTO {teams} ({}_id, team_id, position) VALUES ($1, $2, $3)",
                kind.name
            )),
            lock: kept(format!(
                "SELECT id FROM {table} WHERE id = $1 FOR NO KEY UPDATE"
            )),
            mapping: mapping(kind, "r"),
            columns: columns(kind, &fields)?,
            live: kept(format!("r.{LIVE} AND {all}")),
            all: kept(all),
            relations: relations(kind),
            descriptor,
            fields,
        })
    }

    /// The fields that an update mask may name.
    pub(crate) fn updatable(&self) -> impl Iterator<Item = &'static str> {
        self.fields
            .iter()
            .filter(|planned| planned.field.given == Given::ByCallers)
            .map(|planned| planned.field.name)
    }
}

pub(super) const LIVE: &str = "deleted_at_us IS NULL";

/// A text that is made once and lives as long as the process: then statements stay prepared.
pub(super) fn kept(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn read_columns(kind: &Kind, fields: &[Planned]) -> String {
    let mut columns: Vec<String> = COMMON.iter().map(|column| format!("r.{column}")).collect();
    if kind.is_owned {
        columns.extend(facts::own_columns(kind, "r"));
    }
    columns.extend(fields.iter().map(|planned| format!("r.{}", planned.column)));
    columns.join(", ")
}

/// The columns that the record's own statements write, in order.
fn written_columns(fields: &[Planned]) -> Vec<String> {
    let written = fields.iter().filter(|planned| planned.field.is_written());
    written
        .flat_map(|planned| {
            let folded = planned.field.is_searched.then(|| folded(&planned.column));
            std::iter::once(planned.column.clone()).chain(folded)
        })
        .collect()
}

pub(super) fn folded(column: &str) -> String {
    format!("{column}_folded")
}

fn insert(kind: &Kind, fields: &[Planned]) -> String {
    let mut names = vec![
        "id",
        "version",
        "created_at_us",
        "created_by",
        "updated_at_us",
        "updated_by",
    ];
    let mut values = "$1, 1, $2, $3, $2, $3".to_owned();
    let written = written_columns(fields);
    names.extend(OWN.iter().filter(|_| kind.is_owned));
    names.extend(written.iter().map(String::as_str));
    for (at, _) in (4..).zip(names.iter().skip(6)) {
        let _ = write!(values, ", ${at}");
    }
    let (table, names) = (kind.table, names.join(", "));
    format!("INSERT INTO {table} ({names}) VALUES ({values})")
}

fn update(kind: &Kind, fields: &[Planned]) -> String {
    let written = written_columns(fields);
    let own = OWN.iter().filter(|_| kind.is_owned).copied();
    let assigned = own
        .chain(written.iter().map(String::as_str))
        .zip(5..)
        .map(|(column, n)| format!("{column} = ${n}"));
    changing(kind, &assigned.collect::<Vec<_>>().join(", "), LIVE)
}

fn home(kind: &'static Kind) -> Option<String> {
    let (_, home) = kind.home()?;
    let table = home.table;
    Some(format!(
        "SELECT department FROM {table} WHERE id = $1 AND {LIVE}"
    ))
}

/// A statement that makes a new version of the one that was decided on.
fn changing(kind: &Kind, assigned: &str, only: &str) -> String {
    let table = kind.table;
    let comma = if assigned.is_empty() { "" } else { ", " };
    format!(
        "UPDATE {table} SET {assigned}{comma}version = version + 1, updated_at_us = $3, updated_by = $4 \
         WHERE id = $1 AND version = $2 AND {only}"
    )
}

/// Holds of rows whose parents, and theirs, are not deleted.
pub(super) fn all(kind: &'static Kind, alias: &str) -> String {
    let mut conditions = Vec::new();
    for (index, (field, parent)) in kind.parents().enumerate() {
        let (column, table) = (field.column(), parent.table);
        let inner = format!("{alias}p{index}");
        let above = all(parent, &inner);
        conditions.push(format!(
            "({alias}.{column} IS NULL OR EXISTS (SELECT 1 FROM {table} {inner} \
             WHERE {inner}.id = {alias}.{column} AND {inner}.{LIVE} AND {above}))"
        ));
    }
    if conditions.is_empty() {
        "TRUE".to_owned()
    } else {
        conditions.join(" AND ")
    }
}

fn mapping(kind: &'static Kind, alias: &str) -> &'static Mapping {
    let column = |name: &str| kept(format!("{alias}.{name}"));
    let mut relations = vec![Held {
        relation: "module",
        holding: Holding::Fixed(Box::leak(Box::new([kind.module]))),
    }];
    if kind.is_owned {
        let teams = format!("{alias}t");
        relations.push(one("owner", column("owner_id"), "user", None));
        relations.push(one(
            "department",
            column("department_id"),
            "department",
            None,
        ));
        relations.push(Held {
            relation: "team",
            holding: Holding::Join {
                table: kept(format!("{} {teams}", kind.teams_table())),
                row: kept(format!("{teams}.{}_id", kind.name)),
                sql: kept(format!("{teams}.team_id")),
                subject: "team",
            },
        });
    }
    for field in kind.people() {
        relations.push(one(field.name, column(&field.column()), "user", None));
    }
    for (index, joined) in kind.joined.iter().enumerate() {
        let inner = format!("{alias}j{index}");
        relations.push(Held {
            relation: joined.relation,
            holding: Holding::Join {
                table: kept(format!("{} {inner}", joined.rows)),
                row: kept(format!("{inner}.{}", joined.record)),
                sql: kept(format!("{inner}.{}", joined.column)),
                subject: joined.subject,
            },
        });
    }
    for (index, (field, parent)) in kind.parents().enumerate() {
        let inner = format!("{alias}p{index}");
        let foreign = Box::leak(Box::new(Foreign {
            mapping: mapping(parent, &inner),
            only: kept(format!("{inner}.{LIVE}")),
        }));
        let column = column(&field.column());
        relations.push(one(field.name, column, parent.name, Some(foreign)));
    }
    if alias == "r" {
        relations.push(STATE_OF_ROW);
    }
    Box::leak(Box::new(Mapping {
        resource_type: kind.name,
        table: kept(format!("{} {alias}", kind.table)),
        id: column("id"),
        relations: relations.leak(),
    }))
}

const fn one(
    relation: &'static str,
    sql: &'static str,
    subject: &'static str,
    foreign: Option<&'static Foreign>,
) -> Held {
    Held {
        relation,
        holding: Holding::Column {
            sql,
            subject,
            foreign,
        },
    }
}

fn relations(kind: &'static Kind) -> Vec<ContextualRelation> {
    let mut found = vec![relation_of(kind.name, "module", &[kind.module])];
    if kind.is_owned {
        let own = ["owner", "department", "team"];
        found.extend(own.map(|relation| relation_of(kind.name, relation, &[])));
    }
    let people = kind.people().map(|field| field.name);
    let joined = kind.joined.iter().map(|joined| joined.relation);
    found.extend(
        people
            .chain(joined)
            .map(|relation| relation_of(kind.name, relation, &[])),
    );
    for (field, parent) in kind.parents() {
        found.push(relation_of(kind.name, field.name, &[]));
        for relation in relations(parent) {
            if !found.contains(&relation) {
                found.push(relation);
            }
        }
    }
    found
}
