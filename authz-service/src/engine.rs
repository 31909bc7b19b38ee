//! The authorization engine: pure, no I/O, no clock of its own.
//!
//! * [`mod@reference`] — the names of things: `user:alice`, `role:sales_rep#member`, `user:*`.
//! * [`relationship`] — one fact: resource, relation, subject, condition, expiry.
//! * [`schema`] — the model language: parse, compile, type rules, warnings.
//! * [`condition`] — CEL conditions, three-valued.

pub mod condition;
pub mod reference;
pub mod relationship;
pub mod schema;
