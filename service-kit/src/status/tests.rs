use super::*;

#[test]
fn a_refusal_names_layer_permission_and_how_to_ask() {
    let status = permission_denied(Refusal {
        layer: Layer::Function,
        permission: "module:customers#deleter".to_owned(),
        message: "your roles may not delete customers".to_owned(),
        how_to_ask: "ask an administrator".to_owned(),
        decision_id: "d1".to_owned(),
    });
    let info = status.get_error_details().error_info().cloned().unwrap();
    assert_eq!(
        (status.code(), info.reason.as_str()),
        (Code::PermissionDenied, "FUNCTION_DENIED")
    );
    assert_eq!(info.metadata["layer"], "function");
    assert_eq!(info.metadata["permission"], "module:customers#deleter");
    assert_eq!(info.metadata["how_to_ask"], "ask an administrator");
}

#[test]
fn a_bad_value_is_told_with_its_field() {
    let status = invalid_field("page_size", "must be 1 to 1000 (got 5000)");
    let details = status.get_error_details();
    let violation = details.bad_request().unwrap().field_violations[0].clone();
    assert_eq!(violation.field, "page_size");
    assert_eq!(status.message(), "page_size: must be 1 to 1000 (got 5000)");
}

#[test]
fn an_internal_cause_stays_inside() {
    let status = internal_message("the secret cause");
    assert!(!status.message().contains("secret"), "{}", status.message());
}

#[test]
fn a_stale_row_is_marked_for_the_guard() {
    let response: http::Response<tonic::body::Body> = stale().into_http();
    assert!(is_stale(response.headers()));
}

#[test]
fn a_database_is_told_by_whether_asking_again_helps() {
    let cause = || sqlx::Error::PoolTimedOut;
    for (error, code, reason) in [
        (DbError::Busy(cause()), Code::Aborted, "DATABASE_BUSY"),
        (DbError::Occupied, Code::ResourceExhausted, "OVERLOADED"),
        (
            DbError::TooLong(cause()),
            Code::DeadlineExceeded,
            "DEADLINE_EXCEEDED",
        ),
        (
            DbError::Full(cause()),
            Code::ResourceExhausted,
            "STORAGE_FULL",
        ),
        (
            DbError::Unavailable(cause()),
            Code::Unavailable,
            "DATABASE_UNAVAILABLE",
        ),
        (DbError::Other(cause()), Code::Internal, "INTERNAL"),
        (DbError::BadText, Code::InvalidArgument, "INVALID_ARGUMENT"),
    ] {
        let status = database(&error);
        let details = status.get_error_details();
        let found = &details.error_info().unwrap().reason;
        assert_eq!((status.code(), found.as_str()), (code, reason));
        let helps = ["OVERLOADED", "DATABASE_UNAVAILABLE"].contains(&reason);
        assert_eq!(details.retry_info().is_some(), helps);
    }
}

#[test]
fn an_absent_record_has_constant_bytes() {
    let (one, two) = (not_found("customer", "42"), not_found("customer", "42"));
    assert_eq!(
        (one.message(), one.details()),
        (two.message(), two.details())
    );
}

#[test]
fn the_same_refusal_has_the_same_bytes() {
    let refusal = || {
        permission_denied(Refusal {
            layer: Layer::Data,
            permission: "delete".to_owned(),
            message: "no".to_owned(),
            how_to_ask: "ask an administrator".to_owned(),
            decision_id: "d1".to_owned(),
        })
    };
    let first = refusal();
    for _ in 0..32 {
        assert_eq!(refusal().details(), first.details());
    }
}

#[test]
fn every_detail_is_read_back_as_it_was_made() {
    let refused = failed_precondition(Reason::WrongState, "purchase:p1", "pay it first");
    let details = refused.get_error_details();
    let violation = &details.precondition_failure().unwrap().violations[0];
    assert_eq!(
        (violation.r#type.as_str(), violation.subject.as_str()),
        ("WRONG_STATE", "purchase:p1")
    );
    let wait = Duration::from_millis(2_500);
    let refused = resource_exhausted(Reason::TooManyAttempts, "wait", Some(wait));
    let retry = refused.get_error_details().retry_info().cloned().unwrap();
    assert_eq!(retry.retry_delay, Some(wait));
    assert!(is_because(&refused, Reason::TooManyAttempts));
    assert!(!is_because(&refused, Reason::Overloaded));
}
