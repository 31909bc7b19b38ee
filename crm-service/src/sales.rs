//! Sales 销售: leads, what is offered, opportunities, quotes, contracts.

pub(crate) mod contract;
pub(crate) mod lead;
pub(crate) mod opportunity;
pub(crate) mod pipeline;
pub(crate) mod price_book;
pub(crate) mod product;
pub(crate) mod quote;

mod day;
mod makers;
mod offer;
