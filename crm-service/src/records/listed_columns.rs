//! The columns that lists filter, order and search by.

use super::field::Holds;
use super::kind::Kind;
use super::plan::{Planned, folded, kept};
use prost_reflect::FieldDescriptor;
use service_kit::query::{Column, ColumnKind, Columns};

/// Those of a kind: its fields, whose the record is, and what every record has.
///
/// # Errors
/// A choice whose field is no enum.
pub(super) fn columns(kind: &Kind, fields: &[Planned]) -> Result<Columns, String> {
    let column = |field: &'static str, name: &str, holds: ColumnKind| {
        Column::new(field, kept(format!("r.{name}")), holds)
    };
    let mut columns = vec![column("id", "id", ColumnKind::Text)];
    if kind.is_owned {
        columns.push(column("owner", "owner_id", ColumnKind::Text).nullable());
        columns.push(column("department", "department_id", ColumnKind::Text).nullable());
        let (table, name) = (kind.teams_table(), kind.name);
        let teams = format!("SELECT f.team_id FROM {table} f WHERE f.{name}_id = r.id");
        columns.push(Column::new("teams", kept(teams), ColumnKind::Set));
    }
    for planned in fields {
        columns.extend(listed(planned)?);
    }
    columns.extend([
        column("created_at", "created_at_us", ColumnKind::Time),
        column("created_by", "created_by", ColumnKind::Text),
        column("updated_at", "updated_at_us", ColumnKind::Time),
        column("updated_by", "updated_by", ColumnKind::Text),
        column("deleted_at", "deleted_at_us", ColumnKind::Time).nullable(),
    ]);
    Ok(Columns(columns.leak()))
}

/// The column that lists see of a field. `None`: they cannot look into it.
fn listed(planned: &Planned) -> Result<Option<Column>, String> {
    let Planned {
        field,
        descriptor,
        column,
    } = planned;
    let sql = kept(format!("r.{column}"));
    let made = match field.holds {
        Holds::Json => return Ok(None),
        Holds::Money => {
            let path = kept(format!("{}.amount_minor", field.name));
            Column::new(path, sql, ColumnKind::Integer).nullable()
        }
        Holds::Time | Holds::Past => Column::new(field.name, sql, ColumnKind::Time).nullable(),
        Holds::Flag => Column::new(field.name, sql, ColumnKind::Bool),
        Holds::Number(..) if descriptor.supports_presence() => {
            Column::new(field.name, sql, ColumnKind::Integer).nullable()
        }
        Holds::Number(..) => Column::new(field.name, sql, ColumnKind::Integer),
        Holds::Choice(_) => Column::new(field.name, sql, ColumnKind::Choice(names(descriptor)?)),
        Holds::Person { .. } | Holds::Parent(_) | Holds::Link(..) | Holds::Home(_) => {
            Column::new(field.name, sql, ColumnKind::Text).nullable()
        }
        Holds::Line(..)
        | Holds::Text(..)
        | Holds::Word(_)
        | Holds::Email
        | Holds::Phone
        | Holds::Url
        | Holds::Date
        | Holds::PastDate => Column::new(field.name, sql, ColumnKind::Text),
    };
    let made = if field.is_searched {
        made.folded(kept(format!("r.{}", folded(column))))
    } else {
        made
    };
    Ok(Some(if field.is_sortable {
        made
    } else {
        made.unsortable()
    }))
}

/// The values of an enum but the unspecified one, as callers write them.
fn names(descriptor: &FieldDescriptor) -> Result<&'static [(&'static str, i64)], String> {
    let kind = descriptor.kind();
    let values = kind
        .as_enum()
        .ok_or_else(|| format!("`{}` is not an enum", descriptor.full_name()))?
        .values()
        .filter(|value| value.number() != 0)
        .map(|value| (kept(value.name().to_owned()), i64::from(value.number())));
    Ok(values.collect::<Vec<_>>().leak())
}
