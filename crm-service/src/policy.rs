//! The access model as data: the schema, the roles, and how they reach authz-service.
//!
//! In `policy/`, by area: `model/` holds the schema, `rights/` what each role may do, `tests/` what both
//! promise together; `roles.yaml` names the roles.

mod account;
mod apply;
mod folder;
pub mod roles;

pub(crate) use apply::keep_trying;
pub use apply::{Outcome, Policy};

use crate::kinds;
use menshen_proto::authz::v1::ContextualRelation;

macro_rules! shipped {
    ($folder:literal, $suffix:literal, $first:literal $(, $area:literal)* $(,)?) => {
        &[
            include_str!(concat!("../policy/", $folder, "/", $first, $suffix)),
            $(include_str!(concat!("../policy/", $folder, "/", $area, $suffix))),*
        ]
    };
}

/// The schema that the CRM ships, the part that the others build on first.
const MODEL: &[&str] = shipped!(
    "model",
    ".zed",
    "base",
    "collaboration",
    "customers",
    "marketing",
    "reports",
    "sales",
    "support",
);
/// What each role may do.
const RIGHTS: &[&str] = shipped!(
    "rights",
    ".yaml",
    "collaboration",
    "customers",
    "marketing",
    "reports",
    "sales",
    "settings",
    "support",
);
/// The roles that the CRM starts with.
const ROLES: &str = include_str!("../policy/roles.yaml");

/// The relations that rows of the CRM hold, each once: what a question about a record carries.
///
/// # Errors
/// A kind of record that does not fit the contract: only of a broken build.
pub fn row_relations() -> Result<Vec<ContextualRelation>, &'static str> {
    kinds::relations()
}
