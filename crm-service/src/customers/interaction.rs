//! An interaction 沟通记录: one talk with a customer.

pub(crate) mod api;
pub(crate) mod columns;
pub(crate) mod domain;
pub(crate) mod row;
pub(crate) mod write;
