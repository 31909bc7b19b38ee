//! The model, as text.

use crate::ask::{grant, relationship, unique};
use crate::expect::{refused, refused_because};
use e2e::world::{DOCUMENTS, World};
use menshen_proto::authz::v1::{ReadSchemaRequest, WriteSchemaRequest};
use std::sync::Arc;
use tonic::Code;
use tonic_types::StatusExt;

e2e::facts!(about_decisions:
    schema_is_read_as_it_was_written,
    mistake_is_told_with_line_column_and_remedy,
    every_mistake_is_told_at_once,
    relation_in_use_cannot_be_dropped,
    names_of_the_service_itself_are_refused,
);

fn trial(schema: &str) -> WriteSchemaRequest {
    WriteSchemaRequest {
        schema: schema.to_owned(),
        validate_only: true,
        reason: "a test".to_owned(),
        ..WriteSchemaRequest::default()
    }
}

async fn schema_is_read_as_it_was_written(world: Arc<World>) {
    let answer = world
        .root()
        .schema()
        .read_schema(ReadSchemaRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!((answer.schema.as_str(), answer.version), (DOCUMENTS, 1));
}

async fn mistake_is_told_with_line_column_and_remedy(world: Arc<World>) {
    let text = "definition user {}\n\ndefinition document {\n  relation reader: user\n  permission read = raeder\n}\n";
    let outcome = world.root().schema().write_schema(trial(text)).await;
    let status = refused(outcome, Code::InvalidArgument);
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let told = format!("{}: {}", violations[0].field, violations[0].description);
    for part in ["5", "21", "`raeder`", "`reader`"] {
        assert!(told.contains(part), "no `{part}` in `{told}`");
    }
}

async fn every_mistake_is_told_at_once(world: Arc<World>) {
    let text = "definition user {}\ndefinition a {\n  permission x = nothing_of_that_name\n}\ndefinition b {\n  relation r: no_such_type\n}\n";
    let outcome = world.root().schema().write_schema(trial(text)).await;
    let status = refused(outcome, Code::InvalidArgument);
    let told = status.get_details_bad_request().unwrap().field_violations;
    for mistake in ["nothing_of_that_name", "no_such_type"] {
        let about = told.iter().filter(|one| one.description.contains(mistake));
        assert_eq!(about.count(), 1, "{mistake}: {told:?}");
    }
}

async fn relation_in_use_cannot_be_dropped(world: Arc<World>) {
    let document = unique("document:d");
    grant(world.root(), relationship(&document, "banned", "user:eve"))
        .await
        .unwrap();
    let without = DOCUMENTS
        .replace("  relation banned: user\n", "")
        .replace(" - banned", "");
    let outcome = world.root().schema().write_schema(trial(&without)).await;
    let status = refused_because(outcome, Code::FailedPrecondition, "SCHEMA_IN_USE");
    assert!(status.message().contains("banned"), "{}", status.message());
}

async fn names_of_the_service_itself_are_refused(world: Arc<World>) {
    let text =
        format!("{DOCUMENTS}\ndefinition menshen/authz {{ relation administrator: user }}\n");
    let outcome = world.root().schema().write_schema(trial(&text)).await;
    refused(outcome, Code::InvalidArgument);
}
