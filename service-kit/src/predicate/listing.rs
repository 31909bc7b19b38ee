//! The statements of a list: its reach, a page of it, its count.

use super::branch::{Branch, branches, spread};
use super::condition::{Condition, Unmapped};
use super::mapping::Mapping;
use super::write::Spelling;
use crate::db::Stmt;
use crate::query::{BadPlace, Columns, Filter, Order, QueryError, Sql};
use menshen_proto::authz::v1::Predicate;
use serde_json::Value;

/// Above this many rows within reach it no longer matters how many there are. Up to it, finding all
/// of them costs about as much as walking the order's index until a page is full.
pub const REACH_CAP: u32 = 2_000;

/// A list as it was asked for, about the rows of one mapping.
#[derive(Debug)]
pub struct Listing<'a> {
    mapping: &'static Mapping,
    condition: Condition,
    only: &'static str,
    columns: Columns,
    filter: &'a Filter,
}

/// Two ways to put the same question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// For who sees much: walk the order's index and look at each row until the page is full. With an
    /// index over the order, the id and the columns of the relations no other row is touched.
    Walk,
    /// For who sees little: find the rows of each alternative by its own index, each cut at a page,
    /// and merge them.
    Branches,
}

/// Why a list's statement cannot be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The predicate names what the rows do not have: a mistake of ours.
    #[error(transparent)]
    Unmapped(#[from] Unmapped),
    /// The filter does not suit the columns: the caller's mistake, in `filter`.
    #[error(transparent)]
    Filter(#[from] QueryError),
    /// The place does not suit the order: the caller's mistake, in `page_token`.
    #[error(transparent)]
    Place(#[from] BadPlace),
}

impl Shape {
    /// The shape for this many rows within reach, counted up to [`REACH_CAP`].
    pub fn for_reach(reach: i64) -> Self {
        if reach < i64::from(REACH_CAP) {
            Self::Branches
        } else {
            Self::Walk
        }
    }
}

impl<'a> Listing<'a> {
    /// A list of the rows that the predicate and the filter select, and that a fixed condition of the
    /// store holds for, such as `c.deleted_at IS NULL`.
    ///
    /// # Errors
    /// The predicate names what the mapping does not have.
    pub fn new(
        mapping: &'static Mapping,
        predicate: &Predicate,
        only: &'static str,
        columns: Columns,
        filter: &'a Filter,
    ) -> Result<Self, ListError> {
        let condition = Condition::of(predicate, mapping)?;
        Ok(Self {
            mapping,
            condition,
            only,
            columns,
            filter,
        })
    }

    /// Whether no row can be in it: no statement is needed.
    pub fn is_empty(&self) -> bool {
        self.condition.is_never()
    }

    /// Counts the rows within reach, whatever the filter, each alternative up to [`REACH_CAP`]: one
    /// BIGINT, never less than there are, for [`Shape::for_reach`]. `None` where there is no choice:
    /// then the shape is [`Shape::Walk`].
    pub fn reach(&self) -> Option<Stmt> {
        let alternatives = branches(&self.condition)?;
        let mut sql = Sql::new("SELECT ");
        for (index, branch) in alternatives.iter().enumerate() {
            sql.push(if index > 0 { " + " } else { "" });
            self.write_reach(&branch.driver, &mut sql);
        }
        Some(sql.into_stmt())
    }

    /// One page: these columns of the rows after a place, in order, at most this many.
    ///
    /// # Errors
    /// The filter does not suit the columns, or the place the order.
    pub fn page(
        &self,
        shape: Shape,
        select: &'static str,
        order: &Order,
        after: Option<&[Value]>,
        limit: u32,
    ) -> Result<Stmt, ListError> {
        let cut = Cut {
            order,
            after,
            limit,
        };
        let mut sql = Sql::new("SELECT ");
        sql.push(select).push(" FROM ").push(self.mapping.table);
        sql.push(" WHERE ").push(self.mapping.id).push(" IN (");
        match self.alternatives(shape) {
            Some(alternatives) => {
                self.write_branches(&spread(alternatives), Some(&cut), &mut sql)?;
            }
            None => self.write_walk(&cut, &mut sql)?,
        }
        sql.push(") ORDER BY ");
        order.write(&mut sql);
        sql.push(" LIMIT ").number(limit);
        Ok(sql.into_stmt())
    }

    /// Goes on with a SELECT of the ids of all rows, for what stands around it: `… IN (SELECT …)`.
    ///
    /// # Errors
    /// The filter does not suit the columns.
    pub fn write_ids(&self, sql: &mut Sql) -> Result<(), ListError> {
        sql.push("SELECT ").push(self.mapping.id).push(" FROM ");
        sql.push(self.mapping.table).push(" WHERE ");
        self.write_where(&self.condition, sql)
    }

    /// Counts the rows, up to a cap if there is one: one BIGINT.
    ///
    /// # Errors
    /// The filter does not suit the columns.
    pub fn count(&self, shape: Shape, cap: Option<u32>) -> Result<Stmt, ListError> {
        let mut sql = Sql::new("SELECT COUNT(*) FROM (");
        sql.push("SELECT 1 FROM ")
            .push(self.mapping.table)
            .push(" WHERE ");
        if let Some(alternatives) = self.alternatives(shape) {
            sql.push(self.mapping.id).push(" IN (");
            self.write_branches(&alternatives, None, &mut sql)?;
            sql.push(")");
        } else {
            self.write_where(&self.condition, &mut sql)?;
        }
        if let Some(cap) = cap {
            sql.push(" LIMIT ").number(cap);
        }
        sql.push(") AS counted");
        Ok(sql.into_stmt())
    }

    /// The branches, if that is the shape and there are any.
    fn alternatives(&self, shape: Shape) -> Option<Vec<Branch>> {
        match shape {
            Shape::Walk => None,
            Shape::Branches => branches(&self.condition),
        }
    }

    fn write_reach(&self, driver: &Condition, sql: &mut Sql) {
        if let Condition::Ids(ids) = driver {
            // So many at most; to look for them would cost more than to know.
            sql.push("CAST(")
                .number(u32::try_from(ids.len()).unwrap_or(REACH_CAP));
            sql.push(" AS BIGINT)");
            return;
        }
        sql.push("(SELECT COUNT(*) FROM (SELECT 1 FROM ")
            .push(self.mapping.table)
            .push(" WHERE ");
        if !self.only.is_empty() {
            // Partial indexes serve only who says this.
            sql.push(self.only).push(" AND ");
        }
        driver.write(self.mapping.id, Spelling::Seek, sql);
        sql.push(" LIMIT ").number(REACH_CAP).push(") AS counted)");
    }

    /// The ids of the first rows of the order for which everything holds.
    fn write_walk(&self, cut: &Cut<'_>, sql: &mut Sql) -> Result<(), ListError> {
        sql.push("SELECT ")
            .push(self.mapping.id)
            .push(" FROM ")
            .push(self.mapping.table);
        sql.push(" WHERE ");
        self.write_where(&self.condition, sql)?;
        cut.write(sql)
    }

    /// The ids of the rows of each alternative. What is in two of them is there twice; `IN` does not
    /// mind.
    fn write_branches(
        &self,
        branches: &[Branch],
        cut: Option<&Cut<'_>>,
        sql: &mut Sql,
    ) -> Result<(), ListError> {
        for (index, branch) in branches.iter().enumerate() {
            sql.push(if index > 0 { " UNION ALL " } else { "" });
            // A branch with an order of its own must be a table of its own.
            sql.push("SELECT branch.id FROM (SELECT ")
                .push(self.mapping.id)
                .push(" AS id FROM ");
            sql.push(self.mapping.table).push(" WHERE ");
            branch.driver.write(self.mapping.id, Spelling::Seek, sql);
            sql.push(" AND ");
            self.write_where(&Condition::All(branch.rest.clone()), sql)?;
            match cut {
                Some(cut) if branch.driver.is_point() => cut.write(sql)?,
                // An order would tempt the planner to walk it; within reach are few.
                Some(cut) => cut.write_place(sql)?,
                None => {}
            }
            sql.push(") AS branch");
        }
        Ok(())
    }

    /// The condition, the store's own, and the filter.
    fn write_where(&self, condition: &Condition, sql: &mut Sql) -> Result<(), ListError> {
        if !self.only.is_empty() {
            sql.push(self.only).push(" AND ");
        }
        match condition {
            Condition::All(parts) if parts.is_empty() => {}
            condition => {
                condition.write(self.mapping.id, Spelling::Look, sql);
                sql.push(" AND ");
            }
        }
        self.columns.write_filter(self.filter, sql)?;
        Ok(())
    }
}

/// Where a page begins and ends.
struct Cut<'a> {
    order: &'a Order,
    after: Option<&'a [Value]>,
    limit: u32,
}

impl Cut<'_> {
    /// The rows after the place, in order, as many as a page has.
    fn write(&self, sql: &mut Sql) -> Result<(), ListError> {
        self.write_place(sql)?;
        sql.push(" ORDER BY ");
        self.order.write(sql);
        sql.push(" LIMIT ").number(self.limit);
        Ok(())
    }

    /// The rows after the place.
    fn write_place(&self, sql: &mut Sql) -> Result<(), ListError> {
        if let Some(place) = self.after {
            sql.push(" AND ");
            self.order.write_after(place, sql)?;
        }
        Ok(())
    }
}
