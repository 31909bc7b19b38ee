//! What a user of the two services relies on, tried from outside: real binaries, real sockets, TLS,
//! both databases.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod ask;
mod duplicates;
mod expect;

mod absent;
mod administrators;
mod audit;
mod bulk;
mod checks;
mod collation;
mod contacts;
mod contract;
mod credential;
mod customer_rules;
mod documents;
mod failover;
mod fields;
mod first_start;
mod grants;
mod guarded;
mod health;
mod identity;
mod interactions;
mod lists;
mod matrix;
mod operation;
mod outage;
mod partition;
mod pool;
mod purchases;
mod reflection;
mod revocation;
mod scenarios;
mod schema;
mod settings;
mod sharing;
mod startup;
mod storage;
mod streams;
mod tokens;
mod writes;
