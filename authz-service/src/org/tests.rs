//! What an organization promises, over its services and without the wire.

mod administration;
mod grants;
mod sign_in;
mod world;
