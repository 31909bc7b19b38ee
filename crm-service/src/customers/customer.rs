//! A customer 客户.

pub(crate) mod admission;
pub(crate) mod api;
pub(crate) mod columns;
pub(crate) mod domain;
pub(crate) mod row;
pub(crate) mod shares;
pub(crate) mod source;
pub(crate) mod transfer;
pub(crate) mod write;
