//! The engine against a naive reference: random schemas, relationships and questions.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod check;
mod crm;
mod expressions;
mod filter;
mod oracle;
mod rows;
mod snapshot;
mod strata;
mod worlds;
