//! Customers 客户 and what belongs to them: contacts, interactions, purchases.

pub(crate) mod contact;
pub(crate) mod customer;
pub(crate) mod duplicates;
pub(crate) mod interaction;
pub(crate) mod pool;
pub(crate) mod purchase;
