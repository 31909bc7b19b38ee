//! Which rows a person may see: a predicate of authz-service as SQL over the CRM's own columns.
//!
//! - [`Mapping`]: how the rows of a table hold their contextual relations
//! - [`Condition`]: a predicate understood in terms of a mapping; what it names and the mapping does
//!   not is an error, never "everything"
//! - [`Listing`]: a list's statements: how much is within reach, a page, a count
//! - [`Shape`]: two ways to put the same question; which is fast depends on the reach
//!
//! Every part of a condition is true or false, never NULL, so that NOT of what a row has nothing of
//! selects the row.

mod branch;
mod condition;
mod listing;
mod mapping;
#[cfg(any(test, feature = "testing"))]
pub mod matches;
#[cfg(test)]
mod tests;
mod write;

pub use condition::{Condition, Unmapped};
pub use listing::{ListError, Listing, REACH_CAP, Shape};
pub use mapping::{Foreign, Held, Holding, Mapping};
