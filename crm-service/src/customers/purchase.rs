//! A purchase 购买记录: what a customer bought.

pub(crate) mod api;
pub(crate) mod columns;
pub(crate) mod domain;
pub(crate) mod row;
pub(crate) mod state;
pub(crate) mod write;
