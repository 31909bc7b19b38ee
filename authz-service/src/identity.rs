//! Who is calling: people, their departments and sessions, and services.

pub mod access_token;
pub mod activation;
pub mod authenticate;
pub mod departments;
pub mod password;
pub mod password_hash;
pub mod principals;
pub mod recognised;
pub mod secret_token;
pub mod service_accounts;
pub mod sessions;
pub mod sign_in;
pub mod throttle;
pub mod users;

pub(crate) mod account_id;
mod removal;
