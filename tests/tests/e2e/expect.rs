//! What a call must have answered.

use e2e::refusal::Refusal;
use std::fmt::Debug;
use tonic::{Code, Response, Status};

/// The outcome of a call.
type Outcome<T> = Result<Response<T>, Status>;

/// Refused, with this code.
#[track_caller]
pub(crate) fn refused<T: Debug>(outcome: Outcome<T>, code: Code) -> Status {
    match outcome {
        Ok(answer) => panic!("expected {code:?}, got {:?}", answer.into_inner()),
        Err(status) => {
            assert_eq!(status.code(), code, "{status:?}");
            status
        }
    }
}

/// Refused by one of the layers: access, function, data, field or restriction.
#[track_caller]
pub(crate) fn denied<T: Debug>(outcome: Outcome<T>, layer: &str) -> Status {
    let status = refused(outcome, Code::PermissionDenied);
    assert_eq!(Refusal::of(&status).layer(), layer, "{status:?}");
    status
}

/// Refused, with this code and reason.
#[track_caller]
pub(crate) fn refused_because<T: Debug>(outcome: Outcome<T>, code: Code, reason: &str) -> Status {
    let status = refused(outcome, code);
    assert_eq!(Refusal::of(&status).reason, reason, "{status:?}");
    status
}
