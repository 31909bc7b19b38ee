//! The parser's place in the tokens.

use crate::engine::reference::{InvalidReference, name};
use crate::engine::schema::diagnostic::{Diagnostic, Report};
use crate::engine::schema::lexer::{Kind, Lexed, Token};
use crate::engine::schema::span::Span;
use crate::engine::schema::syntax::{Flags, Name};

/// An error that is in the report already.
#[derive(Debug)]
pub(super) struct Reported;

pub(super) type Parsed<T> = Result<T, Reported>;

/// Groups within groups, types within types: what the parser's own stack bears.
pub(super) const MAX_NESTING: usize = 64;

pub(super) struct Cursor<'t, 'r> {
    pub(super) text: &'t str,
    pub(super) report: &'r mut Report<'t>,
    pub(super) flags: Flags,
    pub(super) nesting: usize,
    pub(super) comments: Vec<Span>,
    tokens: Vec<Token>,
    at: usize,
}

const LINE_BREAK_HELP: &str = "a line break after a name, `)`, `}` or `*` ends the statement: end the line with the operator, `|`, `,` or bracket instead";

impl<'t, 'r> Cursor<'t, 'r> {
    pub(super) fn new(text: &'t str, lexed: Lexed, report: &'r mut Report<'t>) -> Self {
        let Lexed { tokens, comments } = lexed;
        Self {
            text,
            report,
            flags: Flags::default(),
            nesting: 0,
            comments,
            tokens,
            at: 0,
        }
    }

    pub(super) fn token(&self) -> Token {
        let end = Span {
            start: self.text.len(),
            end: self.text.len(),
        };
        self.tokens.get(self.at).copied().unwrap_or(Token {
            kind: Kind::End,
            span: end,
        })
    }

    pub(super) fn kind(&self) -> Kind {
        self.token().kind
    }

    pub(super) fn span(&self) -> Span {
        self.token().span
    }

    /// The text of the current token if it is a word, else nothing.
    pub(super) fn word(&self) -> &'t str {
        if self.kind() == Kind::Word {
            self.slice(self.span())
        } else {
            ""
        }
    }

    pub(super) fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Where the last token that was taken stands.
    pub(super) fn last_span(&self) -> Span {
        self.at
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map_or(Span::default(), |t| t.span)
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.token();
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }

    pub(super) fn eat(&mut self, kind: Kind) -> Option<Token> {
        (self.kind() == kind).then(|| self.advance())
    }

    pub(super) fn eat_word(&mut self, word: &str) -> Option<Token> {
        (self.word() == word).then(|| self.advance())
    }

    /// Takes a token of this kind; `expected` completes "expected …".
    pub(super) fn expect(&mut self, kind: Kind, expected: &str) -> Parsed<Token> {
        self.eat(kind).ok_or_else(|| self.unexpected(expected))
    }

    /// Takes a word that is not reserved.
    pub(super) fn name(&mut self, expected: &str) -> Parsed<Name> {
        if self.kind() != Kind::Word {
            return Err(self.unexpected(expected));
        }
        let token = self.advance();
        Ok(Name {
            text: self.slice(token.span).into(),
            span: token.span,
        })
    }

    /// Takes `name { "/" name }`.
    pub(super) fn path(&mut self, expected: &str) -> Parsed<Name> {
        let mut path = self.free_name(expected)?;
        while self.eat(Kind::Slash).is_some() {
            let next = self.free_name("a name after `/`")?;
            path.text = format!("{}/{}", path.text, next.text).into();
            path.span = path.span.to(next.span);
        }
        Ok(path)
    }

    /// Takes a word that the language does not keep for itself.
    pub(super) fn free_name(&mut self, expected: &str) -> Parsed<Name> {
        let word = self.word();
        if self.is_reserved(word) {
            let message = format!("`{word}` is a word of the language and cannot be a name");
            return Err(self.error("reserved-word", message).stop());
        }
        self.name(expected)
    }

    /// Takes the name that a `relation` or `permission` declares.
    pub(super) fn member_name(&mut self, expected: &str) -> Parsed<Name> {
        let member = self.free_name(expected)?;
        self.check(&member, name::check_relation(&member.text));
        Ok(member)
    }

    /// Reports a declared name that breaks the naming rules; parsing goes on.
    pub(super) fn check(&mut self, name: &Name, checked: Result<(), InvalidReference>) {
        if let Err(refusal) = checked {
            self.report
                .error("invalid-name", name.span, refusal.to_string());
        }
    }

    fn is_reserved(&self, word: &str) -> bool {
        match word {
            "definition" | "caveat" | "relation" | "permission" | "nil" | "with" => true,
            "expiration" | "and" => self.flags.expiration,
            "self" => self.flags.self_reference,
            "typechecking" => self.flags.typechecking,
            "partial" => self.flags.partial,
            "import" => self.flags.import,
            _ => false,
        }
    }

    /// The end of a statement: `;`, a line break, or the end of what holds it.
    pub(super) fn end_statement(&mut self) -> Parsed<()> {
        if self.eat(Kind::Terminator).is_some() || self.kind() == Kind::End {
            return Ok(());
        }
        Err(self.unexpected("the end of the statement (a line break or `;`)"))
    }

    pub(super) fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let span = self.span();
        self.report.error(code, span, message)
    }

    pub(super) fn unexpected(&mut self, expected: &str) -> Reported {
        let found = self.found();
        let broken_line = self.kind() == Kind::Terminator && found == "the end of the line";
        let error = self.error(
            "unexpected-token",
            format!("expected {expected}, found {found}"),
        );
        if broken_line {
            error.help(LINE_BREAK_HELP);
        }
        Reported
    }

    pub(super) fn flag_needed(&mut self, flag: &str) {
        let message = format!("this needs `use {flag}`");
        self.error("flag-needed", message)
            .help(format!("add the line `use {flag}` at the top"));
    }

    /// The current token, for a message.
    pub(super) fn found(&self) -> String {
        let slice = self.slice(self.span());
        match self.kind() {
            Kind::End => "the end of the text".to_owned(),
            Kind::Terminator if slice != ";" => "the end of the line".to_owned(),
            _ => format!("`{slice}`"),
        }
    }

    /// Goes to the next word that can open a top-level statement.
    pub(super) fn skip_to_statement(&mut self) {
        while self.kind() != Kind::End && !self.opens_statement() {
            self.advance();
        }
    }

    /// Goes to the end of a broken statement within a body: past its terminator, or before the
    /// body's `}`, or before what opens the next statement. A line that starts with an operator
    /// or `)` belongs to the broken one above it.
    pub(super) fn skip_member(&mut self) {
        while !matches!(self.kind(), Kind::End | Kind::RightBrace) && !self.opens_statement() {
            let skipped = self.advance().kind;
            if skipped == Kind::Terminator && !self.continues_a_line() {
                return;
            }
        }
    }

    pub(super) fn continues_a_line(&self) -> bool {
        use Kind::{And, Arrow, Dot, Minus, Pipe, Plus, RightParen};
        matches!(
            self.kind(),
            Plus | Minus | And | Pipe | Arrow | Dot | RightParen
        )
    }

    /// Whether a top-level statement starts here: its word, first of its line.
    pub(super) fn opens_statement(&self) -> bool {
        let first = self.at == 0
            || self.tokens.get(self.at - 1).is_some_and(|last| {
                matches!(last.kind, Kind::Terminator | Kind::RightBrace)
                    || self.slice(last.span.to(self.span())).contains('\n')
            });
        first
            && matches!(
                self.word(),
                "use" | "definition" | "caveat" | "partial" | "import"
            )
    }
}

/// Ends a production after its error was reported.
pub(super) trait Stop {
    fn stop(&mut self) -> Reported;
    fn help_and_stop(&mut self, suggestion: &str) -> Reported;
}

impl Stop for Diagnostic {
    fn stop(&mut self) -> Reported {
        Reported
    }

    fn help_and_stop(&mut self, suggestion: &str) -> Reported {
        self.help(suggestion);
        Reported
    }
}
