//! A decider, a record source and a customer service, small enough to see through.

use crate::caller::{Caller, Credentials};
use crate::guard::GuardLayer;
use crate::guard::decider::{Answer, Decider, FilterAnswer, Question};
use crate::guard::source::{Facts, RecordSource};
use crate::status::{self, Reason};
use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, Full};
use menshen_proto::authz::v1::{
    ContextualRelation, Denial, Layer, Predicate, Relationship, predicate,
};
use menshen_proto::crm::v1::customer_service_server::CustomerServiceServer;
use menshen_proto::crm::v1::{CreateCustomerRequest, Customer, Money, TransferCustomerRequest};
use prost::Message;
use secrecy::ExposeSecret;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer as _, ServiceExt};

use super::desk::Desk;

pub(super) const CUSTOMERS: &str = "/menshen.crm.v1.CustomerService";

/// Who the tests call as.
pub(super) const TINA: &str = "user:tina";

/// What everybody in a test shares.
pub(super) struct Office {
    pub(super) state: Arc<State>,
    layer: GuardLayer,
}

/// Rights, rows and counters.
#[derive(Default)]
pub(super) struct State {
    /// Permissions that Tina's role has.
    pub(super) rights: Mutex<BTreeSet<String>>,
    /// The rows: id → (version, owner, viewer).
    pub(super) rows: Mutex<BTreeMap<String, (i64, String, String)>>,
    /// No decision can be had.
    pub(super) down: AtomicBool,
    /// How often handlers ran.
    pub(super) ran: AtomicUsize,
    /// How often a handler finds its row changed.
    pub(super) changes: AtomicUsize,
    /// The rows are gone once a handler found its row changed.
    pub(super) gone_after_change: AtomicBool,
    /// The versions that handlers were permitted to change.
    pub(super) versions: Mutex<Vec<i64>>,
    /// How many calls the decider got.
    pub(super) asked: AtomicUsize,
}

/// An answer as it goes over the wire.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) trailers: HeaderMap,
}

impl Office {
    /// Tina has every right; `own` is hers, `seen` she may only see, `hidden` is another's.
    pub(super) fn open() -> Self {
        let state = Arc::new(State::default());
        for (id, owner, viewer) in [
            ("own", TINA, ""),
            ("seen", "user:bo", TINA),
            ("hidden", "user:bo", ""),
        ] {
            let row = (1, owner.to_owned(), viewer.to_owned());
            state.rows.lock().unwrap().insert(id.to_owned(), row);
        }
        for right in [
            "view",
            "create",
            "update",
            "delete",
            "restore",
            "transfer",
            "receive",
            "share",
            "read_personal",
            "write_personal",
            "read_financial",
            "write_financial",
        ] {
            state.rights.lock().unwrap().insert(right.to_owned());
        }
        let source: Arc<dyn RecordSource> = Arc::clone(&state) as _;
        let layer = GuardLayer::new(Arc::clone(&state) as _, vec![source]);
        Self { state, layer }
    }

    pub(super) fn without(self, rights: &[&str]) -> Self {
        self.state
            .rights
            .lock()
            .unwrap()
            .retain(|right| !rights.contains(&right.as_str()));
        self
    }

    pub(super) fn layer(&self) -> &GuardLayer {
        &self.layer
    }

    pub(super) fn service(&self) -> CustomerServiceServer<Desk> {
        CustomerServiceServer::new(Desk(Arc::clone(&self.state)))
    }

    pub(super) fn ran(&self) -> usize {
        self.state.ran.load(Ordering::SeqCst)
    }

    pub(super) fn asked(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }

    pub(super) async fn call(&self, path: &str, request: &impl Message) -> Answered {
        self.call_as(Some("tina"), path, &request.encode_to_vec())
            .await
    }

    pub(super) async fn call_as(
        &self,
        token: Option<&str>,
        path: &str,
        message: &[u8],
    ) -> Answered {
        let mut framed = vec![0];
        framed.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        framed.extend(message);
        let mut request = http::Request::post(path)
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request
            .body(Body::new(Full::new(Bytes::from(framed))))
            .unwrap();
        let service = self.layer.layer(self.service());
        Answered::of(service.oneshot(request).await.unwrap()).await
    }
}

impl Answered {
    async fn of(response: http::Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let collected = body.collect().await.unwrap();
        let trailers = collected.trailers().cloned().unwrap_or_default();
        Self {
            headers: parts.headers,
            body: collected.to_bytes(),
            trailers,
        }
    }

    pub(super) fn status(&self) -> Status {
        Status::from_header_map(&self.headers)
            .or_else(|| Status::from_header_map(&self.trailers))
            .unwrap()
    }

    pub(super) fn code(&self) -> Code {
        self.status().code()
    }

    pub(super) fn message(&self) -> String {
        self.status().message().to_owned()
    }

    pub(super) fn decoded<M: Message + Default>(&self) -> M {
        assert_eq!(self.code(), Code::Ok, "{}", self.message());
        M::decode(self.body.slice(5..)).unwrap()
    }
}

/// A customer with something in every guarded field.
pub(super) fn customer(id: &str) -> Customer {
    let money = || {
        Some(Money {
            currency: "CNY".into(),
            amount_minor: 700,
        })
    };
    Customer {
        id: id.to_owned(),
        display_name: "Yunfan".into(),
        phone: "110".into(),
        address: "1 Road".into(),
        lifetime_value: money(),
        credit_limit: money(),
        ..Customer::default()
    }
}

impl State {
    fn holds(&self, right: &str) -> bool {
        self.rights.lock().unwrap().contains(right)
    }

    fn answer(&self, subject: &str, question: &Question) -> Answer {
        let module = !question.resource.starts_with("customer:");
        if !self.holds(&question.permission) {
            return denied(Layer::Function, &question.permission);
        }
        let holds = |relation: &str| {
            question
                .contextual
                .iter()
                .any(|fact| fact.relation == relation && fact.subject == subject)
        };
        let reading = question.permission == "view" && holds("viewer");
        if module || holds("owner") || reading {
            return Answer::Allowed;
        }
        denied(Layer::Data, &question.permission)
    }
}

fn denied(layer: Layer, permission: &str) -> Answer {
    let message = format!("no {permission} for you");
    let denial = Denial {
        layer: layer.into(),
        message,
        ..Denial::default()
    };
    Answer::Denied(Box::new(denial), "decision-1".to_owned())
}

#[async_trait]
impl Decider for State {
    async fn authenticate(&self, credentials: &Credentials) -> Result<Caller, Status> {
        let token = credentials
            .bearer
            .clone()
            .ok_or_else(|| status::unauthenticated(Reason::NoToken, "no token"))?;
        let subject = format!("user:{}", token.expose_secret());
        Ok(Caller {
            subject,
            via_service: None,
            token: Some(token),
        })
    }

    async fn check(
        &self,
        caller: &Caller,
        questions: Vec<Question>,
    ) -> Result<Vec<Answer>, Status> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.down.load(Ordering::SeqCst) {
            return Err(status::unavailable(Reason::AuthzUnavailable, "down"));
        }
        Ok(questions
            .iter()
            .map(|question| self.answer(&caller.subject, question))
            .collect())
    }

    async fn filter(
        &self,
        _caller: &Caller,
        permission: &str,
        _resource_type: &str,
        _contextual: Vec<ContextualRelation>,
    ) -> Result<FilterAnswer, Status> {
        if self.down.load(Ordering::SeqCst) {
            return Err(status::unavailable(Reason::AuthzUnavailable, "down"));
        }
        let denial = match denied(Layer::Function, permission) {
            Answer::Denied(denial, _) if !self.holds(permission) => Some(*denial),
            _ => None,
        };
        Ok(FilterAnswer {
            predicate: Predicate {
                kind: Some(predicate::Kind::Constant(true)),
            },
            denial,
            evaluated_at: "r1".to_owned(),
            decision_id: "decision-1".to_owned(),
        })
    }
}

pub(super) fn fact(id: &str, relation: &str, subject: &str) -> Relationship {
    Relationship {
        resource: format!("customer:{id}"),
        relation: relation.to_owned(),
        subject: subject.to_owned(),
        ..Relationship::default()
    }
}

#[async_trait]
impl RecordSource for State {
    fn resource_type(&self) -> &'static str {
        "customer"
    }

    fn contextual_relations(&self) -> Vec<ContextualRelation> {
        Vec::new()
    }

    fn standing(&self, id: &str) -> Vec<Relationship> {
        vec![fact(id, "module", "module:customers")]
    }

    async fn facts(&self, ids: &[String], _deleted: bool) -> Result<Vec<Option<Facts>>, Status> {
        let rows = self.rows.lock().unwrap();
        let facts = ids.iter().map(|id| {
            let (version, owner, viewer) = rows.get(id)?;
            let relationships = vec![fact(id, "owner", owner), fact(id, "viewer", viewer)];
            Some(Facts {
                version: *version,
                relationships,
            })
        });
        Ok(facts.collect())
    }

    async fn proposed(
        &self,
        _caller: &Caller,
        path: &str,
        request: &[u8],
    ) -> Result<(String, Facts), Status> {
        let (id, owner) = if path.ends_with("TransferCustomer") {
            let request = TransferCustomerRequest::decode(request).unwrap();
            (request.id, request.owner)
        } else {
            let request = CreateCustomerRequest::decode(request).unwrap();
            (
                request.customer_id,
                request.customer.unwrap_or_default().owner,
            )
        };
        let relationships = vec![fact(&id, "owner", &format!("user:{owner}"))];
        Ok((
            id,
            Facts {
                version: 0,
                relationships,
            },
        ))
    }
}
