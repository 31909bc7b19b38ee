//! Grants: relationships written and deleted, with who, why, until when, and who let them.

pub mod administrators;
mod authorize;
pub mod list;
mod order;
mod perform;
pub mod queue;
mod validate;

pub use order::{Kind, Order, check_reason};
pub use perform::perform;
