//! The authorization engine: pure, no I/O, no clock of its own.
//!
//! * [`mod@reference`] — the names of things: `user:alice`, `role:sales_rep#member`, `user:*`.
//! * [`relationship`] — one fact: resource, relation, subject, condition, expiry.
//! * [`schema`] — the model language: parse, compile, type rules, warnings.
//! * [`condition`] — CEL conditions, three-valued.
//! * [`snapshot`] — every relationship at one revision, in memory.
//! * [`check`] — may this subject do this to that?
//! * [`filter`] — which records of a type may this subject do this to, as a condition on their rows?
//! * [`denial`] — which of access, function and data failed, and how to ask for it.
//! * [`budget`] — how much work one question may cost.

pub mod budget;
pub mod check;
pub mod condition;
pub mod denial;
pub mod filter;
pub(crate) mod lookup;
pub mod reference;
pub mod relationship;
pub mod schema;
pub mod snapshot;
