//! Grants and revokes, and what a check says right after.

use super::world::*;
use crate::refusal::Refusal;
use crate::schemas::{self, Proposal};
use crate::write::Author;
use menshen_proto::authz::v1::{self as proto, Decision, GrantRequest};
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
        let refused = schemas::write(&world.org, &author, proposal(&without)).await;
        let refused = refused.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::SchemaInUse));
        assert!(
            refused.to_string().contains("document:1#viewer@user:a"),
            "{refused}"
        );
        revoke(&world, &root, &["document:1#viewer@user:a"])
            .await
            .unwrap();
        let accepted = schemas::write(&world.org, &author, proposal(&without))
            .await
            .unwrap();
        assert_eq!(accepted.version, 2);
        assert_eq!(world.org.head().model.version, 2);
    }
}

#[tokio::test]
async fn schema_made_from_another_version_is_refused() {
    for world in worlds().await {
        let author = Author::new(&root_caller(), "");
        let made_from = |version| Proposal {
            expected_version: Some(version),
            ..proposal(SCHEMA)
        };
        for version in [0, 2] {
            let refused = schemas::write(&world.org, &author, made_from(version)).await;
            let refused = refused.unwrap_err();
            assert!(
                matches!(refused, Refusal::SchemaChanged { in_force: 1, .. }),
                "{refused}"
            );
        }
        let accepted = schemas::write(&world.org, &author, made_from(1)).await;
        assert_eq!(accepted.unwrap().version, 2);
    }
}

#[tokio::test]
async fn relationship_given_twice_is_refused() {
    for world in worlds().await {
        let root = root_caller();
        let (once, other) = ("document:1#viewer@user:a", "document:1#viewer@user:b");
        let refusals = [
            grant(&world, &root, &granting(&[once, other, once])).await,
            revoke(&world, &root, &[once, other, once]).await,
        ];
        for refused in refusals {
            let Err(Refusal::Invalid(violations)) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!(violations.len(), 1);
            assert_eq!(violations[0].field, "relationships[2]");
            assert!(violations[0].description.contains("relationships[0]"));
        }
    }
}

#[tokio::test]
async fn precondition_over_what_the_schema_lacks_is_refused() {
    for world in worlds().await {
        let guarded = |resource: &str, relation: &str, subject: &str| {
            let pattern = proto::RelationshipPattern {
                resource: resource.to_owned(),
                relation: relation.to_owned(),
                subject: subject.to_owned(),
            };
            GrantRequest {
                preconditions: vec![proto::Precondition {
                    expectation: proto::Expectation::MustNotExist.into(),
                    pattern: Some(pattern),
                }],
                ..granting(&["document:1#viewer@user:a"])
            }
        };
        let wrong = [
            (guarded("documnt", "", ""), "resource", "`document`"),
            (guarded("document:1", "ownr", ""), "relation", "`owner`"),
            (guarded("document:1", "view", ""), "relation", "permission"),
            (guarded("", "viewr", ""), "relation", "`viewr`"),
            (guarded("", "", "usr:a"), "subject", "`user`"),
            (guarded("", "", "document:1#nobody"), "subject", "`nobody`"),
        ];
        for (request, part, told) in wrong {
            let refused = grant(&world, &root_caller(), &request).await;
            let Err(Refusal::Invalid(violations)) = refused else {
                panic!("{refused:?}")
            };
            let field = format!("preconditions[0].pattern.{part}");
            assert_eq!(violations[0].field, field);
            let description = &violations[0].description;
            assert!(description.contains(told), "{description}");
        }
        grant(
            &world,
            &root_caller(),
            &guarded("document:1", "viewer", "user"),
        )
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn expired_relationships_are_no_obstacle_to_a_schema_and_go_with_it() {
    for world in worlds().await {
        let author = Author::new(&root_caller(), "cleaning up");
        let expiring = SCHEMA
            .replace("definition user", "use expiration\ndefinition user")
            .replace("viewer: user", "viewer: user with expiration");
        schemas::write(&world.org, &author, proposal(&expiring))
            .await
            .unwrap();
        let mut request = granting(&["document:1#viewer@user:a"]);
        let soon = world.org.now_us() + 1_000_000;
        request.relationships[0].expires_at = Some(service_kit::clock::timestamp(soon));
        grant(&world, &root_caller(), &request).await.unwrap();

        let refused = schemas::write(&world.org, &author, proposal(SCHEMA)).await;
        let refused = refused.unwrap_err().to_string();
        let told = "with expiration` of relation `document#viewer` still has 1 relationship, \
                    for example `document:1#viewer@user:a`";
        assert!(refused.contains(told), "{refused}");

        world.clock.advance_us(2_000_000);
        schemas::write(&world.org, &author, proposal(SCHEMA))
            .await
            .unwrap();
        assert_eq!(
            world
                .org
                .head()
                .snapshot
                .relationships()
                .filter(|one| { one.resource.object_type() == "document" })
                .count(),
            0
        );
    }
}
