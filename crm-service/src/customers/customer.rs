//! A customer 客户.

pub(crate) mod domain;
pub(crate) mod row;
pub(crate) mod write;
