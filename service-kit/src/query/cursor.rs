//! A walk over the characters of an expression.

use super::QueryError;

/// Where in an expression the parser is.
pub(super) struct Cursor<'a> {
    text: &'a str,
    /// In bytes, always at the start of a character.
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Whether everything was read.
    pub(super) fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }

    /// From 1, in characters.
    pub(super) fn position(&self) -> usize {
        self.text.get(..self.at).unwrap_or_default().chars().count() + 1
    }

    /// Reads one character.
    pub(super) fn advance(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.advance();
        }
    }

    /// Reads this text if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Reads this word if it comes next and does not go on.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let follows = self.rest().strip_prefix(word);
        let found = follows.is_some_and(|rest| !rest.starts_with(is_word));
        if found {
            self.at += word.len();
        }
        found
    }

    /// Reads a word: letters of any script, digits, `_`, `.`, `-`, `+`. May be empty.
    pub(super) fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|next| !is_word(next)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Reads a text in `"` or `'`, in which `\` takes the next character as it is.
    pub(super) fn quoted(&mut self) -> Result<String, QueryError> {
        let position = self.position();
        let quote = self.advance();
        let mut text = String::new();
        while let Some(next) = self.advance() {
            match next {
                next if Some(next) == quote => return Ok(text),
                '\\' => text.extend(self.advance()),
                next => text.push(next),
            }
        }
        Err(syntax(
            position,
            "this text has no end; close it with the quote that opens it",
        ))
    }
}

/// A mistake at a place.
pub(super) fn syntax(position: usize, problem: impl Into<String>) -> QueryError {
    QueryError::Syntax {
        position,
        problem: problem.into(),
    }
}

fn is_word(next: char) -> bool {
    next.is_alphanumeric() || matches!(next, '_' | '.' | '-' | '+')
}
