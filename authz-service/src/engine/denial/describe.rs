//! A part of a permission in words that a person can act on.

use super::FailedOperand;
use crate::engine::check::evaluate::target;
use crate::engine::check::scope::{Scope, State};
use crate::engine::schema::{Arrow, Expr, Layer, MemberId, MemberKind, Quantifier};

/// Aliases of aliases are followed this far.
const MAX_ALIASES: usize = 8;

/// Names what the subject would have to hold to have a part of the permission `at`.
pub(super) fn operand(
    scope: &Scope<'_>,
    at: State,
    expr: &Expr,
    layer: Option<Layer>,
) -> FailedOperand {
    let named = match expr {
        Expr::Member(member) => Some(*member),
        _ => None,
    };
    let reached = arrow_of(scope, expr).and_then(|arrow| only_target(scope, at.object, arrow));
    let missing = match (&reached, named, expr) {
        (Some(reached), _, _) => name(scope, *reached),
        (None, Some(member), _) => name(scope, State { member, ..at }),
        (None, None, Expr::Arrow(arrow)) => arrow_name(scope, at, arrow),
        (None, None, _) => name(scope, at),
    };
    let own = named.map(|member| scope.member(member));
    let reached = reached.map(|reached| scope.member(reached.member));
    let ask = own.and_then(|own| own.ask.clone());
    // How to ask for a permission says nothing of how to be rid of a restriction.
    let whole = (layer != Some(Layer::Restriction)).then(|| scope.member(at.member));
    FailedOperand {
        layer: layer
            .or_else(|| layer_of(scope, expr))
            .or_else(|| reached.and_then(|reached| reached.layer))
            .or(scope.member(at.member).layer),
        missing,
        ask: ask
            .or_else(|| reached.and_then(|reached| reached.ask.clone()))
            .or_else(|| whole.and_then(|whole| whole.ask.clone())),
    }
}

/// The layer of a name, or the one that all parts of a group agree on.
fn layer_of(scope: &Scope<'_>, expr: &Expr) -> Option<Layer> {
    match expr {
        Expr::Member(member) => scope.member(*member).layer,
        Expr::Union(operands) | Expr::Intersection(operands) => {
            let mut layers = operands
                .iter()
                .map(|part| part.layer.or_else(|| layer_of(scope, &part.expr)));
            let first = layers.next()??;
            layers.all(|layer| layer == Some(first)).then_some(first)
        }
        _ => None,
    }
}

/// The arrow that an expression is, or is another name for.
fn arrow_of<'s>(scope: &'s Scope<'_>, expr: &'s Expr) -> Option<&'s Arrow> {
    let mut expr = expr;
    for _ in 0..MAX_ALIASES {
        match expr {
            Expr::Arrow(arrow) => return Some(arrow),
            Expr::Member(member) => match &scope.member(*member).kind {
                MemberKind::Permission(inner) => expr = inner,
                MemberKind::Relation(_) => return None,
            },
            _ => return None,
        }
    }
    None
}

/// What an arrow asks, where it leads to exactly one object.
fn only_target(scope: &Scope<'_>, object: u32, arrow: &Arrow) -> Option<State> {
    let kinds = scope.kinds_of(arrow.relation).iter();
    let mut reached = kinds.flat_map(|kind| {
        let edges = scope.facts.subjects(kind.id, object);
        edges.map(|edge| (target(arrow, *kind), edge.other))
    });
    let (member, object): (Option<MemberId>, u32) = reached.next()?;
    if reached.next().is_some() {
        return None;
    }
    Some(State {
        member: member?,
        object,
    })
}

fn name(scope: &Scope<'_>, state: State) -> String {
    let member = scope.member(state.member);
    let object = scope.facts.object(member.owner, state.object);
    let object = object.map(|object| object.to_string()).unwrap_or_default();
    format!("{object}#{}", member.name)
}

fn arrow_name(scope: &Scope<'_>, at: State, arrow: &Arrow) -> String {
    let relation = name(
        scope,
        State {
            member: arrow.relation,
            ..at
        },
    );
    match arrow.quantifier {
        Quantifier::Any => format!("{relation}->{}", arrow.target),
        Quantifier::All => format!("{relation}.all({})", arrow.target),
    }
}
