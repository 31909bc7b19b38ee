//! Tokens to syntax tree: recursive descent, which goes on after an error, so that several are
//! reported at once.

mod body;
mod caveat;
mod cursor;
mod doc;
mod expression;

use super::diagnostic::Report;
use super::lexer::{self, Kind};
use super::suggest::nearest;
use super::syntax::File;
use cursor::{Cursor, Parsed, Reported, Stop};

const FLAGS: [&str; 5] = ["expiration", "self", "typechecking", "partial", "import"];
const STATEMENTS: [&str; 5] = ["use", "partial", "definition", "caveat", "import"];

/// Parses a whole schema. What could not be understood is in `report` and missing from the tree.
pub(crate) fn parse<'t>(text: &'t str, report: &mut Report<'t>) -> File {
    let lexed = lexer::lex(text, report);
    let mut cursor = Cursor::new(text, lexed, report);
    let mut file = File::default();
    while cursor.kind() != Kind::End {
        if cursor.eat(Kind::Terminator).is_some() {
            continue;
        }
        if statement(&mut cursor, &mut file).is_err() {
            cursor.skip_to_statement();
        }
    }
    file
}

fn statement(cursor: &mut Cursor<'_, '_>, file: &mut File) -> Parsed<()> {
    match cursor.word() {
        "use" => use_line(cursor, file),
        "definition" => {
            let definition = body::definition(cursor)?;
            file.definitions.push(definition);
            Ok(())
        }
        "partial" => {
            if !cursor.flags.partial {
                cursor.flag_needed("partial");
            }
            let partial = body::definition(cursor)?;
            file.partials.push(partial);
            Ok(())
        }
        "caveat" => {
            let caveat = caveat::caveat(cursor)?;
            file.caveats.push(caveat);
            Ok(())
        }
        "import" => {
            let message = "`import` reads files, and a schema sent here has none beside it";
            let error = cursor.error("import-refused", message);
            let reported = error.help_and_stop("put the imported definitions into this text");
            cursor.advance();
            Err(reported)
        }
        word => {
            let nearest = nearest(word, STATEMENTS).map(str::to_owned);
            let found = cursor.found();
            let error = cursor.error(
                "unexpected-token",
                format!("expected `definition`, `caveat`, `partial` or `use`, found {found}"),
            );
            error.did_you_mean(nearest.as_deref());
            Err(Reported)
        }
    }
}

fn use_line(cursor: &mut Cursor<'_, '_>, file: &mut File) -> Parsed<()> {
    let keyword = cursor.advance();
    if !(file.definitions.is_empty() && file.partials.is_empty() && file.caveats.is_empty()) {
        cursor
            .report
            .error(
                "misplaced-use",
                keyword.span,
                "`use` must stand before every definition",
            )
            .help("move the line to the top");
    }
    let flag = cursor.name("a feature")?;
    let flags = &mut file.flags;
    match &*flag.text {
        "expiration" => flags.expiration = true,
        "self" => flags.self_reference = true,
        "typechecking" => flags.typechecking = true,
        "partial" => flags.partial = true,
        "import" => flags.import = true,
        unknown => {
            let message = format!("`{unknown}` is not a feature");
            let known = nearest(unknown, FLAGS);
            let error = cursor.report.error("unknown-flag", flag.span, message);
            error.help(format!(
                "the features are {}",
                FLAGS.map(|f| format!("`{f}`")).join(", ")
            ));
            error.did_you_mean(known);
        }
    }
    cursor.flags = *flags;
    cursor.end_statement()
}

#[cfg(test)]
mod tests;
