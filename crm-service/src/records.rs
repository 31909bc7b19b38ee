//! What every kind of record needs, and no word about any of them.

pub(crate) mod call;
pub(crate) mod column;
pub(crate) mod currency;
pub(crate) mod etag;
pub(crate) mod history;
pub(crate) mod history_page;
pub(crate) mod list;
pub(crate) mod listed;
pub(crate) mod message;
pub(crate) mod record;
pub(crate) mod refusal;
pub(crate) mod time;
pub(crate) mod violations;
pub(crate) mod write;
