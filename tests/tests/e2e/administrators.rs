//! There is always somebody who may administer the service.

use crate::ask::{PASSWORD, grant, newcomer, relationship, revoke};
use e2e::database::Backend;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::authz::v1::{Relationship, RevokeRequest};
use tonic::Code;

e2e::facts!(from_scratch: of_two_administrators_who_revoke_each_other_one_remains);

fn administrator(id: &str) -> Relationship {
    relationship("menshen/authz:main", "administrator", &format!("user:{id}"))
}

/// The last two, over connections of their own, a hundred times.
async fn of_two_administrators_who_revoke_each_other_one_remains(backend: Backend) {
    const ROUNDS: usize = 100;
    let world = World::start_authz(backend).await.unwrap();
    let [ann, bob] = [
        administrator_of(&world, "ann").await,
        administrator_of(&world, "bob").await,
    ];
    revoke(
        &ann,
        relationship("menshen/authz:main", "administrator", "service:root"),
    )
    .await;
    let mut won = [0, 0];
    for round in 0..ROUNDS {
        let outcomes = tokio::join!(revoked(&ann, "bob"), revoked(&bob, "ann"));
        let (winner, loser) = match outcomes {
            (Ok(()), Err(code)) => {
                won[0] += 1;
                assert_refused(code, round);
                (&ann, "bob")
            }
            (Err(code), Ok(())) => {
                won[1] += 1;
                assert_refused(code, round);
                (&bob, "ann")
            }
            both => panic!("round {round}: {both:?}"),
        };
        grant(winner, administrator(loser)).await.unwrap();
    }
    assert!(won.iter().sum::<usize>() == ROUNDS, "{won:?}");
}

async fn administrator_of(world: &World, id: &str) -> Session {
    newcomer(world.root(), world.anonymous(), id).await;
    grant(world.root(), administrator(id)).await.unwrap();
    let session = world.sign_in_with(id, PASSWORD).await.unwrap();
    world.fresh_session(&session).await.unwrap()
}

async fn revoked(by: &Session, id: &str) -> Result<(), Code> {
    let request = RevokeRequest {
        relationships: vec![administrator(id)],
        reason: "a test".to_owned(),
        ..RevokeRequest::default()
    };
    let outcome = by.authz().revoke(request).await;
    outcome.map(drop).map_err(|status| status.code())
}

/// It came second: it may no longer, or would leave nobody.
fn assert_refused(code: Code, round: usize) {
    assert!(
        matches!(code, Code::PermissionDenied | Code::FailedPrecondition),
        "round {round}: {code:?}"
    );
}
