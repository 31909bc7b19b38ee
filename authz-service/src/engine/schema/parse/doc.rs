//! The comment directly above a statement.

use super::cursor::Cursor;
use crate::engine::schema::span::Span;
use crate::engine::schema::syntax::{Doc, Name};

impl Cursor<'_, '_> {
    /// The comments that touch the current token from above, without a blank line between.
    ///
    /// A comment that shares its line with the code before it belongs to that code.
    pub(super) fn doc(&self) -> Doc {
        let start = self.span().start;
        let before = self
            .comments
            .partition_point(|comment| comment.end <= start);
        let mut below = start;
        let mut first = before;
        for (at, comment) in self.comments.iter().enumerate().take(before).rev() {
            let gap = self.slice(Span {
                start: comment.end,
                end: below,
            });
            let touches = gap.chars().all(char::is_whitespace) && gap.matches('\n').count() <= 1;
            if !touches || !self.opens_line(*comment) && gap.contains('\n') {
                break;
            }
            below = comment.start;
            first = at;
        }
        let comments = self.comments.get(first..before).unwrap_or_default();
        Doc {
            lines: comments
                .iter()
                .flat_map(|comment| self.lines(*comment))
                .collect(),
        }
    }

    fn opens_line(&self, comment: Span) -> bool {
        let before = self.slice(Span {
            start: 0,
            end: comment.start,
        });
        before
            .trim_end_matches([' ', '\t', '\u{feff}'])
            .chars()
            .next_back()
            .is_none_or(|c| c == '\n')
    }

    /// The lines of one comment without `//`, `/*`, `*/` and the stars before a line.
    fn lines(&self, comment: Span) -> Vec<Name> {
        let text = self.slice(comment);
        let is_block = text.starts_with("/*");
        let inner = if is_block {
            text.strip_suffix("*/").unwrap_or(text)
        } else {
            text
        };
        let mut start = comment.start;
        let mut lines = Vec::new();
        for line in inner.split('\n') {
            let stripped = line.trim_start();
            let stripped = match (is_block, start == comment.start) {
                (false, _) => stripped.trim_start_matches('/'),
                (true, true) => stripped.trim_start_matches('/').trim_start_matches('*'),
                (true, false) => stripped.trim_start_matches('*'),
            }
            .trim();
            let offset = line.find(stripped).unwrap_or_default();
            let span = Span {
                start: start + offset,
                end: start + offset + stripped.len(),
            };
            lines.push(Name {
                text: stripped.into(),
                span,
            });
            start += line.len() + 1;
        }
        lines
    }
}
