//! Rules about a fixed object, and callers who ask about themselves.

use super::office::{Office, TINA};
use crate::caller::Caller;
use bytes::Bytes;
use http_body_util::Full;
use menshen_proto::authz::v1::{BatchCheckRequest, CheckRequest, GetUserRequest};
use prost::Message;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, ServiceExt};

/// Calls a method in front of a service that only counts; the code, and whether it ran.
async fn call(office: &Office, path: &str, body: Body) -> (Code, bool) {
    let ran = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&ran);
    let service = tower::service_fn(move |request: http::Request<Body>| {
        counter.fetch_add(1, Ordering::SeqCst);
        drop(request);
        async { Ok::<_, Infallible>(http::Response::new(Body::empty())) }
    });
    let request = http::Request::post(path)
        .header("authorization", "Bearer tina")
        .body(body)
        .unwrap();
    let response = office
        .layer()
        .layer(service)
        .oneshot(request)
        .await
        .unwrap();
    let code = Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code());
    (code, ran.load(Ordering::SeqCst) == 1)
}

/// Whose call the handler of a method sees.
pub(super) async fn subject_seen(office: &Office, path: &str) -> Result<String, Code> {
    let seen = Arc::new(Mutex::new(None));
    let seeing = Arc::clone(&seen);
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let request = tonic::Request::from_http(request);
        let subject = Caller::of(&request).map(|caller| caller.subject.clone());
        *seeing.lock().unwrap() = Some(subject.map_err(|status| status.code()));
        async { Ok::<_, Infallible>(http::Response::new(Body::empty())) }
    });
    let request = http::Request::post(path).header("authorization", "Bearer tina");
    let request = request.body(Body::empty()).unwrap();
    office
        .layer()
        .layer(service)
        .oneshot(request)
        .await
        .unwrap();
    seen.lock().unwrap().take().unwrap()
}

fn body(request: &impl Message) -> Body {
    let message = request.encode_to_vec();
    let mut framed = vec![0];
    framed.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    framed.extend(message);
    Body::new(Full::new(Bytes::from(framed)))
}

fn check(subject: &str) -> CheckRequest {
    CheckRequest {
        subject: subject.to_owned(),
        ..CheckRequest::default()
    }
}

const CHECK: &str = "/menshen.authz.v1.AuthzService/Check";
const ALLOWED: (Code, bool) = (Code::Ok, true);
const REFUSED: (Code, bool) = (Code::PermissionDenied, false);

fn with_right(right: &str) -> Office {
    let office = Office::open();
    office.state.rights.lock().unwrap().insert(right.to_owned());
    office
}

#[tokio::test]
async fn permission_on_the_object_suffices_and_the_request_is_not_read() {
    let office = with_right("read_grants");
    let unread = Body::new(Full::new(Bytes::from_static(b"not a gRPC message")));
    let path = "/menshen.authz.v1.AuthzService/ListGrants";
    assert_eq!(call(&office, path, unread).await, ALLOWED);
}

#[tokio::test]
async fn permission_on_the_object_suffices_whoever_is_asked_about() {
    let office = with_right("check");
    assert_eq!(call(&office, CHECK, body(&check("user:bo"))).await, ALLOWED);
    assert_eq!(office.asked(), 1);
}

#[tokio::test]
async fn caller_who_asks_about_itself_costs_no_decision() {
    let office = Office::open();
    assert_eq!(call(&office, CHECK, body(&check(TINA))).await, ALLOWED);
    assert_eq!(office.asked(), 0);
}

#[tokio::test]
async fn request_that_cannot_be_read_is_about_nobody() {
    let office = Office::open();
    let broken = Body::new(Full::new(Bytes::from_static(&[0, 0, 0, 0, 2, 0x0a, 9])));
    let refused = (Code::InvalidArgument, false);
    assert_eq!(call(&office, CHECK, broken).await, refused);
}

#[tokio::test]
async fn everybody_may_ask_about_themselves_and_nobody_else() {
    let office = Office::open();
    assert_eq!(call(&office, CHECK, body(&check(TINA))).await, ALLOWED);
    assert_eq!(call(&office, CHECK, body(&check(""))).await, ALLOWED);
    assert_eq!(call(&office, CHECK, body(&check("user:bo"))).await, REFUSED);
    let path = "/menshen.authz.v1.IdentityService/GetUser";
    assert_eq!(
        call(&office, path, body(&GetUserRequest { id: "tina".into() })).await,
        ALLOWED
    );
    assert_eq!(
        call(&office, path, body(&GetUserRequest { id: "bo".into() })).await,
        REFUSED
    );
}

#[tokio::test]
async fn one_other_subject_in_a_batch_is_enough_for_a_refusal() {
    let office = Office::open();
    let path = "/menshen.authz.v1.AuthzService/BatchCheck";
    let batch = |subjects: &[&str]| {
        let checks = subjects.iter().map(|subject| check(subject)).collect();
        body(&BatchCheckRequest {
            checks,
            ..Default::default()
        })
    };
    assert_eq!(call(&office, path, batch(&[TINA, ""])).await, ALLOWED);
    assert_eq!(
        call(&office, path, batch(&[TINA, "user:bo"])).await,
        REFUSED
    );
}

#[tokio::test]
async fn stream_without_the_permission_is_refused_unread() {
    let office = Office::open();
    let path = "/menshen.authz.v1.AuthzService/StreamChecks";
    assert_eq!(call(&office, path, Body::empty()).await, REFUSED);
}

#[tokio::test]
async fn signed_in_is_enough_where_the_rule_says_so() {
    let office = Office::open();
    let path = "/menshen.authz.v1.IdentityService/WhoAmI";
    assert_eq!(call(&office, path, Body::empty()).await, ALLOWED);
}
