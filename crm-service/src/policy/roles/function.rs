//! The operations that a role may include, and the relations of a module that hold them.

use serde::Deserialize;

macro_rules! functions {
    ($($name:ident => $relation:literal,)+) => {
        /// An operation that a role may include, written in snake case in the rights files.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum Function {
            $($name,)+
        }

        impl Function {
            /// The relation of `module` that holds it.
            pub(super) fn relation(self) -> &'static str {
                match self {
                    $(Self::$name => $relation,)+
                }
            }
        }
    };
}

functions! {
    Create => "creator",
    Read => "reader",
    Update => "updater",
    Delete => "deleter",
    Restore => "restorer",
    Transfer => "transferrer",
    Share => "sharer",
    Export => "exporter",
    Import => "importer",
    Configure => "configurer",
    Merge => "merger",
    Claim => "claimer",
    Assign => "assigner",
    Dedupe => "deduper",
    Serve => "server",
    Bulk => "bulk_changer",
    Convert => "converter",
    Reopen => "reopener",
    Approve => "approver",
    Sign => "signer",
    Terminate => "terminator",
    Launch => "launcher",
    Close => "closer",
    Escalate => "escalator",
    Run => "runner",
    Override => "overrider",
}
