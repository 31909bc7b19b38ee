//! What is wrong with a schema, and where.

use std::fmt;

use super::span::Span;

/// Refused, or accepted with a remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The schema is refused.
    Error,
    /// The schema is accepted; it probably does not say what its author meant.
    Warning,
}

/// One error or warning about a schema's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Refused, or remarked.
    pub severity: Severity,
    /// A stable kebab-case name of the rule: `unknown-type`.
    pub code: &'static str,
    /// One sentence, lower case.
    pub message: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// In characters, at least 1, never beyond the line.
    pub length: usize,
    /// The line's text, at most 1,000 characters of it.
    pub source_line: String,
    /// What to do about it.
    pub suggestion: Option<String>,
}

/// Longest part of a source line that a diagnostic repeats, in characters.
const MAX_SOURCE_LINE_CHARS: usize = 1000;

impl Diagnostic {
    /// Adds what to do about it.
    pub(crate) fn help(&mut self, suggestion: impl Into<String>) {
        self.suggestion = Some(suggestion.into());
    }

    /// Adds "did you mean", where there is a near name.
    pub(crate) fn did_you_mean(&mut self, nearest: Option<&str>) {
        if let Some(name) = nearest {
            self.help(format!("did you mean `{name}`?"));
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(
            f,
            "{severity}: {}\n  --> {}:{}",
            self.message, self.line, self.column
        )?;
        if !self.source_line.is_empty() {
            write!(f, "\n   | {}", self.source_line)?;
            write!(f, "\n   | {}{}", self.indent(), "^".repeat(self.length))?;
        }
        if let Some(suggestion) = &self.suggestion {
            write!(f, "\n   = help: {suggestion}")?;
        }
        Ok(())
    }
}

impl Diagnostic {
    /// Blanks as wide as what stands before the column: tabs stay tabs, CJK characters take two.
    fn indent(&self) -> String {
        const FIRST_WIDE: char = '\u{1100}';
        self.source_line
            .chars()
            .take(self.column.saturating_sub(1))
            .map(|c| match c {
                '\t' => "\t",
                FIRST_WIDE.. => "  ",
                _ => " ",
            })
            .collect()
    }
}

/// Most errors, and most warnings, that are told of one text.
const MAX_TOLD: usize = 100;

/// Collects diagnostics about one text.
pub(crate) struct Report<'a> {
    text: &'a str,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    /// Where a caller puts its help once the list is full.
    untold: Diagnostic,
}

impl<'a> Report<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            errors: Vec::new(),
            warnings: Vec::new(),
            untold: diagnostic("", Severity::Error, "", Span::default(), String::new()),
        }
    }

    pub(crate) fn error(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(Severity::Error, code, span, message.into())
    }

    pub(crate) fn warning(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(Severity::Warning, code, span, message.into())
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Whether more is told no more: then suggestions are not worth looking for.
    pub(crate) fn is_full(&self) -> bool {
        self.errors.len() == MAX_TOLD || self.warnings.len() == MAX_TOLD
    }

    /// What is told, in the order of the text. What is found twice (a partial is checked once for
    /// each definition that takes it in) is told once.
    pub(crate) fn into_sorted(self) -> Vec<Diagnostic> {
        let mut found = self.errors;
        found.extend(self.warnings);
        found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        let mut told: Vec<Diagnostic> = Vec::with_capacity(found.len());
        for diagnostic in found {
            if !told.contains(&diagnostic) {
                told.push(diagnostic);
            }
        }
        told
    }

    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: Span,
        message: String,
    ) -> &mut Diagnostic {
        let list = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        if list.len() == MAX_TOLD {
            return &mut self.untold;
        }
        list.push_mut(diagnostic(self.text, severity, code, span, message))
    }
}

fn diagnostic(
    text: &str,
    severity: Severity,
    code: &'static str,
    span: Span,
    message: String,
) -> Diagnostic {
    let start = text.floor_char_boundary(span.start);
    let before = text.get(..start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let rest = text.get(line_start..).unwrap_or_default();
    let source_line = rest.lines().next().unwrap_or_default();
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    let line_end = line_start + source_line.len();
    let end = text.floor_char_boundary(span.end.min(line_end));
    Diagnostic {
        severity,
        code,
        message,
        line: before.matches('\n').count() + 1,
        column,
        length: text
            .get(start..end)
            .unwrap_or_default()
            .chars()
            .count()
            .max(1),
        source_line: source_line.chars().take(MAX_SOURCE_LINE_CHARS).collect(),
        suggestion: None,
    }
}
