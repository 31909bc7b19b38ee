//! Grants: all or nothing, safe to repeat, told apart, gone in time.

use crate::ask::{decision, grant, relationship, revoke, soon, unique};
use crate::expect::{refused, refused_because};
use e2e::world::World;
use menshen_proto::authz::v1::{
    Decision, Expectation, GrantRequest, ListGrantsRequest, Precondition, Relationship,
    RelationshipPattern, RevokeRequest,
};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tonic::Code;

e2e::facts!(about_decisions:
    one_bad_relationship_fails_the_whole_grant,
    precondition_that_does_not_hold_fails_the_grant,
    precondition_that_holds_lets_it_through,
    same_request_id_has_one_effect_and_one_answer,
    same_request_id_with_another_content_is_refused,
    parallel_retries_have_one_effect,
    validate_only_writes_nothing,
    grant_ends_at_its_time,
    revoking_what_is_not_there_is_no_error,
    revoke_ends_it_at_once,
    grants_are_listed_page_by_page_with_who_and_why,
    last_administrator_cannot_be_revoked,
    relation_that_does_not_take_the_subject_is_refused,
    misspelt_relation_is_answered_with_the_right_one,
    writing_again_replaces_the_expiry,
);

fn granting(relationships: Vec<Relationship>) -> GrantRequest {
    GrantRequest {
        relationships,
        reason: "a test".to_owned(),
        ..GrantRequest::default()
    }
}

async fn stored(world: &World, resource: &str) -> usize {
    let request = ListGrantsRequest {
        resource: resource.to_owned(),
        page_size: 1_000,
        show_expired: true,
        ..ListGrantsRequest::default()
    };
    world
        .root()
        .authz()
        .list_grants(request)
        .await
        .unwrap()
        .into_inner()
        .grants
        .len()
}

async fn one_bad_relationship_fails_the_whole_grant(world: Arc<World>) {
    let document = unique("document:d");
    let request = granting(vec![
        relationship(&document, "reader", "user:ann"),
        relationship(&document, "no_such_relation", "user:ann"),
    ]);
    refused(
        world.root().authz().grant(request).await,
        Code::InvalidArgument,
    );
    assert_eq!(stored(&world, &document).await, 0);
}

fn expecting(expectation: Expectation, document: &str) -> Precondition {
    Precondition {
        expectation: expectation as i32,
        pattern: Some(RelationshipPattern {
            resource: document.to_owned(),
            relation: "owner".to_owned(),
            ..RelationshipPattern::default()
        }),
    }
}

async fn precondition_that_does_not_hold_fails_the_grant(world: Arc<World>) {
    let document = unique("document:d");
    let mut request = granting(vec![relationship(&document, "reader", "user:ann")]);
    request.preconditions = vec![expecting(Expectation::MustExist, &document)];
    refused(
        world.root().authz().grant(request).await,
        Code::FailedPrecondition,
    );
    assert_eq!(stored(&world, &document).await, 0);
}

async fn precondition_that_holds_lets_it_through(world: Arc<World>) {
    let document = unique("document:d");
    let mut request = granting(vec![relationship(&document, "owner", "user:ann")]);
    request.preconditions = vec![expecting(Expectation::MustNotExist, &document)];
    world.root().authz().grant(request.clone()).await.unwrap();
    refused(
        world.root().authz().grant(request).await,
        Code::FailedPrecondition,
    );
}

async fn same_request_id_has_one_effect_and_one_answer(world: Arc<World>) {
    let document = unique("document:d");
    let mut request = granting(vec![relationship(&document, "reader", "user:ann")]);
    request.request_id = unique("request");
    let first = world
        .root()
        .authz()
        .grant(request.clone())
        .await
        .unwrap()
        .into_inner();
    revoke(world.root(), request.relationships[0].clone()).await;
    let again = world
        .root()
        .authz()
        .grant(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, again);
    assert_eq!(stored(&world, &document).await, 0, "the retry wrote again");
}

async fn same_request_id_with_another_content_is_refused(world: Arc<World>) {
    let document = unique("document:d");
    let mut request = granting(vec![relationship(&document, "reader", "user:ann")]);
    request.request_id = unique("request");
    world.root().authz().grant(request.clone()).await.unwrap();
    request.relationships = vec![relationship(&document, "reader", "user:bob")];
    refused_because(
        world.root().authz().grant(request).await,
        Code::Aborted,
        "REQUEST_ID_REUSED",
    );
}

async fn parallel_retries_have_one_effect(world: Arc<World>) {
    let document = unique("document:d");
    let mut request = granting(vec![relationship(&document, "reader", "user:ann")]);
    request.request_id = unique("request");
    let calls = (0..20).map(|_| {
        let (mut client, request) = (world.root().authz(), request.clone());
        async move { client.grant(request).await.unwrap().into_inner().written_at }
    });
    let mut tokens = futures::future::join_all(calls).await;
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
}

async fn validate_only_writes_nothing(world: Arc<World>) {
    let document = unique("document:d");
    let mut request = granting(vec![relationship(&document, "reader", "user:ann")]);
    request.validate_only = true;
    let answer = world
        .root()
        .authz()
        .grant(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.written_at, "");
    assert_eq!(stored(&world, &document).await, 0);
}

#[expect(
    clippy::disallowed_methods,
    reason = "the services' clock is the system's"
)]
fn in_a_second() -> SystemTime {
    SystemTime::now() + Duration::from_secs(1)
}

/// T37: no sweeper is waited for.
async fn grant_ends_at_its_time(world: Arc<World>) {
    let document = unique("document:d");
    let fact = Relationship {
        expires_at: Some(in_a_second().into()),
        ..relationship(&document, "reader", "user:ann")
    };
    grant(world.root(), fact).await.unwrap();
    assert_eq!(
        decision(world.root(), "user:ann", "read", &document).await,
        Decision::Allowed
    );
    soon(Duration::from_secs(3), async || {
        decision(world.root(), "user:ann", "read", &document).await == Decision::Denied
    })
    .await;
}

async fn writing_again_replaces_the_expiry(world: Arc<World>) {
    let document = unique("document:d");
    let for_ever = relationship(&document, "reader", "user:ann");
    let fact = Relationship {
        expires_at: Some(in_a_second().into()),
        ..for_ever.clone()
    };
    grant(world.root(), fact).await.unwrap();
    grant(world.root(), for_ever).await.unwrap();
    let request = ListGrantsRequest {
        resource: document,
        ..ListGrantsRequest::default()
    };
    let grants = world
        .root()
        .authz()
        .list_grants(request)
        .await
        .unwrap()
        .into_inner()
        .grants;
    assert_eq!(grants.len(), 1);
    assert_eq!(grants[0].relationship.as_ref().unwrap().expires_at, None);
}

async fn revoking_what_is_not_there_is_no_error(world: Arc<World>) {
    let token = revoke(
        world.root(),
        relationship("document:none", "reader", "user:ann"),
    )
    .await;
    assert!(!token.is_empty());
}

async fn revoke_ends_it_at_once(world: Arc<World>) {
    let document = unique("document:d");
    let fact = relationship(&document, "reader", "user:ann");
    grant(world.root(), fact.clone()).await.unwrap();
    revoke(world.root(), fact).await;
    assert_eq!(
        decision(world.root(), "user:ann", "read", &document).await,
        Decision::Denied
    );
}

async fn grants_are_listed_page_by_page_with_who_and_why(world: Arc<World>) {
    let document = unique("document:d");
    let facts =
        (0..25).map(|number| relationship(&document, "reader", &format!("user:u{number:02}")));
    world
        .root()
        .authz()
        .grant(granting(facts.collect()))
        .await
        .unwrap();
    let mut request = ListGrantsRequest {
        resource: document,
        page_size: 10,
        ..ListGrantsRequest::default()
    };
    let (mut sizes, mut subjects) = (Vec::new(), Vec::new());
    loop {
        let page = world
            .root()
            .authz()
            .list_grants(request.clone())
            .await
            .unwrap()
            .into_inner();
        sizes.push(page.grants.len());
        for record in page.grants {
            assert_eq!(
                (record.granted_by.as_str(), record.reason.as_str()),
                ("service:root", "a test")
            );
            assert!(record.granted_at.is_some());
            subjects.push(record.relationship.unwrap().subject);
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let expected: Vec<String> = (0..25).map(|number| format!("user:u{number:02}")).collect();
    assert_eq!((sizes, subjects), (vec![10, 10, 5], expected));
}

/// T43.
async fn last_administrator_cannot_be_revoked(world: Arc<World>) {
    let request = RevokeRequest {
        relationships: vec![relationship(
            "menshen/authz:main",
            "administrator",
            "service:root",
        )],
        reason: "a test".to_owned(),
        ..RevokeRequest::default()
    };
    let outcome = world.root().authz().revoke(request).await;
    refused_because(outcome, Code::FailedPrecondition, "LAST_ADMINISTRATOR");
}

async fn relation_that_does_not_take_the_subject_is_refused(world: Arc<World>) {
    for subject in ["group:g", "folder:f", "user:*"] {
        let outcome = grant(world.root(), relationship("document:d", "owner", subject)).await;
        let status = refused(outcome, Code::InvalidArgument);
        assert!(status.message().contains("owner"), "{}", status.message());
    }
}

async fn misspelt_relation_is_answered_with_the_right_one(world: Arc<World>) {
    let outcome = grant(
        world.root(),
        relationship("document:d", "raeder", "user:ann"),
    )
    .await;
    let status = refused(outcome, Code::InvalidArgument);
    assert!(
        status.message().contains("`raeder`") && status.message().contains("`reader`"),
        "{}",
        status.message()
    );
}
