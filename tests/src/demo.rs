//! What `cargo xtask demo` shows: each part asked of running services and written for a terminal.

pub mod commands;
pub mod role_table;
pub mod totals;
