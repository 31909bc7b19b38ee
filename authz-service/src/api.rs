//! gRPC, one service a file. What a call means is decided behind it.

pub mod authz;
pub mod error;
pub mod identity;
pub mod schema;

mod conversation;
mod own_decider;

pub use own_decider::OwnDecider;
