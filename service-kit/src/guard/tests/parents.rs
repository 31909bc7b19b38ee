//! Records that belong to another one.

use super::office::{Office, State, TINA, fact};
use crate::caller::Caller;
use crate::guard::GuardLayer;
use crate::guard::source::{Facts, RecordSource};
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::Full;
use menshen_proto::authz::v1::{ContextualRelation, Relationship};
use menshen_proto::crm::v1::{Contact, CreateContactRequest};
use prost::Message;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, ServiceExt};

/// Contacts are as within reach as Tina's own customers.
struct Contacts;

#[async_trait]
impl RecordSource for Contacts {
    fn resource_type(&self) -> &'static str {
        "contact"
    }

    fn contextual_relations(&self) -> Vec<ContextualRelation> {
        Vec::new()
    }

    fn standing(&self, _id: &str) -> Vec<Relationship> {
        Vec::new()
    }

    async fn facts(&self, ids: &[String], _deleted: bool) -> Result<Vec<Option<Facts>>, Status> {
        Ok(vec![None; ids.len()])
    }

    async fn proposed(
        &self,
        _caller: &Caller,
        _path: &str,
        _request: &[u8],
    ) -> Result<(String, Facts), Status> {
        let relationships = vec![fact("new", "owner", TINA)];
        Ok((
            "new".to_owned(),
            Facts {
                version: 0,
                relationships,
            },
        ))
    }
}

/// Asks for a contact of a customer; the answer, and whether the handler ran.
async fn create(state: &Arc<State>, customer: &str, email: &str) -> (Status, bool) {
    let sources: Vec<Arc<dyn RecordSource>> = vec![Arc::clone(state) as _, Arc::new(Contacts)];
    let layer = GuardLayer::new(Arc::clone(state) as _, sources);
    let counter = Arc::clone(state);
    let service = tower::service_fn(move |_: http::Request<Body>| {
        counter.ran.fetch_add(1, Ordering::SeqCst);
        async { Ok::<_, Infallible>(http::Response::new(Body::empty())) }
    });
    let contact = Contact {
        customer: customer.into(),
        email: email.into(),
        ..Contact::default()
    };
    let message = CreateContactRequest {
        contact: Some(contact),
        ..Default::default()
    };
    let framed = crate::guard::body::framed(&message.encode_to_vec()).unwrap();
    let request = http::Request::post("/menshen.crm.v1.ContactService/CreateContact")
        .header("authorization", "Bearer tina")
        .body(Body::new(Full::<Bytes>::new(framed)))
        .unwrap();
    let response = layer.layer(service).oneshot(request).await.unwrap();
    let answer = Status::from_header_map(response.headers()).unwrap_or_else(|| Status::ok(""));
    (answer, state.ran.swap(0, Ordering::SeqCst) == 1)
}

fn office() -> Office {
    let office = Office::open();
    office
        .state
        .rights
        .lock()
        .unwrap()
        .insert("add_child".to_owned());
    office
}

#[tokio::test]
async fn child_of_a_visible_record_is_created() {
    let (answer, ran) = create(&office().state, "own", "").await;
    assert_eq!((answer.code(), ran), (Code::Ok, true), "{answer}");
}

#[tokio::test]
async fn child_of_a_hidden_record_is_refused_like_one_of_an_absent_record() {
    let office = office();
    let (hidden, ran) = create(&office.state, "hidden", "").await;
    assert_eq!((hidden.code(), ran), (Code::NotFound, false));
    office.state.rows.lock().unwrap().remove("hidden");
    let (absent, _) = create(&office.state, "hidden", "").await;
    assert_eq!(
        (absent.message(), absent.details()),
        (hidden.message(), hidden.details())
    );
}

#[tokio::test]
async fn child_of_a_record_that_may_only_be_seen_is_denied() {
    let (answer, ran) = create(&office().state, "seen", "").await;
    assert_eq!((answer.code(), ran), (Code::PermissionDenied, false));
}

#[tokio::test]
async fn child_without_a_parent_is_an_invalid_argument() {
    let (answer, ran) = create(&office().state, "", "").await;
    assert_eq!((answer.code(), ran), (Code::InvalidArgument, false));
    assert!(answer.message().contains("contact.customer"), "{answer}");
}

#[tokio::test]
async fn child_with_an_unwritable_field_is_refused() {
    let office = office().without(&["write_personal"]);
    let (answer, ran) = create(&office.state, "own", "a@example.com").await;
    assert_eq!((answer.code(), ran), (Code::PermissionDenied, false));
    assert!(answer.message().contains("`email`"), "{answer}");
}
