//! `SchemaService`: the model.

use super::error::status;
use crate::engine::schema::Diagnostic;
use crate::grants::check_reason;
use crate::org::Organization;
use crate::schemas::{self, Mode, Proposal};
use crate::text;
use crate::write::Author;
use menshen_proto::authz::v1::schema_service_server::SchemaService;
use menshen_proto::authz::v1::{
    ReadSchemaRequest, ReadSchemaResponse, SchemaDiagnostic, WriteSchemaRequest,
    WriteSchemaResponse,
};
use service_kit::caller::Caller;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Serves one organization.
#[derive(Clone)]
pub struct SchemaApi(pub Arc<Organization>);

#[tonic::async_trait]
impl SchemaService for SchemaApi {
    async fn read_schema(
        &self,
        _request: Request<ReadSchemaRequest>,
    ) -> Result<Response<ReadSchemaResponse>, Status> {
        let head = self.0.head();
        Ok(Response::new(ReadSchemaResponse {
            schema: head.model.text.to_string(),
            read_at: head.token.to_string(),
            version: head.model.version,
        }))
    }

    async fn write_schema(
        &self,
        request: Request<WriteSchemaRequest>,
    ) -> Result<Response<WriteSchemaResponse>, Status> {
        let author = Author::new(Caller::of(&request)?, &request.get_ref().reason);
        let request = request.into_inner();
        check_reason(&request.reason).map_err(|wrong| status(wrong.into()))?;
        let mode = if request.validate_only {
            Mode::Validate
        } else {
            Mode::Write
        };
        text::check("schema", &request.schema).map_err(|wrong| status(wrong.into()))?;
        let proposal = Proposal {
            text: request.schema,
            mode,
            expected_version: request.expected_version,
        };
        let work =
            |org: Arc<Organization>| async move { schemas::write(&org, &author, proposal).await };
        let accepted = self.0.run(work).await.map_err(status)?;
        Ok(Response::new(WriteSchemaResponse {
            written_at: accepted.token,
            warnings: accepted.warnings.into_iter().map(remark).collect(),
            version: accepted.version,
        }))
    }
}

fn remark(found: Diagnostic) -> SchemaDiagnostic {
    SchemaDiagnostic {
        code: found.code.to_owned(),
        message: found.message,
        line: place(found.line),
        column: place(found.column),
        source_line: found.source_line,
        suggestion: found.suggestion.unwrap_or_default(),
    }
}

/// A diagnostic as one text: what is wrong, the line, and what to write instead.
pub(super) fn describe(found: &Diagnostic) -> String {
    let mut text = format!("{} [{}]", found.message, found.code);
    if let Some(suggestion) = &found.suggestion {
        text = format!("{text}; {suggestion}");
    }
    if !found.source_line.is_empty() {
        text = format!("{text}\n{}", found.source_line);
    }
    text
}

fn place(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
