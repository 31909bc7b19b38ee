//! How the rows of a table hold the contextual relations of their type.

/// The rows of one type, as a constant of their store.
#[derive(Debug)]
pub struct Mapping {
    /// The type in the model, for example `customer`.
    pub resource_type: &'static str,
    /// The table and the alias that every column here is written with: `customers c`.
    pub table: &'static str,
    /// The column that holds the id, never NULL: `c.id`.
    pub id: &'static str,
    /// The relations.
    pub relations: &'static [Held],
}

/// One relation and how rows hold it.
#[derive(Debug)]
pub struct Held {
    /// Its name in the model, for example `owner`.
    pub relation: &'static str,
    /// Where it is.
    pub holding: Holding,
}

/// Where a row's subjects of a relation are.
#[derive(Debug)]
pub enum Holding {
    /// One subject in a column: its id without the type. NULL: none.
    Column {
        /// `c.owner_id`
        sql: &'static str,
        /// `user`, or `team#member` where the subject is a set.
        subject: &'static str,
        /// The rows that the column refers to, where a predicate may go on there.
        foreign: Option<&'static Foreign>,
    },
    /// Several subjects in a table of their own.
    Join {
        /// `customer_teams ct`
        table: &'static str,
        /// The column that refers to the row, never NULL: `ct.customer_id`.
        row: &'static str,
        /// The column that holds the subject's id, never NULL: `ct.team_id`.
        sql: &'static str,
        /// `team`, or `team#member` where the subject is a set.
        subject: &'static str,
    },
    /// The same subjects on every row, for example `module:customers`.
    Fixed(&'static [&'static str]),
}

/// The rows that a column refers to.
#[derive(Debug)]
pub struct Foreign {
    /// How they hold their own relations, with an alias of its own.
    pub mapping: &'static Mapping,
    /// Which of them count, for example `p.deleted_at IS NULL`. Empty: all.
    pub only: &'static str,
}

impl Mapping {
    /// How the rows hold a relation.
    pub(super) fn held(&self, relation: &str) -> Option<&'static Holding> {
        let held = self
            .relations
            .iter()
            .find(|held| held.relation == relation)?;
        Some(&held.holding)
    }
}
