//! `caveat name(parameter type, …) { CEL }`

use super::cursor::{Cursor, MAX_NESTING, Parsed, Stop};
use crate::engine::reference::name;
use crate::engine::schema::lexer::Kind;
use crate::engine::schema::syntax::{Caveat, CaveatType, Name, Parameter};

pub(super) fn caveat(cursor: &mut Cursor<'_, '_>) -> Parsed<Caveat> {
    let doc = cursor.doc();
    cursor.advance();
    let path = cursor.path("a caveat's name")?;
    cursor.check(&path, name::check_path(&path.text, "caveat name"));
    cursor.expect(Kind::LeftParen, "`(`")?;
    if cursor.kind() == Kind::RightParen {
        return Err(cursor
            .error(
                "caveat-without-parameters",
                "a caveat needs at least one parameter",
            )
            .help_and_stop("write `caveat name(parameter type) { expression }`"));
    }
    let mut parameters = vec![parameter(cursor)?];
    while cursor.eat(Kind::Comma).is_some() {
        parameters.push(parameter(cursor)?);
    }
    cursor.expect(Kind::RightParen, "`,` or `)`")?;
    let brace = cursor.expect(Kind::LeftBrace, "`{`")?;
    let body = cursor.expect(Kind::CelBody, "an expression")?;
    if cursor.eat(Kind::RightBrace).is_none() {
        let message = format!("the body of `{}` is never closed", path.text);
        cursor
            .report
            .error("unclosed-body", brace.span, message)
            .help("close it with `}`");
    }
    let body = Name {
        text: cursor.slice(body.span).into(),
        span: body.span,
    };
    Ok(Caveat {
        doc,
        name: path,
        parameters,
        body,
    })
}

fn parameter(cursor: &mut Cursor<'_, '_>) -> Parsed<Parameter> {
    let name = cursor.free_name("a parameter's name")?;
    let parameter_type = parameter_type(cursor)?;
    Ok(Parameter {
        name,
        parameter_type,
    })
}

fn parameter_type(cursor: &mut Cursor<'_, '_>) -> Parsed<CaveatType> {
    let name = cursor.free_name("a parameter's type")?;
    let mut arguments = Vec::new();
    if cursor.eat(Kind::LeftAngle).is_some() {
        if cursor.nesting == MAX_NESTING {
            let message = format!("more than {MAX_NESTING} types stand within each other");
            return Err(cursor.error("type-too-deep", message).stop());
        }
        cursor.nesting += 1;
        let read = type_arguments(cursor, &mut arguments);
        cursor.nesting -= 1;
        read?;
    }
    Ok(CaveatType { name, arguments })
}

fn type_arguments(cursor: &mut Cursor<'_, '_>, arguments: &mut Vec<CaveatType>) -> Parsed<()> {
    arguments.push(parameter_type(cursor)?);
    while cursor.eat(Kind::Comma).is_some() {
        arguments.push(parameter_type(cursor)?);
    }
    cursor.expect(Kind::RightAngle, "`>`")?;
    Ok(())
}
