//! The guard: one tower layer that every call of both services goes through.
//!
//! It reads the method's rule (`menshen_proto::rules`), recognises the caller, fetches the record's
//! contextual relationships from its [`source::RecordSource`], asks the [`decider::Decider`], and hands
//! the handler a [`permit::Permit`], [`permit::Permits`], [`permit::Admission`] or [`permit::Scope`].
//! Nothing else can make one, and no store function of a guarded resource runs without one.

pub mod decider;
pub mod permit;
pub mod source;
