//! What a refused caller is told, in the parts that a program reads.

use std::collections::HashMap;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// A refusal's machine-readable part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The gRPC code.
    pub code: Code,
    /// `ErrorInfo.reason`, for example `ACCESS_DENIED`. Empty: no `ErrorInfo`.
    pub reason: String,
    /// `ErrorInfo.metadata`.
    pub metadata: HashMap<String, String>,
}

impl Refusal {
    /// Reads a status.
    pub fn of(status: &Status) -> Self {
        let info = status.get_details_error_info();
        let (reason, metadata) = info
            .map(|info| (info.reason, info.metadata))
            .unwrap_or_default();
        Self {
            code: status.code(),
            reason,
            metadata,
        }
    }

    /// Which of access, function, data, field and restriction failed. Empty: none is named.
    pub fn layer(&self) -> &str {
        self.metadata.get("layer").map_or("", String::as_str)
    }
}
