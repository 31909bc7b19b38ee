use super::name::{check_object_id, check_relation, check_type};
use super::*;

#[test]
fn relation_names_follow_their_rule() {
    let longest = "a".repeat(64);
    for good in ["abc", "a_b", "a1_9", "a__b", longest.as_str()] {
        assert!(check_relation(good).is_ok(), "{good}");
    }
    let too_long = "a".repeat(65);
    for bad in [
        "", "a", "ab", "Abc", "1abc", "_abc", "abc_", "a-b", "a/b", "aéb", "a b", &too_long,
    ] {
        assert!(check_relation(bad).is_err(), "{bad}");
    }
}

#[test]
fn type_names_follow_their_rule() {
    let (prefix, last) = ("p".repeat(63), "l".repeat(64));
    let longest = format!("{prefix}/{last}");
    assert_eq!(longest.len(), 128);
    for good in ["user", "crm/customer", "a_1/b_2/c_3", longest.as_str()] {
        assert!(check_type(good).is_ok(), "{good}");
    }
    let long_prefix = format!("{}/abc", "p".repeat(64));
    let long_path = "abc/".repeat(32) + "abc";
    for bad in [
        "",
        "ab",
        "/user",
        "user/",
        "a//b",
        "crm/Customer",
        &long_prefix,
        &long_path,
    ] {
        assert!(check_type(bad).is_err(), "{bad}");
    }
}

#[test]
fn object_ids_follow_their_rule() {
    let longest = "x".repeat(MAX_OBJECT_ID_BYTES);
    for good in ["1", "aZ09/_|-=+", longest.as_str()] {
        assert!(check_object_id(good).is_ok(), "{good}");
    }
    let too_long = "x".repeat(MAX_OBJECT_ID_BYTES + 1);
    for bad in ["", "*", "a b", "a:b", "a#b", "a@b", "a.b", "é", &too_long] {
        assert!(check_object_id(bad).is_err(), "{bad}");
    }
}

#[test]
fn subjects_have_three_forms() {
    let parse = |text| SubjectRef::parse(text).unwrap();
    assert_eq!(
        parse("user:alice"),
        SubjectRef::Object(ObjectRef::new("user", "alice").unwrap())
    );
    assert_eq!(parse("user:*"), SubjectRef::Wildcard("user".into()));
    let role = ObjectRef::new("role", "sales_rep").unwrap();
    assert_eq!(
        parse("role:sales_rep#member"),
        SubjectRef::Set(role, "member".into())
    );
}

#[test]
fn ellipsis_means_no_relation() {
    assert_eq!(
        SubjectRef::parse("user:alice#..."),
        SubjectRef::parse("user:alice")
    );
    assert_eq!(SubjectRef::parse("user:*#..."), SubjectRef::parse("user:*"));
}

#[test]
fn refusals_say_what_to_write() {
    let object = |text| ObjectRef::parse(text).unwrap_err().to_string();
    let subject = |text| SubjectRef::parse(text).unwrap_err().to_string();
    let cases = [
        (
            object("customer"),
            "`customer` is not a valid object reference: write `type:id`, as in `customer:42`",
        ),
        (
            object("customer:"),
            "`` is not a valid object id: the id is empty",
        ),
        (
            object("customer:4 2"),
            "`4 2` is not a valid object id: ` ` is not allowed in an id: use letters, digits and / _ | - = +",
        ),
        (
            object("customer:*"),
            "`customer:*` is not a valid object reference: a wildcard can only be a subject",
        ),
        (
            object("role:x#member"),
            "`role:x#member` is not a valid object reference: an object carries no relation: leave out the `#` and what follows",
        ),
        (
            object("Customer:1"),
            "`Customer` is not a valid type name: `C` is not allowed: use lower-case letters, digits and `_`",
        ),
        (
            subject("alice"),
            "`alice` is not a valid subject reference: write `type:id`, `type:*` or `type:id#relation`, as in `user:alice`",
        ),
        (
            subject("user:*#member"),
            "`user:*#member` is not a valid subject reference: a wildcard stands for objects and takes no relation: write `type:*`",
        ),
        (
            subject("role:x#"),
            "`` is not a valid relation name: a name is missing",
        ),
        (
            subject("role:x#me"),
            "`me` is not a valid relation name: it has 2 characters, allowed are 3 to 64",
        ),
    ];
    for (got, expected) in cases {
        assert_eq!(got, expected);
    }
}

#[test]
fn long_text_is_shortened_in_the_refusal() {
    let refusal = ObjectRef::parse(&"ü".repeat(5000)).unwrap_err();
    assert_eq!(refusal.text.chars().count(), 201);
}

#[test]
fn printing_and_parsing_agree() {
    for text in ["user:alice", "user:*", "crm/team:a/b|c=+-_#member"] {
        assert_eq!(SubjectRef::parse(text).unwrap().to_string(), text);
    }
}
