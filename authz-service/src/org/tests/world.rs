//! An organization on a database of its own, and who calls it.

use crate::decisions::Asker;
use crate::decisions::check;
use crate::grants::{Order, queue};
use crate::identity::{activation, sign_in, users};
use crate::org::Organization;
use crate::refusal::Refusal;
use crate::schemas::{self, Mode};
use crate::write::Author;
use menshen_proto::authz::v1 as proto;
use menshen_proto::authz::v1::{CheckRequest, Decision, GrantRequest, RevokeRequest};
use secrecy::SecretString;
use service_kit::caller::{Caller, Credentials};
use service_kit::clock::ManualClock;
use service_kit::db::scratch::Scratch;
use service_kit::status::Reason;
use std::sync::Arc;

pub(super) const NOW_US: i64 = 1_800_000_000_000_000;
pub(super) const ROOT_TOKEN: &str = "mst_root_of_all_tests_0123456789";
pub(super) const PASSWORD: &str = "four brown herons wade";
pub(super) const SCHEMA: &str = "
definition user {}
definition document {
  // @grant share
  relation viewer: user
  relation owner: user
  permission share = owner
  permission view = viewer + owner
}
definition department {
  relation parent: department
  relation member: user
}
";

pub(super) struct World {
    pub(super) org: Arc<Organization>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) scratch: Scratch,
}

pub(super) async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for scratch in Scratch::each().await {
        let clock = Arc::new(ManualClock::at(NOW_US));
        let db = scratch.db.clone();
        let root = Some(SecretString::from(ROOT_TOKEN));
        let org = Organization::open(db, clock.clone(), root).await.unwrap();
        let author = Author::new(&root_caller(), "");
        schemas::write(&org, &author, SCHEMA.to_owned(), Mode::Write)
            .await
            .unwrap();
        worlds.push(World {
            org,
            clock,
            scratch,
        });
    }
    worlds
}

pub(super) fn caller(subject: &str) -> Caller {
    Caller {
        subject: subject.to_owned(),
        via_service: None,
        token: None,
    }
}

pub(super) fn root_caller() -> Caller {
    caller("service:root")
}

pub(super) fn relationship(text: &str) -> proto::Relationship {
    let read = crate::engine::relationship::Relationship::parse(text).unwrap();
    crate::convert::message(&read)
}

pub(super) fn granting(texts: &[&str]) -> GrantRequest {
    GrantRequest {
        relationships: texts.iter().map(|text| relationship(text)).collect(),
        ..GrantRequest::default()
    }
}

pub(super) async fn grant(
    world: &World,
    caller: &Caller,
    request: &GrantRequest,
) -> Result<String, Refusal> {
    let register = world.org.principals.load_full();
    let order = Order::grant(caller, Asker::new(caller, &register), request)?;
    queue::submit(&world.org, order).await
}

pub(super) async fn revoke(
    world: &World,
    caller: &Caller,
    texts: &[&str],
) -> Result<String, Refusal> {
    let register = world.org.principals.load_full();
    let request = RevokeRequest {
        relationships: texts.iter().map(|text| relationship(text)).collect(),
        ..RevokeRequest::default()
    };
    let order = Order::revoke(caller, Asker::new(caller, &register), &request)?;
    queue::submit(&world.org, order).await
}

pub(super) fn view(world: &World, subject: &str, resource: &str) -> Decision {
    let (head, register) = (world.org.head(), world.org.principals.load());
    let root = root_caller();
    let request = CheckRequest {
        subject: subject.to_owned(),
        permission: "view".to_owned(),
        resource: resource.to_owned(),
        ..CheckRequest::default()
    };
    let moment = world.org.moment(&head, &register).unwrap();
    check::answer(moment, Asker::new(&root, &register), &request)
        .unwrap()
        .decision()
}

pub(super) async fn person(world: &World, id: &str) {
    let author = Author::new(&root_caller(), "");
    let user = proto::User {
        id: id.to_owned(),
        display_name: "Somebody".to_owned(),
        email: format!("{id}@example.com"),
        ..proto::User::default()
    };
    let (_, token) = users::create(&world.org, &author, &user).await.unwrap();
    activation::activate(&world.org, &token, PASSWORD.into())
        .await
        .unwrap();
}

pub(super) async fn signed_in(world: &World, id: &str) -> proto::Tokens {
    let signed_in = sign_in::sign_in(&world.org, id, PASSWORD.into(), None)
        .await
        .unwrap();
    signed_in.tokens.unwrap()
}

pub(super) fn authenticate(world: &World, token: &str) -> Result<Caller, Refusal> {
    let bearer = Some(SecretString::from(token));
    let credentials = Credentials {
        bearer,
        ..Credentials::default()
    };
    crate::identity::authenticate::authenticate(&world.org, &credentials)
}

pub(super) fn reason(refusal: &Refusal) -> Option<Reason> {
    match refusal {
        Refusal::Precondition { reason, .. } | Refusal::Unauthenticated { reason, .. } => {
            Some(*reason)
        }
        _ => None,
    }
}
