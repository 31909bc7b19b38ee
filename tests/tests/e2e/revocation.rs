//! A Check at the token of a revoke never allows.

use crate::ask::{at_least_as_fresh, check, grant, question, relationship, revoke, unique};
use e2e::world::World;
use menshen_proto::authz::v1::Decision;
use std::sync::Arc;

e2e::facts!(about_decisions: revoked_grant_is_denied_at_once);

/// T36, a thousand times, from two clients at once.
async fn revoked_grant_is_denied_at_once(world: Arc<World>) {
    const ROUNDS: usize = 1_000;
    let fact = relationship(&unique("document:d"), "reader", "user:ann");
    for round in 0..ROUNDS {
        grant(world.root(), fact.clone()).await.unwrap();
        let token = revoke(world.root(), fact.clone()).await;
        let asked = || {
            let mut asked = question("user:ann", "read", &fact.resource);
            asked.consistency = Some(at_least_as_fresh(&token));
            asked
        };
        let (one, other) = tokio::join!(check(world.root(), asked()), check(world.root(), asked()));
        for answer in [one, other] {
            assert_eq!(answer.decision(), Decision::Denied, "round {round}");
        }
    }
}
