//! Customers 客户 and what belongs to them: contacts, interactions, purchases.

pub(crate) mod child_source;
pub(crate) mod chosen_id;
pub(crate) mod contact;
pub(crate) mod customer;
pub(crate) mod interaction;
pub(crate) mod mapping;
pub(crate) mod parent;
pub(crate) mod place;
pub(crate) mod purchase;
