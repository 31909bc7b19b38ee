//! Grants: relationships written and deleted, with who, why, until when, and who let them.

pub mod administrators;
mod authorize;
mod order;
mod perform;
pub mod queue;
mod validate;

pub use order::{Kind, Order};
pub use perform::perform;
