//! The access model as data: the schema, the roles, and how they reach authz-service.

pub mod roles;
