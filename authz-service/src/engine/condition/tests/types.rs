use super::*;

fn list(of: ParameterType) -> ParameterType {
    ParameterType::List(Box::new(of))
}

fn map(of: ParameterType) -> ParameterType {
    ParameterType::Map(Box::new(of))
}

/// Whether `p` of this type, given as `json`, makes the expression hold.
fn holds(parameter_type: ParameterType, expression: &str, json: &Value) -> bool {
    let condition = condition(&[("p", parameter_type)], expression);
    evaluate(&condition, json!({"p": json})) == Ok(Verdict::Holds)
}

#[test]
fn json_becomes_the_declared_type() {
    use ParameterType::{
        Any, Bool, Bytes, Double, Duration, Int, IpAddress, String, Timestamp, Uint,
    };
    let cases = [
        (Bool, "p", json!(true)),
        (String, "p == 'é'", json!("é")),
        (Int, "p == -42", json!(-42)),
        (Int, "p == 42", json!(42.0)),
        (Int, "p == -42", json!("-42")),
        (Int, "p == 42", json!("42.0")),
        (Int, "p == 9007199254740993", json!("9007199254740993.0")),
        (
            Int,
            "p == 9223372036854775807",
            json!("9223372036854775807"),
        ),
        (Int, "p == -9223372036854775808", json!(i64::MIN)),
        (Uint, "p == 42u", json!(42)),
        (Uint, "p == 42u", json!("42")),
        (Uint, "p == 18446744073709551615u", json!(u64::MAX)),
        (Double, "p == 1.5", json!(1.5)),
        (Double, "p == 1.5", json!("1.5")),
        (Double, "p == 2.0", json!(2)),
        (Bytes, "p == b'hello'", json!("aGVsbG8=")),
        (Duration, "p == duration('5400s')", json!("1h30m")),
        (Duration, "p < duration('0s')", json!("-1ms")),
        (
            Timestamp,
            "p == timestamp('2030-01-31T12:00:00Z')",
            json!("2030-01-31T13:00:00+01:00"),
        ),
        (
            Timestamp,
            "p + duration('1h') > timestamp('2030-01-31T12:30:00Z')",
            json!("2030-01-31T12:00:00Z"),
        ),
        (IpAddress, "p.in_cidr('10.0.0.0/8')", json!("10.1.2.3")),
        (
            IpAddress,
            "p.in_cidr('10.0.0.0/8')",
            json!("::ffff:10.1.2.3"),
        ),
        (
            IpAddress,
            "p.in_cidr('::ffff:10.0.0.0/104')",
            json!("10.1.2.3"),
        ),
        (
            IpAddress,
            "p.in_cidr('2001:db8::/32')",
            json!("2001:db8::1"),
        ),
        (IpAddress, "!p.in_cidr('10.0.0.0/8')", json!("11.0.0.1")),
        (IpAddress, "!p.in_cidr('10.0.0.0/8')", json!("2001:db8::1")),
        (IpAddress, "p == p", json!("10.0.0.1")),
        (
            list(Int),
            "p == [1, 2] && p[1] == 2 && 2 in p && size(p) == 2",
            json!([1, "2"]),
        ),
        (list(list(String)), "p[0][0] == 'a'", json!([["a"]])),
        (
            list(IpAddress),
            "p.exists(ip, ip.in_cidr('10.0.0.0/8'))",
            json!(["1.1.1.1", "10.0.0.1"]),
        ),
        (
            map(Int),
            "p.a == 1 && p['b'] == 2 && 'a' in p && has(p.b) && !has(p.c)",
            json!({"a": 1, "b": "2"}),
        ),
        (
            map(Any),
            "p.a.b == [true, null]",
            json!({"a": {"b": [true, null]}}),
        ),
        (map(Int), "p.all(key, p[key] > 0)", json!({"a": 1, "b": 2})),
        (
            map(Any),
            "p.isSubtreeOf({'a': 1, 'b': {'c': 2, 'd': 3}})",
            json!({"a": 1, "b": {"c": 2}}),
        ),
        (
            map(Any),
            "!p.isSubtreeOf({'a': 1, 'b': {'c': 2}})",
            json!({"a": 1, "b": {"c": 3}}),
        ),
        (map(Any), "!p.isSubtreeOf({'a': 1})", json!({"b": 1})),
        (map(Any), "p.isSubtreeOf({'a': 1})", json!({})),
        (Any, "p == 1 && p + 1.0 == 2.0", json!(1)),
        (Any, "p == null", json!(null)),
        (Any, "p == 'x'", json!("x")),
        (Any, "p.x[0] == 1", json!({"x": [1]})),
    ];
    for (parameter_type, expression, json) in cases {
        assert!(
            holds(parameter_type.clone(), expression, &json),
            "{parameter_type} {json}: {expression}"
        );
    }
}

#[test]
fn json_of_another_type_is_refused() {
    use ParameterType::{Bool, Bytes, Double, Duration, Int, IpAddress, String, Timestamp, Uint};
    let cases = [
        (Bool, vec![json!("true"), json!(1), json!(null)]),
        (String, vec![json!(1), json!(true), json!(null), json!([])]),
        (
            Int,
            vec![
                json!(1.5),
                json!("1.5"),
                json!("1e3"),
                json!("1."),
                json!(".0"),
                json!("x"),
                json!(""),
                json!(1e19),
                json!(u64::MAX),
                json!("9223372036854775808"),
                json!(true),
                json!(null),
            ],
        ),
        (
            Uint,
            vec![
                json!(-1),
                json!("-1"),
                json!(0.5),
                json!("1e3"),
                json!(1e20),
                json!("18446744073709551616"),
            ],
        ),
        (
            Double,
            vec![
                json!("x"),
                json!("inf"),
                json!("nan"),
                json!("1e999"),
                json!(true),
            ],
        ),
        (Bytes, vec![json!("aGVsbG8"), json!("?"), json!([104])]),
        (Duration, vec![json!("1"), json!("1d"), json!(60)]),
        (
            Timestamp,
            vec![
                json!("2030-01-31"),
                json!("2030-01-31 12:00:00Z"),
                json!("2030-01-31t12:00:00Z"),
                json!("soon"),
                json!(0),
            ],
        ),
        (
            IpAddress,
            vec![json!("10.0.0"), json!("10.0.0.0/8"), json!("x"), json!(1)],
        ),
        (list(Int), vec![json!(1), json!([1, "x"]), json!({})]),
        (map(Int), vec![json!([]), json!({"a": "x"}), json!("x")]),
    ];
    for (parameter_type, values) in cases {
        let condition = condition(&[("p", parameter_type.clone())], "p == p");
        for json in values {
            let result = evaluate(&condition, json!({"p": json}));
            assert!(
                matches!(result, Err(ConditionError::WrongType { .. })),
                "{parameter_type} {json}: {result:?}"
            );
        }
    }
}

#[test]
fn types_are_named_as_they_are_written() {
    for text in ["any", "bool", "list<int>", "map<list<ipaddress>>"] {
        let (name, arguments) = text.split_once('<').map_or((text, vec![]), |(name, rest)| {
            let inner = rest.strip_suffix('>').unwrap();
            let inner = match inner.split_once('<') {
                Some(_) => list(ParameterType::IpAddress),
                None => ParameterType::named(inner, vec![]).unwrap(),
            };
            (name, vec![inner])
        });
        assert_eq!(
            ParameterType::named(name, arguments).unwrap().to_string(),
            text
        );
    }
    let refused = ParameterType::named("tring", vec![]).unwrap_err();
    assert_eq!(
        refused.suggestion.as_deref(),
        Some("did you mean `string`?")
    );
}
