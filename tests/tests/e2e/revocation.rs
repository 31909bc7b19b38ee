//! A Check at the token of a revoke never allows.

use crate::ask::{at_least_as_fresh, check, grant, question, relationship, revoke, unique};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::authz::v1::{CheckRequest, Decision, Relationship};
use std::sync::Arc;

e2e::facts!(about_decisions: revoked_grant_is_denied_at_once);

/// T36, a thousand times. Each check comes over a connection that did not write, and so, as a rule, from
/// another serving thread than the write.
async fn revoked_grant_is_denied_at_once(world: Arc<World>) {
    const ROUNDS: usize = 1_000;
    // Which thread accepts a connection is the kernel's choice: of so many, both have some.
    const CLIENTS: usize = 8;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(world.fresh_session(world.root()).await.unwrap());
    }
    let fact = relationship(&unique("document:d"), "reader", "user:ann");
    for round in 0..ROUNDS {
        let pair = [&clients[round % CLIENTS], &clients[(round + 1) % CLIENTS]];
        let granted = grant(world.root(), fact.clone()).await.unwrap();
        let token = granted.into_inner().written_at;
        // Who has seen the grant must not go on from what it saw.
        assert_both(pair, &fact, &token, Decision::Allowed, round).await;
        let token = revoke(world.root(), fact.clone()).await;
        assert_both(pair, &fact, &token, Decision::Denied, round).await;
    }
}

/// Asks two clients at once.
async fn assert_both(
    [one, other]: [&Session; 2],
    fact: &Relationship,
    token: &str,
    expected: Decision,
    round: usize,
) {
    let asked = || CheckRequest {
        consistency: Some(at_least_as_fresh(token)),
        ..question("user:ann", "read", &fact.resource)
    };
    let (one, other) = tokio::join!(check(one, asked()), check(other, asked()));
    for answer in [one, other] {
        assert_eq!(answer.decision(), expected, "round {round}");
    }
}
