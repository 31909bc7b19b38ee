//! One change of many records: the methods for one record, called once for each, through the guard.

pub(crate) mod api;
mod calls;
mod loopback;
mod raw;

pub(crate) use loopback::Loopback;
