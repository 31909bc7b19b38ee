//! Support 客服: tickets, the queues in which they wait, and what is said about them.

pub(crate) mod business_calendar;
pub(crate) mod clocks;
pub(crate) mod queue;
pub(crate) mod sla_policy;
pub(crate) mod ticket;
pub(crate) mod ticket_message;
