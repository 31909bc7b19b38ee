//! What every kind of record needs, and no word about any of them.

pub(crate) mod currency;
pub(crate) mod message;
pub(crate) mod time;
pub(crate) mod violations;
