//! Text to tokens.
//!
//! A line break ends a statement if it follows a word, `}`, `)` or `*`; elsewhere it is blank
//! space, inside parentheses too. The body of a `caveat` is CEL and not ours to cut: it becomes
//! one token.

mod cel_body;

use logos::Logos;

use super::diagnostic::Report;
use super::span::Span;

/// What a token is.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(skip r"[ \t\u{feff}]+")]
pub(crate) enum Kind {
    #[regex(r"[\p{L}\p{Nd}_]+")]
    Word,
    #[token("{")]
    LeftBrace,
    #[token("}")]
    RightBrace,
    #[token("(")]
    LeftParen,
    #[token(")")]
    RightParen,
    #[token("<")]
    LeftAngle,
    #[token(">")]
    RightAngle,
    #[token("|")]
    Pipe,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("&")]
    And,
    #[token("/")]
    Slash,
    #[token("=")]
    Equals,
    #[token(":")]
    Colon,
    #[token("#")]
    Hash,
    #[token(",")]
    Comma,
    #[token(".")]
    Dot,
    #[token("...")]
    Ellipsis,
    #[token("->")]
    Arrow,
    #[token("*")]
    Star,
    #[regex(r#""[^"\r\n]*"|'[^'\r\n]*'"#)]
    Text,
    /// A `;`, or a line break that ends a statement.
    #[token(";")]
    Terminator,
    /// The body of a caveat, without its braces.
    CelBody,
    #[regex(r"[\r\n]+")]
    LineBreak,
    #[regex(r"//[^\r\n]*", allow_greedy = true)]
    LineComment,
    #[token("/*", block_comment)]
    BlockComment,
    /// A `/*` without its `*/`; takes the rest of the text.
    OpenComment,
    End,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// What the parser reads. `tokens` ends with [`Kind::End`] and holds neither comments nor line
/// breaks that end nothing.
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<Span>,
}

/// Cuts the whole text; what is not a token is reported and left out.
pub(crate) fn lex(text: &str, report: &mut Report<'_>) -> Lexed {
    let mut source = Kind::lexer(text);
    let mut lexed = Lexed {
        tokens: Vec::new(),
        comments: Vec::new(),
    };
    let mut body_follows = false;
    while let Some(found) = source.next() {
        let span = Span::from(source.span());
        let Ok(kind) = found else {
            report_stray(text, span, report);
            continue;
        };
        match kind {
            Kind::LineComment | Kind::BlockComment => lexed.comments.push(span),
            Kind::LineBreak => {
                if lexed
                    .tokens
                    .last()
                    .is_some_and(|last| ends_statement(last.kind))
                {
                    lexed.tokens.push(Token {
                        kind: Kind::Terminator,
                        span,
                    });
                }
            }
            Kind::OpenComment => {
                let opening = Span {
                    start: span.start,
                    end: span.start + 2,
                };
                report
                    .error(
                        "unterminated-comment",
                        opening,
                        "this comment is never closed",
                    )
                    .help("close it with `*/`");
            }
            Kind::LeftBrace if body_follows => {
                body_follows = false;
                lexed.tokens.push(Token { kind, span });
                let length = cel_body::length(source.remainder());
                let body = span.end..span.end + length;
                lexed.tokens.push(Token {
                    kind: Kind::CelBody,
                    span: body.into(),
                });
                source.bump(length);
            }
            _ => {
                body_follows = header_of_caveat(body_follows, kind, source.slice());
                lexed.tokens.push(Token { kind, span });
            }
        }
    }
    let end = Span {
        start: text.len(),
        end: text.len(),
    };
    lexed.tokens.push(Token {
        kind: Kind::End,
        span: end,
    });
    lexed
}

/// Whether the next `{` opens a caveat's body. Other statements' words end a broken header, so
/// that the definition after it is not taken for CEL.
fn header_of_caveat(before: bool, kind: Kind, slice: &str) -> bool {
    match (kind, slice) {
        (Kind::Word, "caveat") => true,
        (Kind::Word, "definition" | "partial") | (Kind::RightBrace, _) => false,
        _ => before,
    }
}

fn ends_statement(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Word | Kind::RightBrace | Kind::RightParen | Kind::Star
    )
}

fn block_comment(lexer: &mut logos::Lexer<'_, Kind>) -> Kind {
    let rest = lexer.remainder();
    let closing = rest.find("*/");
    lexer.bump(closing.map_or(rest.len(), |at| at + 2));
    if closing.is_some() {
        Kind::BlockComment
    } else {
        Kind::OpenComment
    }
}

fn report_stray(text: &str, span: Span, report: &mut Report<'_>) {
    let stray = text.get(span.start..span.end).unwrap_or_default();
    if stray.starts_with(['"', '\'']) {
        report.error(
            "unterminated-text",
            span,
            "this quoted text is never closed",
        );
        return;
    }
    let message = format!("`{}` has no meaning here", stray.escape_debug());
    report.error("unexpected-character", span, message);
}
