//! `definition` and `partial`, their relations and permissions.

use super::cursor::{Cursor, Parsed, Reported, Stop};
use super::expression;
use crate::engine::reference::name;
use crate::engine::schema::lexer::Kind;
use crate::engine::schema::suggest::nearest;
use crate::engine::schema::syntax::{
    BodyItem, Definition, Name, Permission, Relation, TypeForm, TypeReference,
};

/// `definition path { … }`, `partial path { … }`
pub(super) fn definition(cursor: &mut Cursor<'_, '_>) -> Parsed<Definition> {
    let doc = cursor.doc();
    let keyword = cursor.advance();
    let path = cursor.path("a name")?;
    let what = if cursor.slice(keyword.span) == "partial" {
        "partial name"
    } else {
        "type name"
    };
    cursor.check(&path, name::check_path(&path.text, what));
    let brace = cursor.expect(Kind::LeftBrace, "`{`")?;
    let mut body = Vec::new();
    loop {
        if cursor.eat(Kind::RightBrace).is_some() {
            break;
        }
        if cursor.kind() == Kind::End || cursor.opens_statement() {
            let message = format!("the body of `{}` is never closed", path.text);
            cursor
                .report
                .error("unclosed-body", brace.span, message)
                .help("close it with `}`");
            break;
        }
        if cursor.eat(Kind::Terminator).is_some() {
            continue;
        }
        match item(cursor) {
            Ok(item) => body.push(item),
            Err(Reported) => cursor.skip_member(),
        }
    }
    Ok(Definition {
        doc,
        name: path,
        body,
    })
}

fn item(cursor: &mut Cursor<'_, '_>) -> Parsed<BodyItem> {
    let item = match (cursor.kind(), cursor.word()) {
        (_, "relation") => BodyItem::Relation(relation(cursor)?),
        (_, "permission") => BodyItem::Permission(permission(cursor)?),
        (Kind::Ellipsis, _) => BodyItem::Splice(splice(cursor)?),
        (Kind::Word, word) => {
            let nearest = nearest(word, ["relation", "permission"]).map(str::to_owned);
            let message = format!("expected `relation`, `permission` or `}}`, found `{word}`");
            cursor
                .error("unexpected-token", message)
                .did_you_mean(nearest.as_deref());
            return Err(Reported);
        }
        _ if cursor.continues_a_line() => {
            let message = format!("a line cannot start with {}", cursor.found());
            return Err(cursor.error("unexpected-token", message).help_and_stop(
                "the line break before it ended the statement: move it to the end of the line above",
            ));
        }
        _ => return Err(cursor.unexpected("`relation`, `permission` or `}`")),
    };
    end_item(cursor)?;
    Ok(item)
}

/// Other engines of this language want the terminator before `}` too; we understand without, and
/// say so.
fn end_item(cursor: &mut Cursor<'_, '_>) -> Parsed<()> {
    if cursor.kind() != Kind::RightBrace {
        return cursor.end_statement();
    }
    let span = cursor.span();
    cursor
        .report
        .warning(
            "missing-terminator",
            span,
            "the statement before `}` has no end of its own",
        )
        .help("put `;` or a line break before `}`: not every engine of this language does without");
    Ok(())
}

fn splice(cursor: &mut Cursor<'_, '_>) -> Parsed<Name> {
    if !cursor.flags.partial {
        cursor.flag_needed("partial");
    }
    cursor.advance();
    cursor.path("a partial's name after `...`")
}

fn relation(cursor: &mut Cursor<'_, '_>) -> Parsed<Relation> {
    let doc = cursor.doc();
    cursor.advance();
    let name = cursor.member_name("a relation's name")?;
    if cursor.eat(Kind::Colon).is_none() {
        let message = format!("relation `{}` says not who can hold it", name.text);
        return Err(cursor
            .report
            .error("relation-without-type", name.span, message)
            .help_and_stop("write `relation name: type`, as in `relation owner: user`"));
    }
    let mut types = vec![type_reference(cursor)?];
    while cursor.eat(Kind::Pipe).is_some() {
        types.push(type_reference(cursor)?);
    }
    Ok(Relation { doc, name, types })
}

/// `path [ ":" "*" | "#" ( name | "..." ) ] [ "with" trait ]`
fn type_reference(cursor: &mut Cursor<'_, '_>) -> Parsed<TypeReference> {
    let name = cursor.path("a type")?;
    let form = if cursor.eat(Kind::Colon).is_some() {
        cursor.expect(Kind::Star, "`*` after `:`")?;
        TypeForm::Wildcard
    } else if cursor.eat(Kind::Hash).is_some() {
        match cursor.eat(Kind::Ellipsis) {
            Some(_) => TypeForm::Object,
            None => TypeForm::Set(cursor.free_name("a relation after `#`")?),
        }
    } else {
        TypeForm::Object
    };
    let (caveat, expiration) = match cursor.eat_word("with") {
        Some(_) => traits(cursor)?,
        None => (None, false),
    };
    let span = name.span.to(cursor.last_span());
    Ok(TypeReference {
        name,
        form,
        caveat,
        expiration,
        span,
    })
}

/// `"expiration" | path [ "and" "expiration" ]`
fn traits(cursor: &mut Cursor<'_, '_>) -> Parsed<(Option<Name>, bool)> {
    if cursor.flags.expiration && cursor.eat_word("expiration").is_some() {
        if cursor.word() == "and" {
            let error = cursor.error("unexpected-token", "the caveat stands before `expiration`");
            return Err(error.help_and_stop("write `with CAVEAT and expiration`"));
        }
        return Ok((None, true));
    }
    let caveat = cursor.path("a caveat or `expiration` after `with`")?;
    if cursor.word() != "and" {
        return Ok((Some(caveat), false));
    }
    if !cursor.flags.expiration {
        cursor.flag_needed("expiration");
    }
    cursor.advance();
    if cursor.eat_word("expiration").is_none() {
        return Err(cursor.unexpected("`expiration` after `and`"));
    }
    Ok((Some(caveat), true))
}

/// `"permission" name [ ":" type { "|" type } ] "=" expression`
fn permission(cursor: &mut Cursor<'_, '_>) -> Parsed<Permission> {
    let doc = cursor.doc();
    cursor.advance();
    let name = cursor.member_name("a permission's name")?;
    let mut annotation = Vec::new();
    if cursor.eat(Kind::Colon).is_some() {
        annotation.push(cursor.path("a type")?);
        while cursor.eat(Kind::Pipe).is_some() {
            annotation.push(cursor.path("a type")?);
        }
    }
    cursor.expect(Kind::Equals, "`=`")?;
    let expression = expression::expression(cursor)?;
    Ok(Permission {
        doc,
        name,
        annotation,
        expression,
    })
}
