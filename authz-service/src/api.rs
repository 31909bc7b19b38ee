//! gRPC, one service a file. What a call means is decided behind it.

pub mod convert;
pub mod error;
