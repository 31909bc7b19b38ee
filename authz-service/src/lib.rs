//! Menshen's authorization service: who may do what, why, until when, and who said so.
//!
//! `api → services → store → engine`, where decisions, grants, identity, schemas, rights, write and org are
//! one layer; nothing below `api` knows it, and the engine knows nobody.

pub mod api;
pub mod config;
pub mod convert;
pub mod decision_id;
pub mod decisions;
pub mod engine;
pub mod grants;
pub mod identity;
pub mod meters;
pub mod model;
pub mod org;
pub mod refusal;
pub mod revision_token;
pub mod rights;
pub mod schemas;
pub mod server;
pub mod store;
pub mod write;
