//! The model in force: the application's schema, compiled together with the service's own.

use crate::engine::schema::{self, Compiled, Diagnostic, Schema, Surroundings};
use std::sync::Arc;

/// Types, conditions and partials that begin so belong to the service.
pub const RESERVED_PREFIX: &str = "menshen/";
/// The object on which the service's own rights are held.
pub const SERVICE_OBJECT: &str = "menshen/authz:main";

const SURROUNDINGS: Surroundings<'_> = Surroundings {
    reserved_prefix: RESERVED_PREFIX,
    own: include_str!("../policy/authz.zed"),
    provided: &[
        ("user", include_str!("../policy/user.zed")),
        ("service", include_str!("../policy/service.zed")),
    ],
};

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

/// Compiles an application's text together with the service's own definitions.
///
/// `user` and `service` are provided where the text does not define them.
///
/// # Errors
/// Everything that is wrong with the text, in its order. A name that begins with `menshen/` is.
pub fn compile(text: &str) -> Result<Compiled, Vec<Diagnostic>> {
    schema::compile_within(text, &SURROUNDINGS)
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
        let provided = SURROUNDINGS.provided.iter().map(|(_, text)| *text);
        let texts: Vec<_> = provided.chain([SURROUNDINGS.own]).collect();
        let whole = schema::compile(&texts.concat()).unwrap();
        assert!(whole.warnings.is_empty(), "{:?}", whole.warnings);
        assert_eq!(whole.schema.types().len(), compiled.schema.types().len());
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
    fn open_comment_reaches_no_further_than_the_text() {
        let text = format!("{DOCUMENTS}/* The folders\ndefinition folder {{}}\n");
        let found = compile(&text).unwrap_err();
        assert_eq!(
            (found[0].code, found[0].line, found[0].column),
            ("unterminated-comment", 4, 1)
        );
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_provided_name_is_a_type_or_nothing() {
        for (text, column) in [
            ("caveat user(a int) { a == 1 }", 8),
            ("use partial\npartial service {}", 9),
        ] {
            let found = compile(text).unwrap_err();
            let last = found.last().unwrap();
            assert_eq!(
                (last.code, last.column),
                ("reserved-name", column),
                "{text}"
            );
            assert_eq!(found.len(), 1, "{found:?}");
        }
    }

    #[test]
    fn names_of_the_service_are_refused() {
        let found = compile("definition user {}\ndefinition menshen/authz {}").unwrap_err();
        assert_eq!(
            (found[0].code, found[0].line, found[0].column),
            ("reserved-name", 2, 12)
        );
        assert_eq!(found.len(), 1);
        let one_line = compile("definition user {} definition menshen/foo {}").unwrap_err();
        assert_eq!(
            (one_line[0].code, one_line[0].column),
            ("reserved-name", 31)
        );
        for comment in [
            "// definition menshen/authz",
            "/*\ndefinition menshen/authz {}\n*/",
        ] {
            assert!(compile(comment).is_ok(), "{comment}");
        }
    }

    #[test]
    fn types_of_the_text_alone_are_counted() {
        assert_eq!(compile("").unwrap().defined_types, 0);
        assert_eq!(compile(DOCUMENTS).unwrap().defined_types, 1);
        let defining = format!("definition user {{}}\n{DOCUMENTS}");
        assert_eq!(compile(&defining).unwrap().defined_types, 2);
    }
}
