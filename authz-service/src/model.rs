//! The model in force: the application's schema, compiled together with the service's own.
//!
//! The service's definitions come after the application's text, so that the lines and columns of
//! remarks are those of the text that was written.

use crate::engine::schema::{self, Diagnostic, MAX_SCHEMA_BYTES, Schema, Severity};
use std::sync::Arc;

/// Types, conditions and partials that begin so belong to the service.
pub const RESERVED_PREFIX: &str = "menshen/";
/// The object on which the service's own rights are held.
pub const SERVICE_OBJECT: &str = "menshen/authz:main";

const OWN: &str = include_str!("../policy/authz.zed");
const USER: &str = include_str!("../policy/user.zed");
const SERVICE: &str = include_str!("../policy/service.zed");
/// What may stand between a text and what is appended to it: the text may end in a comment.
const BREAK: &str = "\n\n";

/// The longest application text, in bytes: what the engine takes, less the service's own part.
pub const MAX_TEXT_BYTES: usize =
    MAX_SCHEMA_BYTES - OWN.len() - USER.len() - SERVICE.len() - BREAK.len();

/// A schema in force and the text it was written as.
#[derive(Clone, Debug)]
pub struct Model {
    /// Compiled, the service's own types among them.
    pub schema: Arc<Schema>,
    /// The application's part, as written.
    pub text: Arc<str>,
    /// Counts the texts that were written, from 1. 0: none yet.
    pub version: i64,
}

/// An application's text that passed every rule.
#[derive(Debug)]
pub struct CompiledText {
    /// Compiled, the service's own types among them.
    pub schema: Schema,
    /// About the application's text alone.
    pub warnings: Vec<Diagnostic>,
}

/// Compiles an application's text with the service's own definitions behind it.
///
/// `user` and `service` are provided where the text does not define them.
///
/// # Errors
/// Everything that is wrong with the text, in its order. A name that begins with `menshen/` is.
pub fn compile(text: &str) -> Result<CompiledText, Vec<Diagnostic>> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(vec![too_long(text.len())]);
    }
    let reserved = reserved_names(text);
    if !reserved.is_empty() {
        return Err(reserved);
    }
    // Which of the two the text defines is the compiler's business; asking it is cheaper than being
    // wrong about comments. The common text defines `user` only, so that is tried first.
    let mut fewest: Option<Vec<Diagnostic>> = None;
    for provided in [[SERVICE].as_slice(), &[USER, SERVICE], &[], &[USER]] {
        match schema::compile(&[&[text, BREAK, OWN], provided].concat().concat()) {
            Ok(compiled) => {
                return Ok(CompiledText {
                    schema: compiled.schema,
                    warnings: within(text, compiled.warnings),
                });
            }
            Err(found) if fewest.as_ref().is_none_or(|best| found.len() < best.len()) => {
                fewest = Some(found);
            }
            Err(_) => {}
        }
    }
    Err(within(text, fewest.unwrap_or_default()))
}

/// Remarks about the text alone. One about what follows it can only come from the text's end, such
/// as a brace that is never closed: it is told at the last line.
fn within(text: &str, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let lines = text.lines().count().max(1);
    let (mut inside, outside): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|remark| remark.line <= lines);
    let told = inside
        .iter()
        .any(|remark| remark.severity == Severity::Error);
    let error = outside
        .into_iter()
        .find(|remark| remark.severity == Severity::Error);
    if let (false, Some(error)) = (told, error) {
        let last = text.lines().last().unwrap_or_default();
        inside.push(Diagnostic {
            line: lines,
            column: last.chars().count() + 1,
            length: 1,
            source_line: last.to_owned(),
            suggestion: Some("look for a brace or a comment that is not closed".to_owned()),
            ..error
        });
    }
    inside
}

/// Names in the text that belong to the service, wherever they are declared.
fn reserved_names(text: &str) -> Vec<Diagnostic> {
    const DECLARES: [&str; 3] = ["definition", "caveat", "partial"];
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let words = line.split_whitespace().collect::<Vec<_>>();
        let [keyword, name, ..] = words.as_slice() else {
            continue;
        };
        if !DECLARES.contains(keyword) || !name.starts_with(RESERVED_PREFIX) {
            continue;
        }
        let name = name.trim_end_matches(['{', '}', '(']);
        let before = line
            .find(name)
            .and_then(|at| line.get(..at))
            .unwrap_or_default();
        found.push(Diagnostic {
            severity: Severity::Error,
            code: "reserved-name",
            message: format!("`{name}` belongs to the authorization service"),
            line: number,
            column: before.chars().count() + 1,
            length: name.chars().count().max(1),
            source_line: line.chars().take(1000).collect(),
            suggestion: Some(format!(
                "choose a name that does not begin with `{RESERVED_PREFIX}`"
            )),
        });
    }
    found
}

fn too_long(bytes: usize) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: "schema-too-large",
        message: format!("the schema has {bytes} bytes, at most {MAX_TEXT_BYTES} are allowed"),
        line: 1,
        column: 1,
        length: 1,
        source_line: String::new(),
        suggestion: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTS: &str = "definition document {\n  relation viewer: user\n}\n";

    #[test]
    fn own_definitions_compile_without_remarks() {
        let compiled = compile("").unwrap();
        assert!(compiled.schema.type_id("menshen/authz").is_some());
        assert!(compiled.schema.type_id("user").is_some());
        assert!(compiled.warnings.is_empty(), "{:?}", compiled.warnings);
        let whole = schema::compile(&[OWN, USER, SERVICE].concat()).unwrap();
        assert!(whole.warnings.is_empty(), "{:?}", whole.warnings);
    }

    #[test]
    fn user_is_provided_or_taken_from_the_text() {
        let defining = format!("definition user {{}}\n{DOCUMENTS}");
        for text in [
            DOCUMENTS,
            defining.as_str(),
            "definition service {}",
            "// no end",
        ] {
            assert!(
                compile(text).unwrap().schema.type_id("user").is_some(),
                "{text}"
            );
        }
    }

    #[test]
    fn errors_stand_where_the_text_has_them() {
        let found = compile("definition user {}\ndefinition document {\n  relation a: usr\n}\n");
        let found = found.unwrap_err();
        assert!(found.iter().all(|error| error.line == 3), "{found:?}");
    }

    #[test]
    fn open_end_is_told_at_the_last_line() {
        let found = compile("definition document {\n  relation viewer: user\n").unwrap_err();
        assert!(found.iter().all(|error| error.line <= 2), "{found:?}");
        assert!(!found.is_empty());
    }

    #[test]
    fn names_of_the_service_are_refused() {
        let found = compile("definition user {}\ndefinition menshen/authz {}").unwrap_err();
        assert_eq!(
            (found[0].code, found[0].line, found[0].column),
            ("reserved-name", 2, 12)
        );
        assert_eq!(found.len(), 1);
        assert!(compile("// definition menshen/authz is built in\n").is_ok());
    }
}
