//! Random trees, without places.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::engine::schema::model::Quantifier;
use crate::engine::schema::span::Span;
use crate::engine::schema::syntax::{
    BodyItem, Caveat, CaveatType, Definition, Doc, Expression, ExpressionKind, File, Flags, Name,
    Operator, Parameter, Permission, Relation, TypeForm, TypeReference,
};

fn named(text: impl Into<Box<str>>) -> Name {
    Name {
        text: text.into(),
        span: Span::default(),
    }
}

/// Names that no feature reserves: the `x` keeps them apart from the language's words.
fn name() -> impl Strategy<Value = Name> {
    "x[a-z0-9_]{1,6}[a-z0-9]".prop_map(named)
}

fn path() -> impl Strategy<Value = Name> {
    "(x[a-z0-9_]{1,4}[a-z0-9]/)?x[a-z0-9_]{1,4}[a-z0-9]".prop_map(named)
}

fn doc() -> impl Strategy<Value = Doc> {
    vec("[a-z@][a-z .{}*]{0,8}[a-z]".prop_map(named), 0..3).prop_map(|lines| Doc { lines })
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        Just(ExpressionKind::Nil),
        Just(ExpressionKind::SelfReference),
        name().prop_map(|name| ExpressionKind::Member(name.text)),
        (name(), any::<bool>(), name()).prop_map(|(relation, all, target)| {
            let quantifier = if all {
                Quantifier::All
            } else {
                Quantifier::Any
            };
            ExpressionKind::Arrow {
                relation,
                quantifier,
                target,
            }
        }),
    ]
    .prop_map(spanless);
    leaf.prop_recursive(4, 24, 4, |inner| {
        let operator = prop_oneof![
            Just(Operator::Exclusion),
            Just(Operator::Intersection),
            Just(Operator::Union)
        ];
        (operator, vec(inner, 2..4)).prop_map(|(operator, operands)| {
            let operands = operands
                .into_iter()
                .map(|operand| grouped(operator, operand))
                .collect();
            spanless(ExpressionKind::Chain(operator, operands))
        })
    })
}

fn spanless(kind: ExpressionKind) -> Expression {
    Expression {
        kind,
        span: Span::default(),
    }
}

/// Puts what does not bind tighter into parentheses, as it must be written.
fn grouped(outer: Operator, operand: Expression) -> Expression {
    let looseness = |operator| match operator {
        Operator::Exclusion => 2,
        Operator::Intersection => 1,
        Operator::Union => 0,
    };
    match operand.kind {
        ExpressionKind::Chain(inner, _) if looseness(inner) >= looseness(outer) => {
            spanless(ExpressionKind::Group(Box::new(operand)))
        }
        _ => operand,
    }
}

fn type_reference() -> impl Strategy<Value = TypeReference> {
    let form = prop_oneof![
        Just(TypeForm::Object),
        Just(TypeForm::Wildcard),
        name().prop_map(TypeForm::Set)
    ];
    (path(), form, option::of(path()), any::<bool>()).prop_map(
        |(name, form, caveat, expiration)| TypeReference {
            name,
            form,
            caveat,
            expiration,
            span: Span::default(),
        },
    )
}

fn item() -> impl Strategy<Value = BodyItem> {
    prop_oneof![
        path().prop_map(BodyItem::Splice),
        (doc(), name(), vec(type_reference(), 1..4))
            .prop_map(|(doc, name, types)| { BodyItem::Relation(Relation { doc, name, types }) }),
        (doc(), name(), vec(path(), 0..3), expression()).prop_map(
            |(doc, name, annotation, expression)| {
                BodyItem::Permission(Permission {
                    doc,
                    name,
                    annotation,
                    expression,
                })
            }
        ),
    ]
}

fn definition() -> impl Strategy<Value = Definition> {
    (doc(), path(), vec(item(), 0..5)).prop_map(|(doc, name, body)| Definition { doc, name, body })
}

fn caveat() -> impl Strategy<Value = Caveat> {
    let plain = name().prop_map(|name| CaveatType {
        name,
        arguments: Vec::new(),
    });
    let parameter_type = plain.prop_recursive(3, 6, 2, |inner| {
        (name(), vec(inner, 1..3)).prop_map(|(name, arguments)| CaveatType { name, arguments })
    });
    let parameter = (name(), parameter_type).prop_map(|(name, parameter_type)| Parameter {
        name,
        parameter_type,
    });
    let body = prop_oneof!["[a-z0-9 +&|\n]{0,12}", Just("{'}': \"\\\"}\"}".to_owned())];
    (doc(), path(), vec(parameter, 1..3), body).prop_map(|(doc, name, parameters, body)| Caveat {
        doc,
        name,
        parameters,
        body: named(body),
    })
}

prop_compose! {
    pub(super) fn file()(
        typechecking: bool,
        import: bool,
        definitions in vec(definition(), 0..4),
        partials in vec(definition(), 0..3),
        caveats in vec(caveat(), 0..3),
    ) -> File {
        let flags = Flags { expiration: true, self_reference: true, typechecking, partial: true, import };
        File { flags, definitions, partials, caveats }
    }
}

/// Makes a parsed tree comparable to a random one.
pub(super) fn forget_places(file: &mut File) {
    for definition in file.definitions.iter_mut().chain(&mut file.partials) {
        forget_doc(&mut definition.doc);
        forget([&mut definition.name]);
        definition.body.iter_mut().for_each(forget_item);
    }
    for caveat in &mut file.caveats {
        forget_doc(&mut caveat.doc);
        forget([&mut caveat.name, &mut caveat.body]);
        for parameter in &mut caveat.parameters {
            forget([&mut parameter.name]);
            forget_type(&mut parameter.parameter_type);
        }
    }
}

fn forget<'n>(names: impl IntoIterator<Item = &'n mut Name>) {
    names
        .into_iter()
        .for_each(|name| name.span = Span::default());
}

fn forget_doc(doc: &mut Doc) {
    forget(&mut doc.lines);
}

fn forget_item(item: &mut BodyItem) {
    match item {
        BodyItem::Splice(name) => forget([name]),
        BodyItem::Relation(relation) => {
            forget_doc(&mut relation.doc);
            forget([&mut relation.name]);
            for reference in &mut relation.types {
                reference.span = Span::default();
                forget([&mut reference.name]);
                forget(&mut reference.caveat);
                if let TypeForm::Set(relation) = &mut reference.form {
                    forget([relation]);
                }
            }
        }
        BodyItem::Permission(permission) => {
            forget_doc(&mut permission.doc);
            forget([&mut permission.name]);
            forget(&mut permission.annotation);
            forget_expression(&mut permission.expression);
        }
    }
}

fn forget_expression(expression: &mut Expression) {
    expression.span = Span::default();
    match &mut expression.kind {
        ExpressionKind::Arrow {
            relation, target, ..
        } => forget([relation, target]),
        ExpressionKind::Group(inner) => forget_expression(inner),
        ExpressionKind::Chain(_, operands) => operands.iter_mut().for_each(forget_expression),
        _ => {}
    }
}

fn forget_type(written: &mut CaveatType) {
    forget([&mut written.name]);
    written.arguments.iter_mut().for_each(forget_type);
}
