//! Grants and revokes, and what a check says right after.

use super::world::*;
use crate::refusal::Refusal;
use crate::schemas::{self, Mode};
use crate::write::Author;
use menshen_proto::authz::v1::{Decision, GrantRequest};
use service_kit::status::Reason;

#[tokio::test]
async fn revoked_grant_is_denied_at_once() {
    for world in worlds().await {
        for _ in 0..20 {
            let text = "document:1#viewer@user:alice";
            grant(&world, &root_caller(), &granting(&[text]))
                .await
                .unwrap();
            assert_eq!(view(&world, "user:alice", "document:1"), Decision::Allowed);
            revoke(&world, &root_caller(), &[text]).await.unwrap();
            assert_eq!(view(&world, "user:alice", "document:1"), Decision::Denied);
        }
    }
}

#[tokio::test]
async fn grant_is_all_or_nothing() {
    for world in worlds().await {
        let request = granting(&["document:1#viewer@user:alice", "document:1#view@user:alice"]);
        let refused = grant(&world, &root_caller(), &request).await.unwrap_err();
        let Refusal::Invalid(violations) = refused else {
            panic!("{refused}")
        };
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].field, "relationships[1]");
        assert_eq!(view(&world, "user:alice", "document:1"), Decision::Denied);
    }
}

#[tokio::test]
async fn repeated_request_has_one_effect_and_one_answer() {
    for world in worlds().await {
        let request = GrantRequest {
            request_id: "r1".to_owned(),
            ..granting(&["document:1#viewer@user:alice"])
        };
        let root = root_caller();
        let first = grant(&world, &root, &request).await.unwrap();
        revoke(&world, &root, &["document:1#viewer@user:alice"])
            .await
            .unwrap();
        assert_eq!(grant(&world, &root, &request).await.unwrap(), first);
        assert_eq!(view(&world, "user:alice", "document:1"), Decision::Denied);
        let other = GrantRequest {
            request_id: "r1".to_owned(),
            ..granting(&["document:2#viewer@user:alice"])
        };
        let refused = grant(&world, &root, &other).await.unwrap_err();
        assert!(matches!(refused, Refusal::RequestIdReused(_)), "{refused}");
    }
}

#[tokio::test]
async fn grants_that_share_a_transaction_have_their_own_outcomes() {
    for world in worlds().await {
        let root = root_caller();
        let requests = (0..40).map(|n| {
            let relation = if n % 4 == 3 { "viewr" } else { "viewer" };
            granting(&[&format!("document:{n}#{relation}@user:alice")])
        });
        let requests: Vec<_> = requests.collect();
        let outcomes = requests.iter().map(|request| grant(&world, &root, request));
        let outcomes = futures::future::join_all(outcomes).await;
        let mut tokens = Vec::new();
        for (n, outcome) in outcomes.into_iter().enumerate() {
            let expected = if n % 4 == 3 {
                Decision::Denied
            } else {
                Decision::Allowed
            };
            assert_eq!(
                outcome.is_ok(),
                expected == Decision::Allowed,
                "{n}: {outcome:?}"
            );
            assert_eq!(
                view(&world, "user:alice", &format!("document:{n}")),
                expected
            );
            tokens.extend(outcome);
        }
        let count = tokens.len();
        tokens.sort();
        tokens.dedup();
        assert_eq!(tokens.len(), count, "each has a revision of its own");
    }
}

#[tokio::test]
async fn owner_may_share_and_nothing_else() {
    for world in worlds().await {
        let root = root_caller();
        grant(&world, &root, &granting(&["document:1#owner@user:olga"]))
            .await
            .unwrap();
        let olga = caller("user:olga");
        let shared = granting(&["document:1#viewer@user:alice"]);
        grant(&world, &olga, &shared).await.unwrap();
        for text in [
            "document:1#owner@user:alice",
            "document:2#viewer@user:alice",
            "menshen/role:r#member@user:olga",
        ] {
            let refused = grant(&world, &olga, &granting(&[text])).await.unwrap_err();
            assert!(
                matches!(refused, Refusal::Forbidden(_)),
                "{text}: {refused}"
            );
        }
        let refused = grant(&world, &caller("user:eve"), &shared)
            .await
            .unwrap_err();
        assert!(matches!(refused, Refusal::Forbidden(_)), "{refused}");
    }
}

#[tokio::test]
async fn schema_keeps_what_is_in_use() {
    for world in worlds().await {
        let root = root_caller();
        grant(&world, &root, &granting(&["document:1#viewer@user:a"]))
            .await
            .unwrap();
        let author = Author::new(&root, "");
        let without = SCHEMA.replace("relation viewer: user\n", "relation reader: user\n");
        let without = without.replace("viewer + owner", "reader + owner");
        let refused = schemas::write(&world.org, &author, without.clone(), Mode::Write).await;
        let refused = refused.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::SchemaInUse));
        assert!(
            refused.to_string().contains("document:1#viewer@user:a"),
            "{refused}"
        );
        revoke(&world, &root, &["document:1#viewer@user:a"])
            .await
            .unwrap();
        let accepted = schemas::write(&world.org, &author, without, Mode::Write)
            .await
            .unwrap();
        assert_eq!(accepted.version, 2);
        assert_eq!(world.org.head().model.version, 2);
    }
}
