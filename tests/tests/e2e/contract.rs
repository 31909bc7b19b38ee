//! What the write contract and the questions say of input that cannot be right.

use crate::ask::{grant, question, relationship, unique};
use crate::expect::{refused, refused_because};
use e2e::world::{DOCUMENTS, World};
use menshen_proto::authz::v1::{
    CheckRequest, Condition, Decision, GrantRequest, GrantState, ListGrantsRequest,
    ReadSchemaRequest, WriteSchemaRequest,
};
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use std::sync::Arc;
use tonic::{Code, Status};
use tonic_types::StatusExt;

e2e::facts!(about_decisions:
    validate_only_says_that_nothing_was_changed,
    control_characters_are_refused_where_people_read,
    schema_made_from_another_version_is_refused,
    list_of_an_unknown_type_is_refused_with_the_right_one,
    failed_condition_is_no_error_where_something_else_decides,
    context_nested_too_deep_is_invalid,
);

fn field_of(status: &Status) -> String {
    let details = status.get_details_bad_request().unwrap();
    details.field_violations[0].field.clone()
}

async fn validate_only_says_that_nothing_was_changed(world: Arc<World>) {
    let request = GrantRequest {
        relationships: vec![relationship(&unique("document:d"), "reader", "user:ann")],
        validate_only: true,
        ..GrantRequest::default()
    };
    let answer = world.root().authz().grant(request).await.unwrap();
    assert_eq!(answer.get_ref().state(), GrantState::Validated);
    assert_eq!(answer.get_ref().written_at, "");
}

async fn control_characters_are_refused_where_people_read(world: Arc<World>) {
    let granting = GrantRequest {
        relationships: vec![relationship(&unique("document:d"), "reader", "user:ann")],
        ..GrantRequest::default()
    };
    let cases = [
        (
            "reason",
            GrantRequest {
                reason: "a\0b".to_owned(),
                ..granting.clone()
            },
        ),
        (
            "request_id",
            GrantRequest {
                request_id: "\u{1b}[31m".to_owned(),
                ..granting
            },
        ),
    ];
    for (field, request) in cases {
        let outcome = world.root().authz().grant(request).await;
        assert_eq!(field_of(&refused(outcome, Code::InvalidArgument)), field);
    }
    let request = WriteSchemaRequest {
        schema: format!("{DOCUMENTS}// \0"),
        validate_only: true,
        ..WriteSchemaRequest::default()
    };
    let outcome = world.root().schema().write_schema(request).await;
    assert_eq!(field_of(&refused(outcome, Code::InvalidArgument)), "schema");
}

async fn schema_made_from_another_version_is_refused(world: Arc<World>) {
    let read = world
        .root()
        .schema()
        .read_schema(ReadSchemaRequest {})
        .await;
    let version = read.unwrap().into_inner().version;
    let made_from = |version| WriteSchemaRequest {
        schema: DOCUMENTS.to_owned(),
        validate_only: true,
        expected_version: Some(version),
        ..WriteSchemaRequest::default()
    };
    let outcome = world
        .root()
        .schema()
        .write_schema(made_from(version + 1))
        .await;
    refused_because(outcome, Code::Aborted, "SCHEMA_CHANGED");
    let outcome = world.root().schema().write_schema(made_from(version)).await;
    outcome.unwrap();
}

async fn list_of_an_unknown_type_is_refused_with_the_right_one(world: Arc<World>) {
    let request = ListGrantsRequest {
        resource: "documnt".to_owned(),
        ..ListGrantsRequest::default()
    };
    let outcome = world.root().authz().list_grants(request).await;
    let status = refused(outcome, Code::InvalidArgument);
    assert_eq!(field_of(&status), "resource");
    assert!(
        status.message().contains("`document`"),
        "{}",
        status.message()
    );
}

fn text(value: &str) -> Value {
    let kind = Some(Kind::StringValue(value.to_owned()));
    Value { kind }
}

async fn failed_condition_is_no_error_where_something_else_decides(world: Arc<World>) {
    let document = unique("document:d");
    let mut bound = relationship(&document, "reader", "user:ann");
    bound.condition = Some(Condition {
        name: "office_hours".to_owned(),
        context: None,
    });
    grant(world.root(), bound).await.unwrap();
    let asked = CheckRequest {
        context: Some(Struct {
            fields: [("hour".to_owned(), text("noon"))].into(),
        }),
        ..question("user:ann", "read", &document)
    };
    let outcome = world.root().authz().check(asked.clone()).await;
    assert_eq!(
        field_of(&refused(outcome, Code::InvalidArgument)),
        "context"
    );
    let owner = relationship(&document, "owner", "user:ann");
    grant(world.root(), owner).await.unwrap();
    let answer = world.root().authz().check(asked).await.unwrap();
    assert_eq!(answer.get_ref().decision(), Decision::Allowed);
}

async fn context_nested_too_deep_is_invalid(world: Arc<World>) {
    let nested = |levels| {
        let innermost = Struct {
            fields: [("value".to_owned(), text("x"))].into(),
        };
        (0..levels).fold(innermost, |inner, _| {
            let kind = Some(Kind::StructValue(inner));
            Struct {
                fields: [("value".to_owned(), Value { kind })].into(),
            }
        })
    };
    let asked = |levels| CheckRequest {
        context: Some(nested(levels)),
        ..question("user:ann", "read", "document:any")
    };
    let outcome = world.root().authz().check(asked(60)).await;
    let status = refused(outcome, Code::InvalidArgument);
    for part in ["`context`", "30"] {
        assert!(status.message().contains(part), "{}", status.message());
    }
    world.root().authz().check(asked(28)).await.unwrap();
}
