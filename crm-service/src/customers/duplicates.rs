//! Customers that are here twice: found without showing what may not be seen, and made one.

pub(crate) mod api;
mod find;
mod merge;
mod name_key;

pub(super) use name_key::{keep_name_key, name_key};
