//! Who is calling: people, their departments and sessions, and services.

pub mod access_token;
pub mod password;
pub mod password_hash;
pub mod secret_token;
pub mod throttle;
