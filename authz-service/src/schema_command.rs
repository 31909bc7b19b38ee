//! `authz-service schema …`: work on a schema file, without a server.

use authz_service::engine::schema::Severity;
use authz_service::model;
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to do with a schema file.
#[derive(Subcommand)]
pub(crate) enum SchemaCommand {
    /// Compile a file as `WriteSchema` would, and tell what is wrong with it.
    Validate {
        /// The file.
        file: PathBuf,
    },
}

/// Does it. The exit code is 0 where the schema would be accepted.
pub(crate) fn run(command: &SchemaCommand) -> ExitCode {
    let SchemaCommand::Validate { file } = command;
    match validate(file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn validate(file: &Path) -> Result<(), String> {
    let shown = file.display();
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
    let (remarks, outcome) = match model::compile(&text) {
        Ok(compiled) => (compiled.warnings, Ok(compiled.defined_types)),
        Err(found) => (found, Err(())),
    };
    for remark in &remarks {
        eprintln!("{remark}\n");
    }
    let errors = remarks
        .iter()
        .filter(|remark| remark.severity == Severity::Error)
        .count();
    let warnings = counted(remarks.len() - errors, "warning");
    let types =
        outcome.map_err(|()| format!("`{shown}`: {}, {warnings}", counted(errors, "error")))?;
    eprintln!("`{shown}` is valid: {}, {warnings}", counted(types, "type"));
    Ok(())
}

/// `1 type`, `2 types`
fn counted(count: usize, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}
