//! Marketing 市场: strategies, plans and campaigns, whom they are for, and what is sent to them.

mod address;
mod approval;
pub(crate) mod campaign;
pub(crate) mod campaign_member;
pub(crate) mod consent;
pub(crate) mod marketing_plan;
pub(crate) mod preference;
mod secret;
pub(crate) mod segment;
pub(crate) mod send_batch;
pub(crate) mod sending;
pub(crate) mod strategy;
pub(crate) mod suppression;
pub(crate) mod template;
mod terms;
