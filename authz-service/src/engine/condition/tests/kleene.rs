//! The truth tables of Kleene's three values, through every construct that joins them.

use super::*;

const VALUES: [Option<bool>; 3] = [Some(true), Some(false), None];

/// `a` and `b` as contexts of ints: 1 is true, 0 is false, missing is unknown.
fn request(values: &[(&str, Option<bool>)]) -> Value {
    let given = values
        .iter()
        .filter_map(|(name, value)| Some(((*name).to_owned(), json!(i64::from((*value)?)))));
    Value::Object(given.collect())
}

fn verdict(condition: &Condition, values: &[(&str, Option<bool>)]) -> Option<bool> {
    match evaluate(condition, request(values)).unwrap() {
        Verdict::Holds => Some(true),
        Verdict::Fails => Some(false),
        Verdict::Unknown(_) => None,
    }
}

fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    and(left.map(|v| !v), right.map(|v| !v)).map(|v| !v)
}

fn check(expression: &str, expected: impl Fn(Option<bool>, Option<bool>) -> Option<bool>) {
    let condition = condition(&ints(&["a", "b"]), expression);
    for a in VALUES {
        for b in VALUES {
            let found = verdict(&condition, &[("a", a), ("b", b)]);
            assert_eq!(
                found,
                expected(a, b),
                "{expression} with a = {a:?}, b = {b:?}"
            );
        }
    }
}

#[test]
fn junctions_and_negation() {
    check("a == 1 && b == 1", and);
    check("a == 1 || b == 1", or);
    check("!(a == 1) && b == 1", |a, b| and(a.map(|v| !v), b));
    check("!(a == 1 && b == 1)", |a, b| and(a, b).map(|v| !v));
    check("!(a == 1 || !(b == 1))", |a, b| and(a.map(|v| !v), b));
    check("a == 1 || b == 1 || a == 0 && b == 0", |a, b| {
        or(or(a, b), and(a.map(|v| !v), b.map(|v| !v)))
    });
}

#[test]
fn a_choice_needs_its_condition() {
    check("a == 1 ? b == 1 : b == 0", |a, b| {
        if a? { b } else { b.map(|v| !v) }
    });
    check(
        "a == 1 ? true : b == 1",
        |a, b| if a? { Some(true) } else { b },
    );
}

#[test]
fn comparisons_need_both_sides() {
    check("a == b", |a, b| Some(a? == b?));
    check("a != b", |a, b| Some(a? != b?));
    check("a < b", |a, b| Some(!a? & b?));
    check("a + b >= 1", |a, b| Some(a? | b?));
    check("(a == 1) == (b == 1)", |a, b| Some(a? == b?));
    check("a in [b]", |a, b| Some(a? == b?));
    check("size([a, b]) == 2", |a, b| a.and(b).map(|_| true));
    check("[a, b][0] == 1", |a, b| b.and(a));
    check("{'x': a}.x == 1 || b == 1", or);
}

#[test]
fn loops_are_chains_of_junctions() {
    check("[1, 0].exists(x, x == 1 ? a == 1 : b == 1)", or);
    check("[1, 0].all(x, x == 1 ? a == 1 : b == 1)", and);
    check("[0, 1].exists(x, x == 1 ? a == 1 : b == 1)", or);
    check("[0, 1].all(x, x == 1 ? a == 1 : b == 1)", and);
    check("![1, 0].exists(x, x == 1 ? a == 1 : b == 1)", |a, b| {
        or(a, b).map(|v| !v)
    });
    check("[1].all(x, a == x || b == x)", or);
    check("[1].exists(x, a == x && b == x)", and);
    check("[a, b].exists(x, x == 1)", |a, b| Some(a? | b?));
    check("[1, 0].filter(x, x == a).size() == 1 || b == 1", |a, b| {
        or(a.map(|_| true), b)
    });
    check("[1, 0].map(x, x + a) == [1, 0] && b == 1", |a, b| {
        and(a.map(|v| !v), b)
    });
}

#[test]
fn a_missing_list_is_unknown_in_every_loop() {
    let list = ParameterType::List(Box::new(ParameterType::Int));
    for expression in [
        "l.all(x, x == 1)",
        "l.exists(x, x == 1)",
        "l.exists_one(x, x == 1)",
        "l.map(x, x) == [1]",
        "size(l) == 1",
        "1 in l",
        "l[0] == 1",
    ] {
        let condition = condition(&[("l", list.clone())], expression);
        assert_eq!(
            evaluate(&condition, json!({})),
            Ok(unknown(&["l"])),
            "{expression}"
        );
        assert_eq!(
            evaluate(&condition, json!({"l": [1]})),
            Ok(Verdict::Holds),
            "{expression}"
        );
    }
}

#[test]
fn a_missing_map_or_address_is_unknown() {
    let map = ParameterType::Map(Box::new(ParameterType::Any));
    let parameters = [
        ("m", map),
        ("ip", ParameterType::IpAddress),
        ("t", ParameterType::Timestamp),
    ];
    let condition = condition(
        &parameters,
        "has(m.x) || m.isSubtreeOf(m) || ip.in_cidr('::/0') || t.getHours() == 1",
    );
    assert_eq!(
        evaluate(&condition, json!({})),
        Ok(unknown(&["ip", "m", "t"]))
    );
    assert_eq!(
        evaluate(&condition, json!({"m": {"x": 1}})),
        Ok(Verdict::Holds)
    );
}

#[test]
fn the_missing_names_are_sorted() {
    let condition = condition(&ints(&["c", "b", "a"]), "c == 1 && b == 1 && a == 1");
    assert_eq!(
        evaluate(&condition, json!({"b": 1})),
        Ok(unknown(&["a", "c"]))
    );
}

#[test]
fn a_decided_condition_needs_nothing_more() {
    let condition = condition(&ints(&["a", "b"]), "a == 2 || b == 6");
    assert_eq!(evaluate(&condition, json!({"a": 2})), Ok(Verdict::Holds));
    assert_eq!(evaluate(&condition, json!({"b": 6})), Ok(Verdict::Holds));
    assert_eq!(evaluate(&condition, json!({"b": 5})), Ok(unknown(&["a"])));
}

#[test]
fn only_values_that_can_still_decide_are_missing() {
    let condition = condition(&ints(&["a", "b", "c"]), "(a == 1 && b == 2) || c == 3");
    assert_eq!(evaluate(&condition, json!({"a": 0})), Ok(unknown(&["c"])));
    assert_eq!(
        evaluate(&condition, json!({"a": 1})),
        Ok(unknown(&["b", "c"]))
    );
    assert_eq!(
        evaluate(&condition, json!({"c": 0})),
        Ok(unknown(&["a", "b"]))
    );
    assert_eq!(
        evaluate(&condition, json!({"b": 0, "c": 0})),
        Ok(Verdict::Fails)
    );
    let together = self::condition(&ints(&["a", "b"]), "a + b == 1");
    assert_eq!(evaluate(&together, json!({})), Ok(unknown(&["a", "b"])));
    let choice = self::condition(&ints(&["a", "b", "c"]), "a == 1 ? b == 1 : c == 1");
    assert_eq!(evaluate(&choice, json!({})), Ok(unknown(&["a", "b", "c"])));
    assert_eq!(evaluate(&choice, json!({"a": 1})), Ok(unknown(&["b"])));
}

#[test]
fn unknown_beats_failure_and_a_decision_beats_both() {
    let fails = "1 / (a - a) == 1";
    for expression in [format!("{fails} || b == 1"), format!("b == 1 || {fails}")] {
        let condition = condition(&ints(&["a", "b"]), &expression);
        assert_eq!(
            evaluate(&condition, json!({"a": 1, "b": 1})),
            Ok(Verdict::Holds)
        );
        assert_eq!(evaluate(&condition, json!({"a": 1})), Ok(unknown(&["b"])));
        assert!(evaluate(&condition, json!({"a": 1, "b": 0})).is_err());
    }
    for expression in [format!("{fails} && b == 1"), format!("b == 1 && {fails}")] {
        let condition = condition(&ints(&["a", "b"]), &expression);
        assert_eq!(
            evaluate(&condition, json!({"a": 1, "b": 0})),
            Ok(Verdict::Fails)
        );
        assert_eq!(evaluate(&condition, json!({"a": 1})), Ok(unknown(&["b"])));
        assert!(evaluate(&condition, json!({"a": 1, "b": 1})).is_err());
    }
}

#[test]
fn a_loops_variable_hides_a_parameter() {
    let condition = condition(&ints(&["a", "b"]), "[1].all(a, a == 1) && a == b");
    assert_eq!(evaluate(&condition, json!({"b": 1})), Ok(unknown(&["a"])));
    assert_eq!(
        evaluate(&condition, json!({"a": 1, "b": 1})),
        Ok(Verdict::Holds)
    );
}
