//! What an organization promises, over its services and without the wire.

mod accounts;
mod administration;
mod departments;
mod grants;
mod sign_in;
mod world;
