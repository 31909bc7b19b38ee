//! The public pool 公海: customers without an owner, and how they come in and out of it.

pub(crate) mod api;
mod limits;
pub(crate) mod recycle;

pub(super) use limits::{admit_claim, write_move};
