//! SQL, one file a table group; one text for both databases.

pub mod activation_tokens;
pub mod audit;
pub mod changes;
pub mod credentials;
pub mod departments;
pub mod info;
pub mod relationships;
pub mod requests;
pub mod schemas;
pub mod service_accounts;
pub mod sessions;
pub mod signing_keys;
pub mod users;

mod pattern;
mod relationship_row;
mod rows;

pub use pattern::{Either, Pattern};
pub use relationship_row::StoredGrant;

use service_kit::db::Migrations;

/// Every migration, oldest first.
pub const MIGRATIONS: Migrations = Migrations::new(&[(
    "0001_initial",
    include_str!("../migrations/0001_initial.sql"),
)]);
