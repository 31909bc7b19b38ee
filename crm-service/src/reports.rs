//! What many records amount to, for whoever looks: reports, and the views that people keep of lists.

pub(crate) mod report_definition;
pub(crate) mod saved_view;
