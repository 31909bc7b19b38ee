//! What a filter says, independent of any table.

use super::QueryError;
use super::parser::parse;
use std::collections::BTreeSet;

/// A filter; the empty one selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub(super) root: Option<Expression>,
}

/// A condition over the fields of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// Each of these holds.
    All(Vec<Expression>),
    /// At least one of these holds.
    Any(Vec<Expression>),
    /// This does not hold.
    Not(Box<Expression>),
    /// A field compares so to a value.
    Is(Comparison),
}

/// `field operator value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The field's name in the message, dotted for a part of it.
    pub field: String,
    /// How it is compared.
    pub operator: Operator,
    /// To what.
    pub value: Literal,
    /// Where the field's name begins: from 1, in characters.
    pub position: usize,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`: also where the field has no value.
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `:`: contains, without regard to case where the field allows it.
    Contains,
}

/// A value as it was written. What it means depends on the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Without quotes.
    pub text: String,
    /// Where it begins: from 1, in characters.
    pub position: usize,
}

impl Filter {
    /// Reads a filter: the part of AIP-160 that has a meaning for rows.
    ///
    /// Comparisons `= != < <= > >= :`, `AND` (or just a space), `OR`, `NOT` or `-`, parentheses. As
    /// in AIP-160, `OR` binds tighter than `AND`: `a AND b OR c` is `a AND (b OR c)`.
    ///
    /// # Errors
    /// With the place and what to write: anything else, more than 4,096 bytes, more than 100
    /// comparisons, parentheses and negations more than 20 deep.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        parse(text).map(|root| Self { root })
    }

    /// The condition; `None` selects everything.
    pub fn root(&self) -> Option<&Expression> {
        self.root.as_ref()
    }

    /// The names of the fields that it compares, sorted, each once.
    pub fn fields(&self) -> BTreeSet<&str> {
        let mut fields = BTreeSet::new();
        if let Some(root) = &self.root {
            root.collect_fields(&mut fields);
        }
        fields
    }
}

impl Expression {
    fn collect_fields<'a>(&'a self, fields: &mut BTreeSet<&'a str>) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.collect_fields(fields);
                }
            }
            Self::Not(part) => part.collect_fields(fields),
            Self::Is(comparison) => {
                fields.insert(&comparison.field);
            }
        }
    }
}
