//! What a user of the two services relies on, tried from outside: real binaries, real sockets, TLS,
//! both databases.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod ask;
mod expect;

mod absent;
mod checks;
mod collation;
mod credential;
mod customer_rules;
mod documents;
mod fields;
mod first_start;
mod grants;
mod guarded;
mod health;
mod identity;
mod lists;
mod operation;
mod outage;
mod partition;
mod reflection;
mod revocation;
mod scenarios;
mod schema;
mod sharing;
mod startup;
mod storage;
mod streams;
mod writes;
