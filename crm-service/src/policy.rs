//! The access model as data: the schema, the roles, and how they reach authz-service.

pub(crate) mod apply;
pub mod roles;

pub(crate) use apply::{Outcome, Policy, keep_trying};

/// The schema that the CRM ships: `policy/crm.zed`.
pub const SCHEMA: &str = include_str!("../policy/crm.zed");
/// The roles that the CRM starts with: `policy/roles.yaml`.
pub const ROLES: &str = include_str!("../policy/roles.yaml");
