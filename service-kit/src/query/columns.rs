//! Which fields of a resource may be filtered and ordered by, and the columns that hold them.

use super::QueryError;

/// How close a name must be to be suggested.
const CLOSE_ENOUGH: f64 = 0.7;

/// The columns of a resource, as a constant of its store.
#[derive(Clone, Copy, Debug)]
pub struct Columns(pub &'static [Column]);

/// A field and the column that holds it.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub(super) field: &'static str,
    pub(super) sql: &'static str,
    pub(super) kind: ColumnKind,
    pub(super) folded: Option<&'static str>,
    pub(super) is_nullable: bool,
    pub(super) is_sortable: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// TEXT.
    Text,
    /// BIGINT.
    Integer,
    /// BOOLEAN.
    Bool,
    /// BIGINT: microseconds since 1970. Written as RFC 3339.
    Time,
    /// BIGINT: one of these, written by name.
    Choice(&'static [(&'static str, i64)]),
    /// Several texts, none of them NULL: the "column" is the query that selects those of a row. `:` asks
    /// whether one of them is the text.
    Set,
}

impl Column {
    /// A field named as in the message, dotted for a part of it, held by a column of the query, for
    /// example `Column::new("owner", "c.owner_id", ColumnKind::Text)`. It may be filtered and ordered
    /// by, and is never NULL.
    pub const fn new(field: &'static str, sql: &'static str, kind: ColumnKind) -> Self {
        Self {
            field,
            sql,
            kind,
            folded: None,
            is_nullable: false,
            is_sortable: !matches!(kind, ColumnKind::Set),
        }
    }

    /// NULL means that the field is empty.
    #[must_use]
    pub const fn nullable(self) -> Self {
        Self {
            is_nullable: true,
            ..self
        }
    }

    /// The column that holds the same text after [`fold`]: `:` then disregards case.
    #[must_use]
    pub const fn folded(self, sql: &'static str) -> Self {
        Self {
            folded: Some(sql),
            ..self
        }
    }

    /// Not to be ordered by: no index would help.
    #[must_use]
    pub const fn unsortable(self) -> Self {
        Self {
            is_sortable: false,
            ..self
        }
    }

    /// The column, as the statements name it.
    pub fn sql(&self) -> &'static str {
        self.sql
    }

    /// What it holds.
    pub fn kind(&self) -> ColumnKind {
        self.kind
    }

    /// The field's name.
    pub fn field(&self) -> &'static str {
        self.field
    }
}

impl Columns {
    /// The column of a field.
    pub(super) fn find(&self, field: &str, position: usize) -> Result<&'static Column, QueryError> {
        self.0
            .iter()
            .find(|column| column.field == field)
            .ok_or_else(|| {
                let names = self.0.iter().map(|column| column.field);
                let suggestion = closest(field, names).map(str::to_owned);
                QueryError::UnknownField {
                    position,
                    field: field.to_owned(),
                    suggestion,
                }
            })
    }
}

/// A text without case, for a column that is searched: written when the row is.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// The name that was probably meant.
pub(super) fn closest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(closeness, _)| *closeness >= CLOSE_ENOUGH)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}
