//! The engine against a naive reference: random schemas, relationships and questions.

mod check;
mod expressions;
mod oracle;
mod snapshot;
mod strata;
mod worlds;
