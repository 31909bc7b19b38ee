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
fn written_values_and_requested_ones_have_room_each() {
    let list = ParameterType::List(Box::new(ParameterType::Int));
    let condition = condition(&[("l", list), ("n", ParameterType::Int)], "l.all(x, x > n)");
    let written = object(json!({"l": vec![1; 999]}));
    assert_eq!(condition.check_written(&written), Ok(()));
    let requested = object(json!({"n": 0}));
    assert_eq!(condition.evaluate(&written, &requested), Ok(Verdict::Holds));
}

#[test]
fn patterns_are_written_out_small_and_compiled_once() {
    let text = [("a", ParameterType::String)];
    let fine = condition(&text, "a.matches('^[a-z]+$') && matches(a, 'b{2}')");
    assert_eq!(evaluate(&fine, json!({"a": "abbc"})), Ok(Verdict::Holds));
    assert_eq!(evaluate(&fine, json!({"a": "abc"})), Ok(Verdict::Fails));
    assert_eq!(evaluate(&fine, json!({"a": "ABBC"})), Ok(Verdict::Fails));
    assert_eq!(evaluate(&fine, json!({})), Ok(unknown(&["a"])));
    let too_long = evaluate(&fine, json!({"a": "a".repeat(100_000)}));
    assert!(matches!(too_long, Err(ConditionError::Failed { .. })));
    let looped = condition(
        &[("l", ParameterType::List(Box::new(ParameterType::String)))],
        "l.exists(x, x.matches('^b')) && l.all(x, x.matches('[ab]'))",
    );
    assert_eq!(
        evaluate(&looped, json!({"l": ["a", "b"]})),
        Ok(Verdict::Holds)
    );
    for (expression, code, message) in [
        ("a.matches(a)", "computed-pattern", "must be written out"),
        (
            "a.matches('[')",
            "invalid-pattern",
            "unclosed character class",
        ),
        (
            r"a.matches('^\\p{L}{1,100}$')",
            "expression-too-costly",
            "repeat less",
        ),
    ] {
        let problems = Condition::compile("the_condition", &text, expression).unwrap_err();
        assert_eq!(problems[0].code, code, "{expression}: {problems:?}");
        assert!(problems[0].message.contains(message), "{problems:?}");
    }
}

#[test]
fn an_expression_that_can_only_fail_is_refused() {
    use ParameterType::{Int, IpAddress, List, Map, String, Timestamp};
    let list = || List(Box::new(String));
    let cases = [
        (Int, "size(a) == 1"),
        (String, "a.contains(1)"),
        (Int, "a.startsWith('x')"),
        (String, "a.getHours() == 1"),
        (String, "a.matches(1)"),
        (String, "a.size(1) == 1"),
        (String, "size() == 1 && a == ''"),
        (String, "a.in_cidr('10.0.0.0/8')"),
        (IpAddress, "a.in_cidr(5)"),
        (Map(Box::new(Int)), "a.isSubtreeOf('x')"),
        (String, "a == '' && duration('1d') < duration('2h')"),
        (Timestamp, "a == timestamp('2026')"),
        (Int, "a == int('x')"),
        (Int, "'x' in a"),
        (Int, "a['x'] == 1"),
        (list(), "a['x'] == ''"),
        (Map(Box::new(Int)), "a[1] == 1"),
        (String, "-a == ''"),
        (String, "a * a == ''"),
        (String, "has(a.b)"),
        (Int, "a.all(x, x)"),
        (Int, "a.all(x, x == 1)"),
        (Int, "a / 0 == 1"),
        (Int, "a % 0 == 1"),
        (Int, "a == 1 ? true : 2"),
        (list(), "1 in a"),
        (Int, "a == null"),
        (Int, "a == [1]"),
        (list(), "a == [1]"),
        (Int, "a == 1u"),
        (Int, "a == 1.0"),
        (Int, "a < 1.5"),
    ];
    for (parameter_type, expression) in cases {
        let parameters = [("a", parameter_type)];
        let refused = Condition::compile("the_condition", &parameters, expression);
        let problems = refused.err().unwrap_or_default();
        let codes: Vec<_> = problems.iter().map(|one| one.code).collect();
        assert!(
            codes
                .iter()
                .any(|code| ["type-mismatch", "computed-pattern"].contains(code)),
            "{expression}: {problems:?}"
        );
    }
}

#[test]
fn every_function_is_taken_as_it_is_declared() {
    let shown = |signature: &signatures::Signature| signature.to_string();
    for name in signatures::names() {
        for signature in signatures::signatures(name) {
            let text = shown(signature);
            assert!(text.contains(name), "{text}");
        }
    }
    let parameters = [
        ("b", ParameterType::Bool),
        ("s", ParameterType::String),
        ("i", ParameterType::Int),
        ("u", ParameterType::Uint),
        ("d", ParameterType::Double),
        ("y", ParameterType::Bytes),
        ("n", ParameterType::Duration),
        ("t", ParameterType::Timestamp),
    ];
    let given = json!({
        "b": true, "s": "1", "i": 1, "u": 1, "d": 1, "y": "MQ==", "n": "1h",
        "t": "2030-01-31T12:00:00Z",
    });
    let expressions = [
        "string(b) == 'true' && string(i) == s && string(u) == s && string(y) == s",
        "string(d) == s && string(n) == '3600s' && string(t).startsWith('2030') && string(s) == s",
        "int(s) == i && int(u) == i && int(d) == i && int(t) > i && int(i) == i",
        "uint(s) == u && uint(i) == u && uint(d) == u && uint(u) == u",
        "double(s) == d && double(i) == d && double(u) == d && double(d) == d",
        "bytes(s) == y && bytes(y) == y && bool('true') == b && bool(b)",
        "duration('1h') == n && duration(n) == n && timestamp(string(t)) == t && timestamp(t) == t",
        "timestamp(i) < t && size(s) == i && s.size() == i && size(y) == i && y.size() == i",
        "t.getFullYear() == 2030 && t.getFullYear('UTC') == 2030 && t.getMonth() == 0",
        "t.getMonth('UTC') == 0 && t.getDate() == 31 && t.getDate('UTC') == 31",
        "t.getDayOfMonth() == 30 && t.getDayOfMonth('UTC') == 30 && t.getDayOfYear() == 30",
        "t.getDayOfYear('UTC') == 30 && t.getDayOfWeek() == 4 && t.getDayOfWeek('UTC') == 4",
        "t.getHours() == 12 && t.getHours('UTC') == 12 && n.getHours() == i && n.getMinutes() == 60",
        "t.getMinutes() == 0 && t.getMinutes('UTC') == 0 && n.getSeconds() == 3600",
        "t.getSeconds() == 0 && t.getSeconds('UTC') == 0 && n.getMilliseconds() >= 0",
        "t.getMilliseconds() == 0 && t.getMilliseconds('UTC') == 0 && dyn(i) == 1",
        "type(i) == int && [i, 2].size() == 2 && size({'x': i}) == i && {'x': i}.size() == i",
        "s.contains('1') && s.startsWith('1') && s.endsWith('1')",
    ];
    for expression in expressions {
        let used: Vec<_> = parameters
            .iter()
            .filter(|(name, _)| {
                let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '\'';
                expression
                    .split(|c| !is_letter(c))
                    .any(|word| word == *name)
            })
            .cloned()
            .collect();
        let found = evaluate(&condition(&used, expression), given.clone());
        assert_eq!(found, Ok(Verdict::Holds), "{expression}");
    }
}

#[test]
fn too_many_parentheses_are_told_in_our_words() {
    let text = format!("{}a{}", "(".repeat(2_000), ")".repeat(2_000));
    let parameters = [("a", ParameterType::Bool)];
    let problems = Condition::compile("the_condition", &parameters, &text).unwrap_err();
    assert_eq!(problems[0].code, "expression-too-costly");
    assert!(!problems[0].message.contains("Error"), "{problems:?}");
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
