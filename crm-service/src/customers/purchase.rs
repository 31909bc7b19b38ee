pub(crate) mod domain;
