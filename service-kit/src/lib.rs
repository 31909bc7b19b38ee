//! What both services need to be a service, and no word of their business.

pub mod caller;
pub mod db;
pub mod guard;
