use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn parse(text: &str) -> Relationship {
    Relationship::parse(text).unwrap()
}

#[test]
fn every_part_is_read() {
    let read = parse(
        r#"customer:42#viewer@role:x#member[office/hours:{"tz":"a]b","n":[1]}][expiration:2030-01-31T12:00:00.5+01:00]"#,
    );
    assert_eq!(read.resource.to_string(), "customer:42");
    assert_eq!(&*read.relation, "viewer");
    assert_eq!(read.subject.to_string(), "role:x#member");
    let condition = read.condition.unwrap();
    assert_eq!(&*condition.name, "office/hours");
    assert_eq!(
        Value::from(condition.context),
        json!({"tz": "a]b", "n": [1]})
    );
    assert_eq!(read.expires_at_us, Some(1_896_087_600_500_000));
}

#[test]
fn a_condition_may_be_called_expiration() {
    let read = parse(r#"doc:1#viewer@user:a[expiration:{"a":1}][expiration:2030-01-01T00:00:00Z]"#);
    assert_eq!(&*read.condition.unwrap().name, "expiration");
    assert!(read.expires_at_us.is_some());
    assert_eq!(
        &*parse("doc:1#viewer@user:a[expiration]")
            .condition
            .unwrap()
            .name,
        "expiration"
    );
}

#[test]
fn refusals_say_what_to_write() {
    let cases = [
        (
            "doc:1",
            "`doc:1` is not a relationship: write `type:id#relation@type:id`, as in `customer:42#owner@user:alice`",
        ),
        (
            "doc:1#viewer",
            "`doc:1#viewer` is not a relationship: write `type:id#relation@type:id`, as in `customer:42#owner@user:alice`",
        ),
        (
            "doc:1#V@user:a",
            "`V` is not a valid relation name: `V` is not allowed: use lower-case letters, digits and `_`",
        ),
        (
            "doc:*#viewer@user:a",
            "`doc:*` is not a valid object reference: a wildcard can only be a subject",
        ),
        (
            "doc:1#viewer@user:a[tz_ok",
            "`[tz_ok` after the subject is not understood: a condition is written `[name]` or `[name:{\"key\":1}]`",
        ),
        (
            "doc:1#viewer@user:a[tz_ok:]",
            "`]` after the subject is not understood: the values of a condition are a JSON object: expected value at line 1 column 1",
        ),
        (
            "doc:1#viewer@user:a[expiration:soon]",
            "`[expiration:soon]` after the subject is not understood: the expiry is an RFC 3339 time, as in `2030-01-31T12:00:00Z`",
        ),
        (
            "doc:1#viewer@user:a[tz_ok]x",
            "`x` after the subject is not understood: write `[expiration:2030-01-31T12:00:00Z]` last",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(Relationship::parse(text).unwrap_err().to_string(), expected);
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn condition() -> impl Strategy<Value = ConditionUse> {
    let context = prop::collection::btree_map("[a-z]{1,8}", json_value(), 0..4);
    ("[a-z]{3,8}(/[a-z]{3,8})?", context).prop_map(|(name, context)| ConditionUse {
        name: name.into(),
        context: context.into_iter().collect(),
    })
}

prop_compose! {
    fn relationship()(
        resource in "[a-z]{3,8}(/[a-z]{3,8})?:[a-zA-Z0-9/_|=+-]{1,20}",
        relation in "[a-z][a-z0-9_]{1,10}[a-z0-9]",
        subject in "[a-z]{3,8}:([a-zA-Z0-9/_|=+-]{1,20}(#[a-z]{3,8})?|[*])",
        condition in prop::option::of(condition()),
        expires_at_us in prop::option::of(-62_135_596_800_000_000_i64..=253_402_300_799_999_999),
    ) -> Relationship {
        Relationship {
            resource: ObjectRef::parse(&resource).unwrap(),
            relation: relation.into(),
            subject: SubjectRef::parse(&subject).unwrap(),
            condition,
            expires_at_us,
        }
    }
}

proptest! {
    #[test]
    fn printing_and_parsing_give_the_same_relationship(written in relationship()) {
        prop_assert_eq!(parse(&written.to_string()), written);
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".*", tail in "[\\[\\]{}:a-z0-9\"]*") {
        let _ = Relationship::parse(&text);
        let _ = Relationship::parse(&format!("doc:1#viewer@user:a{tail}"));
    }
}
