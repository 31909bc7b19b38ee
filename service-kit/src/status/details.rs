//! The details of a status: the same bytes for the same refusal.

use super::{DOMAIN, Reason};
use prost::Message;
use prost_types::Any;
use std::collections::BTreeMap;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::pb;
use tonic_types::pb::bad_request::FieldViolation;
use tonic_types::pb::precondition_failure::Violation;

/// `google.rpc.ErrorInfo` with its metadata in order. The generated one keeps them in a hash map, so
/// that no two refusals were alike.
#[derive(Clone, PartialEq, Message)]
struct ErrorInfo {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
    #[prost(btree_map = "string, string", tag = "3")]
    metadata: BTreeMap<String, String>,
}

/// A status with its reason and what else programs may read.
pub(super) fn made(
    code: Code,
    message: impl Into<String>,
    reason: Reason,
    metadata: impl IntoIterator<Item = (&'static str, String)>,
    more: Option<Any>,
) -> Status {
    let message = message.into();
    let metadata = metadata.into_iter();
    let info = ErrorInfo {
        reason: reason.as_str().to_owned(),
        domain: DOMAIN.to_owned(),
        metadata: metadata.map(|(key, text)| (key.to_owned(), text)).collect(),
    };
    let mut details = vec![any("ErrorInfo", &info)];
    details.extend(more);
    let all = pb::Status {
        code: code.into(),
        message: message.clone(),
        details,
    };
    Status::with_details(code, message, all.encode_to_vec().into())
}

/// Each problem with its field.
pub(super) fn bad_request(problems: Vec<(String, String)>) -> Any {
    let violations = problems.into_iter().map(|(field, problem)| FieldViolation {
        field,
        description: problem,
        ..FieldViolation::default()
    });
    let request = pb::BadRequest {
        field_violations: violations.collect(),
    };
    any("BadRequest", &request)
}

/// What must be changed first, on which subject.
pub(super) fn precondition(reason: Reason, subject: String, description: String) -> Any {
    let violation = Violation {
        r#type: reason.as_str().to_owned(),
        subject,
        description,
    };
    let failure = pb::PreconditionFailure {
        violations: vec![violation],
    };
    any("PreconditionFailure", &failure)
}

/// When to ask again.
pub(super) fn retry(after: Duration) -> Any {
    let info = pb::RetryInfo {
        // None where it is longer than a protobuf duration can be: then there is no use in waiting.
        retry_delay: after.try_into().ok(),
    };
    any("RetryInfo", &info)
}

fn any(name: &str, detail: &impl Message) -> Any {
    Any {
        type_url: format!("type.googleapis.com/google.rpc.{name}"),
        value: detail.encode_to_vec(),
    }
}
