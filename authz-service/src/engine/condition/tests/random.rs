//! Random expressions against a naive three-valued evaluator.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

use super::*;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Clone, Debug)]
enum Formula {
    /// A parameter compared with a number.
    Compare(usize, &'static str, i64),
    Literal(bool),
    And(Box<Formula>, Box<Formula>),
    Or(Box<Formula>, Box<Formula>),
    Not(Box<Formula>),
    Choice(Box<Formula>, Box<Formula>, Box<Formula>),
    /// `[…].all(x, …)`: the parameter compared with each number.
    All(Vec<i64>, usize, &'static str),
    /// `[…].exists(x, …)`: the parameter compared with each number.
    Exists(Vec<i64>, usize, &'static str),
}

fn formula() -> impl Strategy<Value = Formula> {
    let operator = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let numbers = || vec(0..3_i64, 0..4);
    let leaf = prop_oneof![
        6 => (0..NAMES.len(), operator(), 0..3_i64).prop_map(|(n, op, v)| Formula::Compare(n, op, v)),
        1 => any::<bool>().prop_map(Formula::Literal),
        1 => (numbers(), 0..NAMES.len(), operator()).prop_map(|(l, n, op)| Formula::All(l, n, op)),
        1 => (numbers(), 0..NAMES.len(), operator()).prop_map(|(l, n, op)| Formula::Exists(l, n, op)),
    ];
    leaf.prop_recursive(5, 32, 3, |inner| {
        let inner = inner.prop_map(Box::new);
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(l, r)| Formula::And(l, r)),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| Formula::Or(l, r)),
            inner.clone().prop_map(Formula::Not),
            (inner.clone(), inner.clone(), inner).prop_map(|(c, y, n)| Formula::Choice(c, y, n)),
        ]
    })
}

impl Formula {
    fn text(&self) -> String {
        match self {
            Self::Compare(name, operator, value) => format!("{} {operator} {value}", NAMES[*name]),
            Self::Literal(value) => value.to_string(),
            Self::And(left, right) => format!("({} && {})", left.text(), right.text()),
            Self::Or(left, right) => format!("({} || {})", left.text(), right.text()),
            Self::Not(inner) => format!("!({})", inner.text()),
            Self::Choice(condition, yes, no) => {
                format!("({} ? {} : {})", condition.text(), yes.text(), no.text())
            }
            Self::All(list, name, operator) => {
                format!("{list:?}.all(x, {} {operator} x)", NAMES[*name])
            }
            Self::Exists(list, name, operator) => {
                format!("{list:?}.exists(x, {} {operator} x)", NAMES[*name])
            }
        }
    }

    fn truth(&self, values: &BTreeMap<usize, i64>) -> Option<bool> {
        let not = |value: Option<bool>| value.map(|value| !value);
        match self {
            Self::Compare(name, operator, value) => {
                Some(compare(*values.get(name)?, operator, *value))
            }
            Self::Literal(value) => Some(*value),
            Self::And(left, right) => and(left.truth(values), right.truth(values)),
            Self::Or(left, right) => not(and(not(left.truth(values)), not(right.truth(values)))),
            Self::Not(inner) => not(inner.truth(values)),
            Self::Choice(condition, yes, no) => {
                if condition.truth(values)? {
                    yes.truth(values)
                } else {
                    no.truth(values)
                }
            }
            Self::All(list, name, operator) => list
                .iter()
                .map(|x| Some(compare(*values.get(name)?, operator, *x)))
                .fold(Some(true), and),
            Self::Exists(list, name, operator) => {
                let none = list
                    .iter()
                    .map(|x| Some(!compare(*values.get(name)?, operator, *x)));
                not(none.fold(Some(true), and))
            }
        }
    }
}

impl Formula {
    /// The values that could change what is unknown: none where a part is decided.
    fn waits_for(&self, values: &BTreeMap<usize, i64>) -> BTreeSet<usize> {
        if self.truth(values).is_some() {
            return BTreeSet::new();
        }
        match self {
            Self::Literal(_) => BTreeSet::new(),
            Self::Compare(name, ..) | Self::All(_, name, _) | Self::Exists(_, name, _) => {
                BTreeSet::from([*name])
            }
            Self::Not(inner) => inner.waits_for(values),
            Self::And(left, right) | Self::Or(left, right) => {
                &left.waits_for(values) | &right.waits_for(values)
            }
            Self::Choice(condition, yes, no) => match condition.truth(values) {
                Some(true) => yes.waits_for(values),
                Some(false) => no.waits_for(values),
                None => {
                    let sides = &yes.waits_for(values) | &no.waits_for(values);
                    &condition.waits_for(values) | &sides
                }
            },
        }
    }
}

fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn compare(left: i64, operator: &str, right: i64) -> bool {
    match operator {
        "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        _ => left >= right,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn verdicts_agree_with_the_naive_evaluator(
        formula in formula(),
        values in btree_map(0..NAMES.len(), 0..3_i64, 0..=NAMES.len()),
    ) {
        // A parameter that the formula does not use would be refused.
        let used = "a == a && b == b && c == c && d == d";
        let text = format!("({}) || !({used}) && false", formula.text());
        let condition = condition(&ints(&NAMES), &text);
        let given = values.iter().map(|(name, value)| (NAMES[*name].to_owned(), json!(value)));
        let found = evaluate(&condition, Value::Object(given.collect())).unwrap();
        let expected = match formula.truth(&values) {
            Some(true) => Verdict::Holds,
            Some(false) => Verdict::Fails,
            None => {
                let names = formula.waits_for(&values).into_iter();
                Verdict::Unknown(names.map(|at| Box::from(NAMES[at])).collect())
            }
        };
        prop_assert_eq!(found, expected, "{}", text);
    }

    #[test]
    fn any_expression_is_compiled_or_refused(text in "[a-z0-9 .()+&|!?:<>=\\[\\]{},'\"/%*-]{0,40}") {
        let parameters = [("a", ParameterType::Any), ("b", ParameterType::Int)];
        if let Ok(condition) = Condition::compile("the_condition", &parameters, &text) {
            let _ = evaluate(&condition, json!({"a": {"b": [1]}, "b": 1}));
        }
    }
}

#[test]
fn any_values_are_evaluated_or_refused() {
    let conditions = [
        (ParameterType::Any, "a == 1 || a.x[0] > 1 || size(a) > b"),
        (ParameterType::Int, "a / b > a % b || a * b == a - b"),
        (
            ParameterType::Timestamp,
            "a + duration('1h') > a && a.getFullYear() > b",
        ),
        (ParameterType::Duration, "a + a > a - a && a.getHours() > b"),
        (
            ParameterType::String,
            "a.matches('[(*]{2}') || a.contains('x') || size(a) > b",
        ),
    ]
    .map(|(parameter_type, expression)| {
        condition(
            &[("a", parameter_type), ("b", ParameterType::Int)],
            expression,
        )
    });
    proptest!(|(a in any_json(), b in any_json())| {
        for condition in &conditions {
            let _ = evaluate(condition, json!({"a": a, "b": b}));
        }
    });
}

fn any_json() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(Value::Null),
        "-?[0-9]{1,9}(h|m|s|ns|ms)".prop_map(Value::from),
        "(0000|0001|9999|2024)-(02-29|12-31|01-01)T(00|23):59:60?(Z|[+]23:59)"
            .prop_map(Value::from),
        "[(*a]{0,4}".prop_map(Value::from),
        vec(any::<i64>(), 0..3).prop_map(|list| json!({"x": list})),
    ]
}
