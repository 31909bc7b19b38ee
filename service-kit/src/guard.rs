//! The guard: one tower layer that every call of both services goes through.
//!
//! It reads the method's rule (`menshen_proto::rules`), recognises the caller, fetches the record's
//! contextual relationships from its [`source::RecordSource`], asks the [`decider::Decider`], and hands
//! the handler a [`permit::Permit`], [`permit::Permits`], [`permit::Admission`] or [`permit::Scope`].
//! Nothing else can make one, and no store function of a guarded resource runs without one.
//!
//! What it promises:
//!
//! - A method without a rule does not run. An error or a missing answer is never an allow.
//! - A record that the caller may not see is answered like one that does not exist, byte for byte.
//! - A field that the caller may not read is in no answer, in no filter and in no order.
//! - A field that the caller may not write is refused, never dropped.
//! - A write is decided on the row version that it changes, or decided again.

mod about_self;
mod answer_body;
mod batch;
mod body;
mod core;
mod credentials;
mod decide;
pub mod decider;
mod fields;
mod layer;
pub mod permit;
mod plan;
pub mod reach;
mod redact;
mod refusal;
mod remote;
mod request;
pub mod source;
mod table;
#[cfg(test)]
mod tests;
mod wire;

pub use credentials::CredentialReader;
pub use layer::{Guard, GuardLayer, methods_of};
pub use plan::Incomplete;
pub use remote::{RemoteDecider, RemoteSettings};
pub use table::table;
