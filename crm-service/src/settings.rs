//! Settings 系统设置: what holds for the whole organization.

pub(crate) mod api;
pub(crate) mod domain;
pub(crate) mod store;
