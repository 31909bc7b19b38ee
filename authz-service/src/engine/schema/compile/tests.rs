mod conditions;
mod doc_comments;
mod errors;
mod model;
mod rendering;
mod warnings;

use super::*;

/// `line:column code` of every diagnostic.
fn places(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics
        .iter()
        .map(|d| format!("{}:{} {}", d.line, d.column, d.code))
        .collect()
}

/// `line:column code` of every error that refuses a text.
fn errors(text: &str) -> Vec<String> {
    match compile(text) {
        Ok(_) => Vec::new(),
        Err(mut diagnostics) => {
            diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
            places(&diagnostics)
        }
    }
}

fn compiled(text: &str) -> Compiled {
    compile(text).unwrap_or_else(|diagnostics| {
        let told: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        panic!("{}", told.join("\n"))
    })
}

/// A rule, a text that breaks it, and the places told.
type Case = (&'static str, &'static str, &'static [&'static str]);

fn check_errors(cases: &[Case]) {
    for (rule, text, expected) in cases {
        assert_eq!(errors(text), *expected, "{rule}");
    }
}
