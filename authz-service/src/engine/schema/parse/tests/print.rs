//! A tree back to text.

use std::fmt::Write;

use crate::engine::schema::model::Quantifier;
use crate::engine::schema::syntax::{
    BodyItem, Caveat, CaveatType, Definition, Doc, Expression, ExpressionKind, File, Flags, Name,
    TypeForm, TypeReference,
};

pub(super) fn file(file: &File) -> String {
    let mut text = flags(file.flags);
    let partials = file.partials.iter().map(|partial| ("partial", partial));
    let definitions = file
        .definitions
        .iter()
        .map(|definition| ("definition", definition));
    for (keyword, body) in partials.chain(definitions) {
        text += &definition(keyword, body);
    }
    for written in &file.caveats {
        text += &caveat(written);
    }
    text
}

fn flags(flags: Flags) -> String {
    let all = [
        ("expiration", flags.expiration),
        ("self", flags.self_reference),
        ("typechecking", flags.typechecking),
        ("partial", flags.partial),
        ("import", flags.import),
    ];
    let on = all.iter().filter(|(_, on)| *on);
    on.fold(String::new(), |text, (flag, _)| text + "use " + flag + "\n")
}

fn doc(doc: &Doc) -> String {
    doc.lines
        .iter()
        .fold(String::new(), |text, line| text + "// " + &line.text + "\n")
}

fn definition(keyword: &str, definition: &Definition) -> String {
    let mut text = format!(
        "{}{keyword} {} {{\n",
        doc(&definition.doc),
        definition.name.text
    );
    for item in &definition.body {
        let item = match item {
            BodyItem::Splice(name) => format!("...{}", name.text),
            BodyItem::Relation(relation) => {
                let types: Vec<_> = relation.types.iter().map(type_reference).collect();
                let types = types.join(" | ");
                format!(
                    "{}relation {}: {types}",
                    doc(&relation.doc),
                    relation.name.text
                )
            }
            BodyItem::Permission(permission) => {
                let colon = if permission.annotation.is_empty() {
                    ""
                } else {
                    ": "
                };
                format!(
                    "{}permission {}{colon}{} = {}",
                    doc(&permission.doc),
                    permission.name.text,
                    names(&permission.annotation),
                    expression(&permission.expression)
                )
            }
        };
        text += &(item + ";\n");
    }
    text + "}\n"
}

fn names(names: &[Name]) -> String {
    names
        .iter()
        .map(|name| &*name.text)
        .collect::<Vec<_>>()
        .join(" | ")
}

fn type_reference(reference: &TypeReference) -> String {
    let mut text = reference.name.text.to_string();
    match &reference.form {
        TypeForm::Object => {}
        TypeForm::Wildcard => text += ":*",
        TypeForm::Set(relation) => write!(text, "#{}", relation.text).unwrap(),
    }
    match (&reference.caveat, reference.expiration) {
        (None, false) => {}
        (None, true) => text += " with expiration",
        (Some(caveat), false) => write!(text, " with {}", caveat.text).unwrap(),
        (Some(caveat), true) => write!(text, " with {} and expiration", caveat.text).unwrap(),
    }
    text
}

fn expression(written: &Expression) -> String {
    match &written.kind {
        ExpressionKind::Nil => "nil".into(),
        ExpressionKind::SelfReference => "self".into(),
        ExpressionKind::Member(name) => name.to_string(),
        ExpressionKind::Arrow {
            relation,
            quantifier,
            target,
        } => match quantifier {
            Quantifier::Any => format!("{}->{}", relation.text, target.text),
            Quantifier::All => format!("{}.all({})", relation.text, target.text),
        },
        ExpressionKind::Group(inner) => format!("(\n{}\t)", expression(inner)),
        ExpressionKind::Chain(operator, operands) => {
            let operands: Vec<_> = operands.iter().map(expression).collect();
            operands.join(&format!(" {}\n ", operator.symbol()))
        }
    }
}

fn caveat(caveat: &Caveat) -> String {
    let parameters: Vec<_> = caveat
        .parameters
        .iter()
        .map(|parameter| {
            format!(
                "{} {}",
                parameter.name.text,
                caveat_type(&parameter.parameter_type)
            )
        })
        .collect();
    let parameters = parameters.join(",\n");
    format!(
        "{}caveat {}({parameters}) {{{}}}\n",
        doc(&caveat.doc),
        caveat.name.text,
        caveat.body.text
    )
}

fn caveat_type(written: &CaveatType) -> String {
    if written.arguments.is_empty() {
        return written.name.text.to_string();
    }
    let arguments: Vec<_> = written.arguments.iter().map(caveat_type).collect();
    format!("{}<{}>", written.name.text, arguments.join(", "))
}
