//! What colleagues do together: notes, tasks, meetings and files about a record, and what they are told of.

pub(crate) mod attachment;
pub(crate) mod content;
pub(crate) mod inbox;
pub(crate) mod meeting;
mod mentions;
pub(crate) mod note;
mod people;
pub(crate) mod task;
pub(crate) mod timeline;
