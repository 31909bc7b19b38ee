//! Random permission expressions.

use proptest::prelude::*;
use proptest::sample::select;

/// A permission's expression over these operands, printed with every parenthesis.
pub(crate) fn expression(operands: Vec<String>) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        12 => select(operands),
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
