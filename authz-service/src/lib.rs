//! Menshen's authorization service: who may do what, why, until when, and who said so.
//!
//! `api → services (grants, identity, governance, audit) → engine / store`; the engine knows nobody.

pub mod engine;
