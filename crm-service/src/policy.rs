//! The access model as data: the schema, the roles, and how they reach authz-service.

mod account;
mod apply;
pub mod roles;

pub(crate) use apply::keep_trying;
pub use apply::{Outcome, Policy};

/// The schema that the CRM ships: `policy/crm.zed`.
pub const SCHEMA: &str = include_str!("../policy/crm.zed");
/// The roles that the CRM starts with: `policy/roles.yaml`.
pub const ROLES: &str = include_str!("../policy/roles.yaml");
