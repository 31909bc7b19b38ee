//! The CRM: customers and what belongs to them, guarded on every call by authz-service.
//!
//! `server → kinds → an area of records → records → service_kit`; the rules of who may call what are in the
//! protos, and the guard in front of the services holds them.

pub mod authz;
pub mod config;
pub mod mail;
pub mod policy;
pub mod server;

mod bulk;
mod collaboration;
mod crm;
mod customers;
mod in_force;
mod kinds;
mod marketing;
mod records;
mod reports;
mod sales;
mod settings;
mod support;
