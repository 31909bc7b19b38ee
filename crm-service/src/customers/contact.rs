//! A contact 联系人: a person at a customer.

pub(crate) mod api;
pub(crate) mod columns;
pub(crate) mod domain;
pub(crate) mod row;
pub(crate) mod write;
