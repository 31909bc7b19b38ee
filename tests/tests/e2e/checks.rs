//! Questions and answers.

use crate::ask::{
    at_least_as_fresh, check, decision, fully_consistent, grant, question, relationship, unique,
};
use crate::expect::refused;
use e2e::world::World;
use menshen_proto::authz::v1::{
    BatchCheckRequest, CheckRequest, Condition, Decision, Relationship,
    batch_check_result::Result as Item,
};
use prost_types::{Struct, Value, value::Kind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(about_decisions:
    nothing_is_allowed_before_it_is_granted,
    group_in_a_group_counts,
    everybody_counts_and_the_banned_do_not,
    contextual_relationship_answers_like_a_stored_one,
    contextual_relationship_holds_for_its_question_only,
    condition_without_its_values_is_not_an_allow,
    condition_with_its_values_decides,
    value_fixed_with_the_relationship_wins,
    batch_keeps_order_and_each_item_its_error,
    batch_over_the_limit_is_refused,
    stream_answers_in_order,
    token_of_another_database_is_taken_as_fully_consistent,
    token_that_was_tampered_with_is_refused,
    each_decision_has_a_name_of_its_own,
    misspelt_permission_is_answered_with_the_right_one,
    malformed_reference_is_named,
    unknown_resource_is_a_denial,
    too_many_contextual_relationships_are_refused,
);

async fn nothing_is_allowed_before_it_is_granted(world: Arc<World>) {
    let document = format!("document:{}", unique("d"));
    assert_eq!(
        decision(world.root(), "user:ann", "read", &document).await,
        Decision::Denied
    );
    grant(world.root(), relationship(&document, "reader", "user:ann"))
        .await
        .unwrap();
    assert_eq!(
        decision(world.root(), "user:ann", "read", &document).await,
        Decision::Allowed
    );
    assert_eq!(
        decision(world.root(), "user:ann", "edit", &document).await,
        Decision::Denied
    );
    assert_eq!(
        decision(world.root(), "user:bob", "read", &document).await,
        Decision::Denied
    );
}

async fn group_in_a_group_counts(world: Arc<World>) {
    let (document, outer, inner) = (unique("document:d"), unique("group:g"), unique("group:g"));
    for fact in [
        relationship(&document, "reader", &format!("{outer}#member")),
        relationship(&outer, "member", &format!("{inner}#member")),
        relationship(&inner, "member", "user:ann"),
    ] {
        grant(world.root(), fact).await.unwrap();
    }
    assert_eq!(
        decision(world.root(), "user:ann", "read", &document).await,
        Decision::Allowed
    );
    assert_eq!(
        decision(world.root(), &format!("{inner}#member"), "read", &document).await,
        Decision::Allowed
    );
}

async fn everybody_counts_and_the_banned_do_not(world: Arc<World>) {
    let document = unique("document:d");
    grant(world.root(), relationship(&document, "reader", "user:*"))
        .await
        .unwrap();
    grant(world.root(), relationship(&document, "banned", "user:eve"))
        .await
        .unwrap();
    assert_eq!(
        decision(world.root(), "user:anybody", "read", &document).await,
        Decision::Allowed
    );
    assert_eq!(
        decision(world.root(), "user:eve", "read", &document).await,
        Decision::Denied
    );
}

/// Facts of the application's own columns count exactly as if they were stored.
async fn contextual_relationship_answers_like_a_stored_one(world: Arc<World>) {
    let folder = unique("folder:f");
    grant(world.root(), relationship(&folder, "viewer", "user:ann"))
        .await
        .unwrap();
    let facts = |document: &str| {
        vec![
            relationship(document, "folder", &folder),
            relationship(document, "owner", "user:bob"),
            relationship(document, "banned", "user:eve"),
            relationship(document, "reader", "user:eve"),
        ]
    };
    let (stored, passed) = (unique("document:d"), unique("document:d"));
    for fact in facts(&stored) {
        grant(world.root(), fact).await.unwrap();
    }
    for subject in ["user:ann", "user:bob", "user:eve", "user:zoe"] {
        for permission in ["read", "edit"] {
            let mut asked = question(subject, permission, &passed);
            asked.contextual_relationships = facts(&passed);
            let (one, other) = (
                check(world.root(), asked).await.decision(),
                decision(world.root(), subject, permission, &stored).await,
            );
            assert_eq!(one, other, "{subject} {permission}");
        }
    }
}

async fn contextual_relationship_holds_for_its_question_only(world: Arc<World>) {
    let document = unique("document:d");
    let mut asked = question("user:ann", "read", &document);
    asked.contextual_relationships = vec![relationship(&document, "owner", "user:ann")];
    assert_eq!(
        check(world.root(), asked).await.decision(),
        Decision::Allowed
    );
    assert_eq!(
        decision(world.root(), "user:ann", "read", &document).await,
        Decision::Denied
    );
}

async fn condition_without_its_values_is_not_an_allow(world: Arc<World>) {
    let document = conditional(&world, None).await;
    let answer = check(
        world.root(),
        latest(question("user:ann", "read", &document)),
    )
    .await;
    assert_eq!(answer.decision(), Decision::Conditional);
    assert_eq!(answer.missing_context, ["hour", "office"]);

    let mut asked = latest(question("user:ann", "read", &document));
    asked.context = Some(values(&[("office", text("上海"))]));
    let answer = check(world.root(), asked).await;
    assert_eq!(answer.decision(), Decision::Conditional);
    assert_eq!(answer.missing_context, ["hour"]);
}

async fn condition_with_its_values_decides(world: Arc<World>) {
    let document = conditional(&world, None).await;
    for (hour, expected) in [
        (8.0, Decision::Denied),
        (9.0, Decision::Allowed),
        (18.0, Decision::Denied),
    ] {
        let mut asked = latest(question("user:ann", "read", &document));
        asked.context = Some(values(&[("hour", number(hour)), ("office", text("上海"))]));
        assert_eq!(
            check(world.root(), asked).await.decision(),
            expected,
            "at {hour}"
        );
    }
}

/// Who asks may not talk a condition round.
async fn value_fixed_with_the_relationship_wins(world: Arc<World>) {
    let document = conditional(&world, Some(values(&[("hour", number(3.0))]))).await;
    let mut asked = latest(question("user:ann", "read", &document));
    asked.context = Some(values(&[("hour", number(10.0)), ("office", text("上海"))]));
    assert_eq!(
        check(world.root(), asked).await.decision(),
        Decision::Denied
    );
}

async fn batch_keeps_order_and_each_item_its_error(world: Arc<World>) {
    let document = unique("document:d");
    grant(world.root(), relationship(&document, "reader", "user:ann"))
        .await
        .unwrap();
    let request = BatchCheckRequest {
        checks: vec![
            question("user:ann", "read", &document),
            question("user:ann", "fly", &document),
            question("user:bob", "read", &document),
            question("nonsense", "read", &document),
            question("user:ann", "read", &document),
        ],
        consistency: Some(fully_consistent()),
    };
    let answer = world
        .root()
        .authz()
        .batch_check(request)
        .await
        .unwrap()
        .into_inner();
    let told: Vec<Result<Decision, i32>> = answer
        .results
        .into_iter()
        .map(|result| match result.result.unwrap() {
            Item::Response(response) => Ok(response.decision()),
            Item::Error(status) => Err(status.code),
        })
        .collect();
    let invalid = Code::InvalidArgument as i32;
    assert_eq!(
        told,
        [
            Ok(Decision::Allowed),
            Err(invalid),
            Ok(Decision::Denied),
            Err(invalid),
            Ok(Decision::Allowed),
        ]
    );
}

async fn batch_over_the_limit_is_refused(world: Arc<World>) {
    let request = BatchCheckRequest {
        checks: vec![question("user:ann", "read", "document:d"); 1_001],
        consistency: None,
    };
    let status = refused(
        world.root().authz().batch_check(request).await,
        Code::InvalidArgument,
    );
    assert!(
        status.message().contains("1000") && status.message().contains("1001"),
        "{}",
        status.message()
    );
}

async fn stream_answers_in_order(world: Arc<World>) {
    let document = unique("document:d");
    grant(world.root(), relationship(&document, "reader", "user:even"))
        .await
        .unwrap();
    let asked: Vec<CheckRequest> = (0..200)
        .map(|number| {
            question(
                if number % 2 == 0 {
                    "user:even"
                } else {
                    "user:odd"
                },
                "read",
                &document,
            )
        })
        .map(latest)
        .collect();
    let mut answers = world
        .root()
        .authz()
        .stream_checks(tokio_stream::iter(asked))
        .await
        .unwrap()
        .into_inner();
    let mut told = Vec::new();
    while let Some(answer) = answers.message().await.unwrap() {
        told.push(answer.decision());
    }
    assert_eq!(told.len(), 200);
    assert!(
        told.chunks(2)
            .all(|pair| pair == [Decision::Allowed, Decision::Denied])
    );
}

async fn token_of_another_database_is_taken_as_fully_consistent(world: Arc<World>) {
    let elsewhere = World::start_authz(e2e::database::Backend::Sqlite)
        .await
        .unwrap();
    let answer = check(
        elsewhere.root(),
        question("user:ann", "administrator", "menshen/authz:main"),
    )
    .await;
    let document = unique("document:d");
    grant(world.root(), relationship(&document, "reader", "user:ann"))
        .await
        .unwrap();
    let mut asked = question("user:ann", "read", &document);
    asked.consistency = Some(at_least_as_fresh(&answer.evaluated_at));
    assert_eq!(
        check(world.root(), asked).await.decision(),
        Decision::Allowed
    );
}

async fn token_that_was_tampered_with_is_refused(world: Arc<World>) {
    let mut asked = question("user:ann", "read", "document:d");
    asked.consistency = Some(at_least_as_fresh("not a token"));
    refused(
        world.root().authz().check(asked).await,
        Code::InvalidArgument,
    );
}

async fn each_decision_has_a_name_of_its_own(world: Arc<World>) {
    let mut names = BTreeSet::new();
    for _ in 0..50 {
        names.insert(
            check(world.root(), question("user:ann", "read", "document:d"))
                .await
                .decision_id,
        );
    }
    assert_eq!(names.len(), 50);
}

async fn misspelt_permission_is_answered_with_the_right_one(world: Arc<World>) {
    let outcome = world
        .root()
        .authz()
        .check(question("user:ann", "raed", "document:d"))
        .await;
    let status = refused(outcome, Code::InvalidArgument);
    assert!(
        status.message().contains("`raed`") && status.message().contains("`read`"),
        "{}",
        status.message()
    );
}

async fn malformed_reference_is_named(world: Arc<World>) {
    for (subject, resource) in [
        ("ann", "document:d"),
        ("user:ann", "document"),
        ("user:*", "document:d"),
        ("user:ann", "document:a b"),
    ] {
        let outcome = world
            .root()
            .authz()
            .check(question(subject, "read", resource))
            .await;
        refused(outcome, Code::InvalidArgument);
    }
}

async fn unknown_resource_is_a_denial(world: Arc<World>) {
    assert_eq!(
        decision(world.root(), "user:nobody", "read", "document:none").await,
        Decision::Denied
    );
}

async fn too_many_contextual_relationships_are_refused(world: Arc<World>) {
    let mut asked = question("user:ann", "read", "document:d");
    asked.contextual_relationships = (0..101)
        .map(|number| relationship("document:d", "reader", &format!("user:u{number}")))
        .collect();
    refused(
        world.root().authz().check(asked).await,
        Code::InvalidArgument,
    );
}

/// A document that `user:ann` reads at office hours.
async fn conditional(world: &World, context: Option<Struct>) -> String {
    let document = unique("document:d");
    let fact = Relationship {
        condition: Some(Condition {
            name: "office_hours".to_owned(),
            context,
        }),
        ..relationship(&document, "reader", "user:ann")
    };
    grant(world.root(), fact).await.unwrap();
    document
}

fn latest(mut asked: CheckRequest) -> CheckRequest {
    asked.consistency = Some(fully_consistent());
    asked
}

fn values(of: &[(&str, Value)]) -> Struct {
    Struct {
        fields: of
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect::<BTreeMap<_, _>>(),
    }
}

fn number(value: f64) -> Value {
    Value {
        kind: Some(Kind::NumberValue(value)),
    }
}

fn text(value: &str) -> Value {
    Value {
        kind: Some(Kind::StringValue(value.to_owned())),
    }
}
