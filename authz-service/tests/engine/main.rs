//! The engine against a naive reference: random schemas, relationships and questions.

mod check;
mod crm;
mod expressions;
mod filter;
mod oracle;
mod rows;
mod snapshot;
mod strata;
mod worlds;
