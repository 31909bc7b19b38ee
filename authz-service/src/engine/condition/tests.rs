mod kleene;
mod random;
mod types;

use serde_json::{Value, json};

use super::*;

/// Compiles the body of a caveat with these parameters, as `int a, list<string> b` are written.
fn condition(parameters: &[(&str, ParameterType)], expression: &str) -> Condition {
    Condition::compile("the_condition", parameters, expression)
        .unwrap_or_else(|problems| panic!("{expression}: {problems:?}"))
}

fn object(json: Value) -> Context {
    match json {
        Value::Object(map) => map,
        other => panic!("{other} is not an object"),
    }
}

fn evaluate(condition: &Condition, request: Value) -> Result<Verdict, ConditionError> {
    condition.evaluate(&Context::new(), &object(request))
}

fn ints(names: &[&'static str]) -> Vec<(&'static str, ParameterType)> {
    names
        .iter()
        .map(|name| (*name, ParameterType::Int))
        .collect()
}

fn unknown(names: &[&str]) -> Verdict {
    Verdict::Unknown(names.iter().map(|name| Box::from(*name)).collect())
}

#[test]
fn the_written_value_wins_over_the_requests() {
    let condition = condition(&ints(&["a"]), "a == 1");
    let (one, two) = (object(json!({"a": 1})), object(json!({"a": 2})));
    assert_eq!(condition.evaluate(&one, &two), Ok(Verdict::Holds));
    assert_eq!(condition.evaluate(&two, &one), Ok(Verdict::Fails));
    assert_eq!(
        condition.evaluate(&Context::new(), &one),
        Ok(Verdict::Holds)
    );
}

#[test]
fn values_that_no_parameter_declares_are_ignored() {
    let condition = condition(&ints(&["a"]), "a == 1");
    assert_eq!(
        evaluate(&condition, json!({"a": 1, "b": {"x": []}})),
        Ok(Verdict::Holds)
    );
    assert_eq!(evaluate(&condition, json!({"b": 1})), Ok(unknown(&["a"])));
}

#[test]
fn a_wrong_type_is_an_error_wherever_it_stands() {
    let condition = condition(&ints(&["a", "b"]), "a == 1 || b == 1");
    let wrong = object(json!({"b": "x"}));
    let right = object(json!({"a": 1}));
    for result in [
        condition.evaluate(&wrong, &right),
        condition.evaluate(&right, &wrong),
    ] {
        assert_eq!(
            result.unwrap_err().to_string(),
            "parameter `b` of condition `the_condition` is \"x\", expected an `int` (a whole number, or one in a string)"
        );
    }
}

#[test]
fn failures_are_errors_and_not_verdicts() {
    let any = [("a", ParameterType::Any)];
    let cases = [
        (
            condition(&ints(&["a"]), "1 / a == 1"),
            json!({"a": 0}),
            "division by zero of Int(1)",
        ),
        (
            condition(&ints(&["a"]), "a + 1 > 0"),
            json!({"a": i64::MAX}),
            "overflow from binary operator 'add': Int(9223372036854775807), Int(1)",
        ),
        (
            condition(&any, "a"),
            json!({"a": 1}),
            "it gave a `double` and not a `bool`",
        ),
        (
            condition(&any, "a.b == 1"),
            json!({"a": {}}),
            "no such key: b",
        ),
        (condition(&any, "a.b == 1"), json!({"a": 1}), ""),
    ];
    for (condition, request, expected) in cases {
        let error = evaluate(&condition, request).unwrap_err().to_string();
        let problem = error
            .strip_prefix("condition `the_condition` failed: ")
            .unwrap();
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn a_context_of_too_many_values_is_refused() {
    let list = ParameterType::List(Box::new(ParameterType::Int));
    let one_loop = condition(&[("l", list.clone())], "l.all(x, x > 0)");
    let two_loops = condition(&[("l", list)], "l.all(x, l.exists(y, x == y))");
    let of = |length: usize| json!({"l": vec![1; length]});
    assert_eq!(evaluate(&one_loop, of(999)), Ok(Verdict::Holds));
    assert_eq!(evaluate(&two_loops, of(199)), Ok(Verdict::Holds));
    for (condition, length, max_values) in [(&one_loop, 1000, 1000), (&two_loops, 200, 200)] {
        let refused = ConditionError::TooManyValues {
            condition: "the_condition".into(),
            max_values,
        };
        assert_eq!(evaluate(condition, of(length)), Err(refused.clone()));
        assert_eq!(
            condition.check_written(&object(of(length))),
            Err(ContextError::Value(refused))
        );
    }
}

#[test]
fn expressions_that_could_multiply_are_refused() {
    let list = || ParameterType::List(Box::new(ParameterType::Any));
    let numbers = |count: usize| format!("[{}]", vec!["1"; count].join(","));
    let cases = [
        "l.map(x, x).map(x, x).map(x, x) == l".to_owned(),
        "l.all(x, l.all(y, l.all(z, x == y && y == z)))".to_owned(),
        "l.map(x, x+x+x+x+x+x+x+x+x+x) == l".to_owned(),
        format!("l.all(x, x in {})", numbers(1001)),
        format!("l.all(x, {}.all(y, x == y))", numbers(201)),
    ];
    for text in cases {
        let problems = Condition::compile("the_condition", &[("l", list())], &text).unwrap_err();
        assert_eq!(problems[0].code, "expression-too-costly", "{text}");
    }
    let fine = [
        "l.filter(x, x == 1).exists(x, x + x + x == 3)".to_owned(),
        format!("l == {}", numbers(1001)),
    ];
    for text in fine {
        condition(&[("l", list())], &text);
    }
}

#[test]
fn conditions_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Condition>();
    shared::<crate::engine::schema::Schema>();
}

#[test]
fn written_values_are_held_to_the_declaration() {
    let condition = condition(&ints(&["a", "b"]), "a == b");
    assert_eq!(condition.check_written(&object(json!({"a": 1}))), Ok(()));
    assert_eq!(
        condition
            .check_written(&object(json!({"a": 1, "c": 1})))
            .unwrap_err()
            .to_string(),
        "condition `the_condition` has no parameter `c`: its parameters are `a`, `b`"
    );
    assert!(condition.check_written(&object(json!({"a": 1.5}))).is_err());
}

#[test]
fn time_is_utc() {
    let condition = condition(&[("t", ParameterType::Timestamp)], "t.getHours() == 22");
    assert_eq!(
        evaluate(&condition, json!({"t": "2030-01-31T23:00:00+01:00"})),
        Ok(Verdict::Holds)
    );
}

#[test]
fn no_expression_exhausts_the_stack() {
    let any = [("a", ParameterType::Any)];
    let longest = check::MAX_BYTES;
    let texts = [
        vec!["a"; longest / 2].join("+"),
        vec!["a"; longest / 3].join("&&"),
        format!("a{}", ".b".repeat(longest / 2 - 1)),
        format!("a{}", "[0]".repeat(longest / 3 - 1)),
        format!("a{}", ".size()".repeat(longest / 7 - 1)),
        format!("{}a", "a?a:".repeat(longest / 4 - 1)),
        format!("{}a", "!".repeat(longest - 1)),
        format!("{}a", "-".repeat(longest - 1)),
        format!(
            "{}a{}",
            "(".repeat(longest / 2 - 1),
            ")".repeat(longest / 2 - 1)
        ),
        format!(
            "{}a{}",
            "[".repeat(longest / 2 - 1),
            "]".repeat(longest / 2 - 1)
        ),
        format!(
            "a=={}a{}",
            "{1:".repeat(longest / 4 - 1),
            "}".repeat(longest / 4 - 1)
        ),
        "(".repeat(longest),
        "a".repeat(longest + 1),
    ];
    for text in texts {
        if let Ok(condition) = Condition::compile("the_condition", &any, &text) {
            let _ = evaluate(&condition, json!({"a": true}));
        }
    }
    let chain = vec!["a == 'x'"; 600].join(" || ");
    assert_eq!(
        evaluate(&condition(&any, &chain), json!({"a": "x"})),
        Ok(Verdict::Holds)
    );
}
