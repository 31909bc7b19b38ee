//! Revision tokens: a later write has a later one, and a lost future is not invented.

use crate::ask::{at_least_as_fresh, check, decision, grant, question, relationship, unique};
use crate::expect::refused_because;
use e2e::database::Backend;
use e2e::world::{DOCUMENTS, World};
use futures::future::join_all;
use menshen_proto::authz::v1::{Decision, WriteSchemaRequest};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tonic::Code;

e2e::facts!(
    about_decisions: later_write_has_the_later_token;
    from_scratch: token_ahead_of_a_restored_database_is_refused
);

/// Opaque to callers; this test looks at the revision inside: `r1.DATABASE.REVISION.SUM`.
fn revision(token: &str) -> u64 {
    u64::from_str_radix(token.split('.').nth(2).unwrap(), 16).unwrap()
}

/// From eight clients at once, over connections of their own: a write that began after another was
/// acknowledged has the later token, and an answer is at its write or after.
async fn later_write_has_the_later_token(world: Arc<World>) {
    const WRITERS: usize = 8;
    const WRITES: usize = 40;
    let acknowledged = AtomicU64::new(0);
    let writers = (0..WRITERS).map(async |_| {
        let session = world.fresh_session(world.root()).await.unwrap();
        for _ in 0..WRITES {
            let document = unique("document:ordered");
            let before = acknowledged.load(Ordering::SeqCst);
            let written = grant(&session, relationship(&document, "reader", "user:ann")).await;
            let token = written.unwrap().into_inner().written_at;
            assert!(revision(&token) > before, "{token} after {before:x}");
            acknowledged.fetch_max(revision(&token), Ordering::SeqCst);

            let mut asked = question("user:ann", "read", &document);
            asked.consistency = Some(at_least_as_fresh(&token));
            let answer = check(&session, asked).await;
            assert_eq!(answer.decision(), Decision::Allowed);
            assert!(revision(&answer.evaluated_at) >= revision(&token));
        }
    });
    join_all(writers).await;
}

/// Who holds the token saw a write that is gone: no answer of this database can reflect it.
async fn token_ahead_of_a_restored_database_is_refused(backend: Backend) {
    let world = World::start_authz(backend).await.unwrap();
    let request = WriteSchemaRequest {
        schema: DOCUMENTS.to_owned(),
        reason: "a test".to_owned(),
        ..WriteSchemaRequest::default()
    };
    world.root().schema().write_schema(request).await.unwrap();
    world.kill_authz().await.unwrap();
    let backup = world.databases()[0].backup().await.unwrap();
    world.restart_authz().await.unwrap();
    let written = grant(
        world.root(),
        relationship("document:d", "reader", "user:ann"),
    );
    let token = written.await.unwrap().into_inner().written_at;

    world.kill_authz().await.unwrap();
    backup.restore().await.unwrap();
    world.restart_authz().await.unwrap();
    let mut asked = question("user:ann", "read", "document:d");
    asked.consistency = Some(at_least_as_fresh(&token));
    refused_because(
        world.root().authz().check(asked).await,
        Code::FailedPrecondition,
        "TOKEN_AHEAD",
    );
    assert_eq!(
        decision(world.root(), "user:ann", "read", "document:d").await,
        Decision::Denied
    );
}
