//! The one place where a [`Status`] is made: a code, a constant reason, a sentence that says what
//! to do, and details for programs (`google.rpc.ErrorInfo`, `BadRequest`, `RetryInfo`, …).

mod details;
mod reason;
mod stale;

pub use reason::Reason;
pub use stale::{STALE_HEADER, is_stale, stale};

use crate::db::DbError;
use crate::ids;
use details::{bad_request, made, precondition, retry};
use menshen_proto::authz::v1::Layer;
use std::error::Error;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// `ErrorInfo.domain` of every error.
pub const DOMAIN: &str = "menshen";
/// How long a caller should wait before it asks again where something is unavailable.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A refusal by one of the layers.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The layer that refused.
    pub layer: Layer,
    /// The permission that is missing, for example `module:customers#deleter` or `delete`.
    pub permission: String,
    /// One sentence for the person refused.
    pub message: String,
    /// How to ask for it.
    pub how_to_ask: String,
    /// The decision's name in the log. May be empty.
    pub decision_id: String,
}

fn plain(code: Code, reason: Reason, message: impl Into<String>) -> Status {
    made(code, message, reason, [], None)
}

/// Whether a refusal, ours or another service's, is for this reason.
pub fn is_because(refusal: &Status, reason: Reason) -> bool {
    refusal
        .get_details_error_info()
        .is_some_and(|info| info.domain == DOMAIN && info.reason == reason.as_str())
}

/// The constant reason of a refusal, ours or another service's. Empty: it has none.
pub fn reason_of(refusal: &Status) -> String {
    let info = refusal.get_details_error_info();
    info.map(|info| info.reason).unwrap_or_default()
}

/// UNAUTHENTICATED.
pub fn unauthenticated(reason: Reason, message: impl Into<String>) -> Status {
    plain(Code::Unauthenticated, reason, message)
}

/// `PERMISSION_DENIED`, with the layer that refused and how to ask.
pub fn permission_denied(refusal: Refusal) -> Status {
    let (reason, layer) = match refusal.layer {
        Layer::Access => (Reason::AccessDenied, "access"),
        Layer::Function => (Reason::FunctionDenied, "function"),
        Layer::Data => (Reason::DataDenied, "data"),
        Layer::Field => (Reason::FieldDenied, "field"),
        Layer::Restriction => (Reason::Restricted, "restriction"),
        Layer::Unspecified => (Reason::PermissionDenied, ""),
    };
    let metadata = [
        ("layer", layer.to_owned()),
        ("permission", refusal.permission),
        ("how_to_ask", refusal.how_to_ask),
        ("decision_id", refusal.decision_id),
    ];
    let metadata = metadata.into_iter().filter(|(_, value)| !value.is_empty());
    made(
        Code::PermissionDenied,
        refusal.message,
        reason,
        metadata,
        None,
    )
}

/// `NOT_FOUND`: the same bytes for a record that does not exist and one that may not be seen.
pub fn not_found(resource_type: &str, id: &str) -> Status {
    let message = format!("there is no {resource_type} `{id}`, or you may not see it");
    plain(Code::NotFound, Reason::NotFound, message)
}

/// `NOT_FOUND`, about a service that this process does not serve.
pub fn no_service(name: &str) -> Status {
    let message = format!("there is no service `{name}` here; ask reflection for those that are");
    plain(Code::NotFound, Reason::NotFound, message)
}

/// `INVALID_ARGUMENT`: each problem with its field, the value and the remedy.
pub fn invalid_argument(problems: Vec<(String, String)>) -> Status {
    let message = problems
        .iter()
        .map(|(field, problem)| format!("{field}: {problem}"));
    let message = message.collect::<Vec<_>>().join("; ");
    invalid(Reason::InvalidArgument, message, problems)
}

/// `INVALID_ARGUMENT` for one field.
pub fn invalid_field(field: impl Into<String>, problem: impl Into<String>) -> Status {
    invalid_argument(vec![(field.into(), problem.into())])
}

/// `INVALID_ARGUMENT` with a reason of its own, for example a schema that does not compile.
pub fn invalid(
    reason: Reason,
    message: impl Into<String>,
    problems: Vec<(String, String)>,
) -> Status {
    let problems = bad_request(problems);
    made(Code::InvalidArgument, message, reason, [], Some(problems))
}

/// `ALREADY_EXISTS`.
pub fn already_exists(message: impl Into<String>) -> Status {
    plain(Code::AlreadyExists, Reason::AlreadyExists, message)
}

/// `FAILED_PRECONDITION`: what must be changed first, on which subject.
pub fn failed_precondition(
    reason: Reason,
    subject: impl Into<String>,
    message: impl Into<String>,
) -> Status {
    let message = message.into();
    let violation = precondition(reason, subject.into(), message.clone());
    made(
        Code::FailedPrecondition,
        message,
        reason,
        [],
        Some(violation),
    )
}

/// ABORTED: the caller's view is out of date, or its request id was used for something else.
pub fn aborted(reason: Reason, message: impl Into<String>) -> Status {
    plain(Code::Aborted, reason, message)
}

/// `INVALID_ARGUMENT`: a request that is no message of its method. `cause` is the decoder's word for
/// it: where that is a nesting too deep, the field is named if it says so.
pub fn unreadable(cause: &str) -> Status {
    if !cause.contains("recursion limit") {
        let problem = "is not a message of this method; check the client's protos";
        return invalid_field("request", problem);
    }
    let path = cause.split(": ").skip(1);
    let fields = path.map_while(|part| {
        let (message, field) = part.split_once('.')?;
        (!matches!(message, "Struct" | "Value" | "ListValue")).then_some(field)
    });
    let field = fields.collect::<Vec<_>>().join(".");
    let field = if field.is_empty() { "request" } else { &field };
    let problem = "is nested too deep: at most 30 lists and objects can stand within each other, as \
                   in a `context`";
    invalid_field(field, problem)
}

/// UNAVAILABLE: nothing was decided or changed; ask again.
pub fn unavailable(reason: Reason, message: impl Into<String>) -> Status {
    let retry = retry(RETRY_AFTER);
    made(Code::Unavailable, message, reason, [], Some(retry))
}

/// UNAVAILABLE, because authz-service does not accept the credential that this service itself shows:
/// no caller can do anything about it, so that it goes to the log.
pub fn own_credential_refused(refusal: &str) -> Status {
    tracing::error!(
        refusal,
        "authz-service does not accept this service's own credential, so that no call is answered: \
         renew its token (MENSHEN_CRM_AUTHZ_TOKEN) or its certificate (crm.pem)"
    );
    unavailable(
        Reason::AuthzUnavailable,
        "this service is not known to authz-service, so nothing was done; tell the operator",
    )
}

/// `RESOURCE_EXHAUSTED`: over a limit; `retry_after` where waiting helps.
pub fn resource_exhausted(
    reason: Reason,
    message: impl Into<String>,
    retry_after: Option<Duration>,
) -> Status {
    let retry = retry_after.map(retry);
    made(Code::ResourceExhausted, message, reason, [], retry)
}

/// `DEADLINE_EXCEEDED`.
pub fn deadline_exceeded(message: impl Into<String>) -> Status {
    plain(Code::DeadlineExceeded, Reason::DeadlineExceeded, message)
}

/// UNIMPLEMENTED: no such method here.
pub fn unimplemented(path: &str) -> Status {
    plain(
        Code::Unimplemented,
        Reason::Unimplemented,
        format!("there is no method `{path}` here"),
    )
}

/// INTERNAL: the cause goes to the log, its id to the caller.
pub fn internal(cause: &dyn Error) -> Status {
    let mut chain = cause.to_string();
    let mut source = cause.source();
    while let Some(cause) = source {
        chain = format!("{chain}: {cause}");
        source = cause.source();
    }
    internal_message(&chain)
}

/// INTERNAL, for a cause that is not an error value.
pub fn internal_message(cause: &str) -> Status {
    let mut random = [0; 6];
    ids::fill(&mut random);
    let error_id = hex::encode(random);
    tracing::error!(error_id, cause, "a call failed for a reason that is ours");
    let message =
        format!("something failed that should not; tell the operator error id {error_id}");
    made(
        Code::Internal,
        message,
        Reason::Internal,
        [("error_id", error_id)],
        None,
    )
}

/// What a caller is told of a database's refusal. Violated constraints are the store's business and
/// count as internal here.
pub fn database(error: &DbError) -> Status {
    match error {
        DbError::Busy(_) => aborted(
            Reason::DatabaseBusy,
            "other writes were in the way; send the call again",
        ),
        DbError::Full(_) => {
            let message =
                "the database has no space left; checks go on, writes are refused until there is";
            resource_exhausted(Reason::StorageFull, message, None)
        }
        DbError::BadText => invalid_field(
            "request",
            "has a text with a NUL character (U+0000), which cannot be stored; leave it out",
        ),
        DbError::Occupied => {
            let message = "the database has as much work as it can take; try again in a moment";
            resource_exhausted(Reason::Overloaded, message, Some(RETRY_AFTER))
        }
        DbError::TooLong(_) => deadline_exceeded(
            "the database was not done in time; ask for less, or with a filter that leaves more out",
        ),
        DbError::Unavailable(cause) => {
            tracing::warn!(%cause, "the database cannot be reached");
            unavailable(
                Reason::DatabaseUnavailable,
                "the database cannot be reached; nothing was changed",
            )
        }
        other => internal(other),
    }
}

#[cfg(test)]
mod tests;
