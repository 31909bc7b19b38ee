//! Random permission expressions.

use proptest::prelude::*;

/// What every type declares, so that any name fits anywhere.
pub const RELATIONS: [&str; 3] = ["direct", "open", "above"];
pub const PERMISSIONS: [&str; 3] = ["one", "two", "six"];

/// A permission's expression, printed with every parenthesis.
pub fn expression() -> impl Strategy<Value = String> {
    let names: Vec<_> = RELATIONS
        .iter()
        .chain(&PERMISSIONS)
        .map(|name| (*name).to_owned())
        .collect();
    let targets = prop::sample::select(names.clone());
    let arrow = (targets, 0..4).prop_map(|(target, form)| match form {
        0 => format!("above.all({target})"),
        1 => format!("above.any({target})"),
        _ => format!("above->{target}"),
    });
    let leaf = prop_oneof![
        6 => prop::sample::select(names),
        4 => arrow,
        1 => Just("self".to_owned()),
        1 => Just("nil".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let operands = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            3 => operands.clone().prop_map(|operands| format!("({})", operands.join(" + "))),
            2 => operands.prop_map(|operands| format!("({})", operands.join(" & "))),
            2 => (inner.clone(), inner).prop_map(|(kept, taken)| format!("({kept} - {taken})")),
        ]
    })
}
