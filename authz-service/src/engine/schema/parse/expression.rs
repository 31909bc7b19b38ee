//! A permission's expression. `+` binds tightest, then `&`, then `-`.

use super::cursor::{Cursor, MAX_NESTING, Parsed, Stop};
use crate::engine::schema::lexer::Kind;
use crate::engine::schema::model::Quantifier;
use crate::engine::schema::syntax::{Expression, ExpressionKind, Name, Operator};

pub(super) fn expression(cursor: &mut Cursor<'_, '_>) -> Parsed<Expression> {
    chain(cursor, Operator::Exclusion)
}

/// Operands of one operator; each may be a chain of a tighter one.
fn chain(cursor: &mut Cursor<'_, '_>, operator: Operator) -> Parsed<Expression> {
    let (kind, operand): (Kind, fn(&mut Cursor<'_, '_>) -> Parsed<Expression>) = match operator {
        Operator::Exclusion => (Kind::Minus, |cursor| chain(cursor, Operator::Intersection)),
        Operator::Intersection => (Kind::And, |cursor| chain(cursor, Operator::Union)),
        Operator::Union => (Kind::Plus, unary),
    };
    let first = operand(cursor)?;
    if cursor.kind() != kind {
        return Ok(first);
    }
    let start = first.span;
    let mut operands = vec![first];
    while cursor.eat(kind).is_some() {
        operands.push(operand(cursor)?);
    }
    let span = start.to(cursor.last_span());
    Ok(Expression {
        kind: ExpressionKind::Chain(operator, operands),
        span,
    })
}

fn unary(cursor: &mut Cursor<'_, '_>) -> Parsed<Expression> {
    let start = cursor.span();
    let kind = match (cursor.kind(), cursor.word()) {
        (Kind::LeftParen, _) => group(cursor)?,
        (_, "nil") => {
            cursor.advance();
            ExpressionKind::Nil
        }
        (_, "self") if cursor.flags.self_reference => {
            cursor.advance();
            ExpressionKind::SelfReference
        }
        _ => return named(cursor),
    };
    if matches!(cursor.kind(), Kind::Arrow | Kind::Dot) {
        return Err(cursor
            .error(
                "arrow-without-relation",
                "an arrow starts from a relation of this definition",
            )
            .help_and_stop("write `relation->target`"));
    }
    Ok(Expression {
        kind,
        span: start.to(cursor.last_span()),
    })
}

fn group(cursor: &mut Cursor<'_, '_>) -> Parsed<ExpressionKind> {
    if cursor.nesting == MAX_NESTING {
        let message = format!("more than {MAX_NESTING} groups stand within each other");
        let error = cursor.error("expression-too-deep", message);
        return Err(error.help_and_stop("give the inner part a permission of its own"));
    }
    cursor.advance();
    cursor.nesting += 1;
    let inner = expression(cursor);
    cursor.nesting -= 1;
    let inner = inner?;
    cursor.expect(Kind::RightParen, "`)` or an operator")?;
    Ok(ExpressionKind::Group(Box::new(inner)))
}

/// `name`, `name->name`, `name.any(name)`, `name.all(name)`
fn named(cursor: &mut Cursor<'_, '_>) -> Parsed<Expression> {
    let name = cursor.free_name("a relation, a permission, `nil` or `(`")?;
    let Some((quantifier, target)) = arrow(cursor)? else {
        return Ok(Expression {
            span: name.span,
            kind: ExpressionKind::Member(name.text),
        });
    };
    if matches!(cursor.kind(), Kind::Arrow | Kind::Dot) {
        return Err(cursor.error("nested-arrows", "an arrow cannot follow another arrow").help_and_stop(
            "give the middle type a permission that takes the second step, and point the arrow at it",
        ));
    }
    let span = name.span.to(cursor.last_span());
    Ok(Expression {
        kind: ExpressionKind::Arrow {
            relation: name,
            quantifier,
            target,
        },
        span,
    })
}

fn arrow(cursor: &mut Cursor<'_, '_>) -> Parsed<Option<(Quantifier, Name)>> {
    const TARGET: &str = "a relation or permission of the subject";
    if cursor.eat(Kind::Arrow).is_some() {
        return Ok(Some((Quantifier::Any, cursor.free_name(TARGET)?)));
    }
    if cursor.eat(Kind::Dot).is_none() {
        return Ok(None);
    }
    let quantifier = match cursor.word() {
        "any" => Quantifier::Any,
        "all" => Quantifier::All,
        _ => return Err(cursor.unexpected("`any` or `all` after `.`")),
    };
    cursor.advance();
    cursor.expect(Kind::LeftParen, "`(`")?;
    let target = cursor.free_name(TARGET)?;
    cursor.expect(Kind::RightParen, "`)`")?;
    Ok(Some((quantifier, target)))
}
