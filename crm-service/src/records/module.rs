//! What is held on a module, and not on a record.

use service_kit::guard::permit::Resource;

/// Marks permits that are about a module.
#[derive(Debug)]
pub(crate) struct Module;

impl Resource for Module {
    const TYPE: &'static str = "module";
}
