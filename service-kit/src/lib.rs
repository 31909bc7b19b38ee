//! What both services need to be a service, and no word of their business.

pub mod caller;
pub mod clock;
pub mod config;
pub mod db;
pub mod guard;
pub mod ids;
pub mod page;
pub mod predicate;
pub mod query;
pub mod serve;
pub mod status;
pub mod telemetry;
mod time_left;
pub mod tls;
pub mod watch;
