//! Menshen's authorization service: who may do what, why, until when, and who said so.
//!
//! `api → services (grants, identity, audit) → engine / store`; the engine knows nobody.

pub mod decision_id;
pub mod engine;
pub mod model;
pub mod revision_token;
