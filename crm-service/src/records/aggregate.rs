//! Figures about many records: counts, sums, averages, by up to two fields. They are over the same predicate as a
//! list of the same caller, so that no figure tells of a record that the list would not show.

use super::kind::Kind;
use super::refusal::Refusal;
use super::scope::scope;
use super::violations::{Violations, quote};
use crate::crm::Crm;
use service_kit::caller::Caller;
use service_kit::db::{Cells, Col, DbKind};
use service_kit::query::{Column, ColumnKind, Filter, Sql};

/// What is to be found out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aggregate {
    /// As of a list.
    pub(crate) filter: String,
    /// None: all records are one group.
    pub(crate) groups: Vec<Group>,
    pub(crate) measures: Vec<Measure>,
}

/// A field that records are grouped by.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) field: String,
    /// Of a time: its month in UTC.
    pub(crate) by_month: bool,
}

/// A figure about each group.
#[derive(Clone, Debug)]
pub(crate) struct Measure {
    pub(crate) function: Function,
    /// Empty: the records themselves are counted.
    pub(crate) field: String,
}

/// How a figure is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Count,
    Sum,
    Average,
    Min,
    Max,
}

/// A group and its figures.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figures {
    /// The values of the groups, as a filter spells them. Empty: none.
    pub(crate) keys: Vec<String>,
    /// Where a measure is an amount: what it is in.
    pub(crate) currency: Option<String>,
    pub(crate) values: Vec<Figure>,
}

/// One figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Figure {
    /// No record has a value.
    None,
    Whole(i64),
    Fraction(f64),
}

/// Most groups of an answer.
pub(crate) const MOST_GROUPS: usize = 1_000;
const MOST_KEYS: usize = 2;
const MOST_MEASURES: usize = 10;
const CURRENCY: &str = "currency";
/// What the part of a field that holds an amount is called.
const AMOUNT: &str = ".amount_minor";

/// The figures of each group, for what this caller may see; whether there are no more groups.
///
/// # Errors
/// INVALID_ARGUMENT: an unknown field, or one that cannot be grouped by or added up. PERMISSION_DENIED: the
/// module, or a field that is named, is out of reach.
pub(crate) async fn aggregate(
    crm: &Crm,
    caller: &Caller,
    kind: &'static Kind,
    asked: &Aggregate,
) -> Result<(Vec<Figures>, bool), Refusal> {
    check(kind, asked).or(())?;
    let in_sight = scope(crm, caller, kind).await?;
    let groups = asked.groups.iter().map(|group| group.field.as_str());
    in_sight.admit("groups", groups)?;
    let measured = asked.measures.iter().map(|measure| measure.field.as_str());
    in_sight.admit("measures", measured.filter(|field| !field.is_empty()))?;
    let selection = in_sight.filtered("filter", &asked.filter)?;
    let statement = Statement::of(kind, asked)?;
    let mut sql = Sql::new("SELECT ");
    statement.write_columns(crm.db.kind(), &mut sql);
    sql.push(" FROM ").push(kind.plan()?.mapping.table);
    sql.push(" WHERE ")
        .push(kind.plan()?.mapping.id)
        .push(" IN (");
    selection.write_ids(&mut sql)?;
    sql.push(")");
    statement.write_groups(&mut sql);
    sql.push(" LIMIT 1001");
    let mut tx = crm.db.long_read().await?;
    let rows: Vec<Cells> = tx.fetch_all(sql.into_stmt()).await?;
    let is_complete = rows.len() <= MOST_GROUPS;
    let rows = rows.iter().take(MOST_GROUPS);
    Ok((
        rows.map(|row| statement.figures(row)).collect(),
        is_complete,
    ))
}

/// What cannot be asked of a kind, whoever asks.
pub(crate) fn check(kind: &'static Kind, asked: &Aggregate) -> Violations {
    let mut violations = Violations::default();
    if asked.groups.len() > MOST_KEYS {
        violations.add("groups", format!("has too many; give at most {MOST_KEYS}"));
    }
    if asked.measures.is_empty() || asked.measures.len() > MOST_MEASURES {
        violations.add("measures", format!("must be 1 to {MOST_MEASURES}"));
    }
    let columns = kind.plan().map(|plan| plan.columns);
    let filter = Filter::parse(&asked.filter).and_then(|filter| match columns {
        Ok(columns) => columns.write_filter(&filter, &mut Sql::default()),
        Err(_) => Ok(()),
    });
    if let Err(error) = filter {
        violations.add("filter", error.to_string());
    }
    for group in &asked.groups {
        let quoted = quote(&group.field);
        match column(kind, &group.field).map(Column::kind) {
            None => violations.add("groups", unknown(kind, &group.field)),
            Some(ColumnKind::Set) => {
                violations.add(
                    "groups",
                    format!("{quoted} holds several; group by another field"),
                );
            }
            Some(ColumnKind::Time) if !group.by_month => violations.add(
                "groups",
                format!("{quoted} is a time; set `by_month` to group by its month"),
            ),
            Some(ColumnKind::Time) => {}
            Some(_) if group.by_month => {
                violations.add(
                    "groups",
                    format!("{quoted} is no time; leave `by_month` unset"),
                );
            }
            Some(_) => {}
        }
    }
    for measure in &asked.measures {
        let counts_records = measure.function == Function::Count && measure.field.is_empty();
        match column(kind, &measure.field).map(Column::kind) {
            _ if counts_records => {}
            None => violations.add("measures", unknown(kind, &measure.field)),
            Some(ColumnKind::Integer) => {}
            Some(_) if measure.function == Function::Count => {}
            Some(_) => {
                let problem = format!("{} is no number; count it instead", quote(&measure.field));
                violations.add("measures", problem);
            }
        }
    }
    violations
}

fn column(kind: &'static Kind, field: &str) -> Option<&'static Column> {
    let columns = kind.plan().ok()?.columns.0;
    columns.iter().find(|column| column.field() == field)
}

fn unknown(kind: &'static Kind, field: &str) -> String {
    let columns = kind.plan().map(|plan| plan.columns.0).unwrap_or_default();
    let names: Vec<&str> = columns.iter().map(Column::field).collect();
    let (quoted, names) = (quote(field), names.join("`, `"));
    format!(
        "{quoted} is not a field of a {}; give one of `{names}`",
        kind.name
    )
}

/// What is selected, once every field was found.
struct Statement<'a> {
    keys: Vec<(&'static Column, bool)>,
    currency: Option<&'static Column>,
    measures: Vec<(&'a Measure, Option<&'static Column>)>,
}

impl<'a> Statement<'a> {
    fn of(kind: &'static Kind, asked: &'a Aggregate) -> Result<Self, Refusal> {
        let mut keys = Vec::new();
        for group in &asked.groups {
            let missing = || service_kit::status::internal_message("a group without a column");
            let column = column(kind, &group.field).ok_or_else(missing)?;
            keys.push((column, group.by_month));
        }
        let is_amount = |measure: &Measure| {
            measure.function != Function::Count && measure.field.ends_with(AMOUNT)
        };
        let has_amount = asked.measures.iter().any(is_amount);
        let currency = column(kind, CURRENCY).filter(|_| has_amount);
        let measures = asked.measures.iter();
        Ok(Self {
            keys,
            currency,
            measures: measures
                .map(|measure| (measure, column(kind, &measure.field)))
                .collect(),
        })
    }

    fn write_columns(&self, db: DbKind, sql: &mut Sql) {
        for (column, by_month) in &self.keys {
            match (by_month, db) {
                (false, _) => sql.push(column.sql()),
                (true, DbKind::Sqlite) => sql
                    .push("strftime('%Y-%m', ")
                    .push(column.sql())
                    .push(" / 1000000, 'unixepoch')"),
                (true, DbKind::Postgres) => sql
                    .push("to_char(to_timestamp(")
                    .push(column.sql())
                    .push(" / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM')"),
            };
            sql.push(", ");
        }
        if let Some(currency) = self.currency {
            sql.push(currency.sql()).push(", ");
        }
        for (index, (measure, column)) in self.measures.iter().enumerate() {
            sql.push(if index > 0 { ", " } else { "" });
            let held = column.map_or("*", Column::sql);
            let (before, after) = match measure.function {
                Function::Count => ("COUNT(", ")"),
                Function::Sum => ("CAST(SUM(", ") AS BIGINT)"),
                Function::Average => ("CAST(AVG(", ") AS DOUBLE PRECISION)"),
                Function::Min => ("MIN(", ")"),
                Function::Max => ("MAX(", ")"),
            };
            sql.push(before).push(held).push(after);
        }
    }

    /// By their places, so that an expression stands once.
    fn write_groups(&self, sql: &mut Sql) {
        const PLACES: [&str; 4] = ["", "1", "1, 2", "1, 2, 3"];
        let count = self.keys.len() + usize::from(self.currency.is_some());
        let places = PLACES.get(count).copied().unwrap_or_default();
        if !places.is_empty() {
            sql.push(" GROUP BY ").push(places);
            sql.push(" ORDER BY ").push(places);
        }
    }

    fn figures(&self, row: &Cells) -> Figures {
        let keys = self.keys.iter().enumerate();
        let keys: Vec<String> = keys
            .map(|(at, (column, _))| spelt(column.kind(), row.0.get(at)))
            .collect();
        let mut at = keys.len();
        let currency = self.currency.map(|_| {
            at += 1;
            row.text(at - 1).unwrap_or_default().to_owned()
        });
        let values = (at..at + self.measures.len()).map(|at| match row.0.get(at) {
            Some(Col::Integer(Some(whole))) => Figure::Whole(*whole),
            Some(Col::Double(Some(fraction))) => Figure::Fraction(*fraction),
            _ => Figure::None,
        });
        Figures {
            keys,
            currency,
            values: values.collect(),
        }
    }
}

/// A value as a filter spells it.
fn spelt(kind: ColumnKind, cell: Option<&Col>) -> String {
    match (kind, cell) {
        (ColumnKind::Choice(names), Some(Col::Integer(Some(number)))) => {
            let name = names.iter().find(|(_, value)| value == number);
            name.map_or_else(|| number.to_string(), |(name, _)| (*name).to_owned())
        }
        (ColumnKind::Bool, Some(Col::Integer(Some(number)))) => (*number != 0).to_string(),
        (_, Some(Col::Integer(Some(number)))) => number.to_string(),
        (_, Some(Col::Bool(Some(flag)))) => flag.to_string(),
        (_, Some(Col::Text(Some(text)))) => text.clone(),
        _ => String::new(),
    }
}
