//! The house rules, held by reading the sources and the contract.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on must fail"
)]

mod commands;
mod contract;
mod imports;
mod manifests;
mod sources;
mod tidy;
