//! Starts the real binaries and talks to them over real sockets, as a user's own program would.
//!
//! The tests in `tests/` and the commands of `cargo xtask` are built on this.

pub mod binaries;
pub mod company;
pub mod database;
pub mod demo;
pub mod dynamic;
pub mod fact;
pub mod postgres;
pub mod refusal;
pub mod service;
pub mod session;
pub mod watchdog;
pub mod world;

/// What went wrong, as one sentence: nobody matches on the errors of a test harness.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A result whose error is only ever shown.
pub type Result<T> = std::result::Result<T, Fault>;
