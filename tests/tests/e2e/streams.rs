//! A stream of questions answers for as long as its caller may ask, and no longer.

use crate::ask::{PASSWORD, grant, newcomer, question, relationship, revoke, unique};
use crate::expect::refused;
use e2e::database::Backend;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::authz::v1::{CheckRequest, CheckResponse, DisableUserRequest, Relationship};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Response, Status, Streaming};

e2e::facts!(
    about_decisions:
        stream_ends_when_its_caller_is_disabled,
        stream_ends_when_the_right_to_ask_is_revoked;
    from_scratch:
        idle_stream_does_not_hold_up_the_stop,
);

/// An open stream.
struct Asking {
    questions: mpsc::Sender<CheckRequest>,
    answers: Streaming<CheckResponse>,
}

impl Asking {
    /// Opens a stream, with one question answered.
    async fn open(by: &Session) -> Self {
        let (questions, received) = mpsc::channel(8);
        let mut stub = by.authz();
        let opening = stub.stream_checks(ReceiverStream::new(received));
        questions.send(asked()).await.unwrap();
        let mut asking = Self {
            questions,
            answers: opening.await.unwrap().into_inner(),
        };
        asking.answers.message().await.unwrap().unwrap();
        asking
    }

    async fn ask(&mut self) -> Result<Option<CheckResponse>, Status> {
        self.questions.send(asked()).await.unwrap();
        self.answers.message().await
    }
}

fn asked() -> CheckRequest {
    question("user:ann", "check", "menshen/authz:main")
}

/// Somebody who may ask about others.
async fn checker(world: &World) -> (String, Relationship, Session) {
    let id = unique("checker");
    newcomer(world.root(), world.anonymous(), &id).await;
    let right = relationship("menshen/authz:main", "checker", &format!("user:{id}"));
    grant(world.root(), right.clone()).await.unwrap();
    let session = world.sign_in_with(&id, PASSWORD).await.unwrap();
    (id, right, session)
}

async fn stream_ends_when_its_caller_is_disabled(world: Arc<World>) {
    let (id, _, session) = checker(&world).await;
    let mut asking = Asking::open(&session).await;
    asking.ask().await.unwrap().unwrap();
    let request = DisableUserRequest {
        id,
        reason: "a test".to_owned(),
    };
    world.root().identity().disable_user(request).await.unwrap();
    refused(asking.ask().await.map(Response::new), Code::Unauthenticated);
    assert!(asking.answers.message().await.unwrap().is_none());
}

async fn stream_ends_when_the_right_to_ask_is_revoked(world: Arc<World>) {
    let (_, right, session) = checker(&world).await;
    let mut asking = Asking::open(&session).await;
    revoke(world.root(), right).await;
    refused(
        asking.ask().await.map(Response::new),
        Code::PermissionDenied,
    );
}

async fn idle_stream_does_not_hold_up_the_stop(backend: Backend) {
    let world = World::start_authz(backend).await.unwrap();
    let mut asking = Asking::open(world.root()).await;
    let ended = tokio::spawn(async move { asking.answers.message().await });
    world.stop().await.unwrap();
    let status = ended.await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().contains("about to stop"), "{status:?}");
}
