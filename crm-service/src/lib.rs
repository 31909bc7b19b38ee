//! The CRM: customers and what belongs to them, guarded on every call by authz-service.

pub mod policy;

mod authz;
mod crm;
mod customers;
mod records;
mod settings;
