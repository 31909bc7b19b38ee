use super::*;
use crate::engine::schema::compile;

fn lost(old: &str, new: &str) -> Vec<String> {
    let [old, new] = [old, new].map(|text| compile(text).unwrap().schema);
    removed(&old, &new)
        .iter()
        .map(ToString::to_string)
        .collect()
}

const OLD: &str = "use expiration
caveat day(x bool) { x }
definition user {}
definition team {
  relation member: user | team#member
  relation lead: user with day and expiration
}
definition doc {
  relation viewer: user | user:* | team#member with day
  permission view = viewer
}
";

#[test]
fn the_same_schema_loses_nothing() {
    assert_eq!(lost(OLD, OLD), [""; 0]);
    let reordered = "use expiration\ndefinition doc {\n  permission view = viewer\n\
        relation viewer: team#member with day | user:* | user\n}\n\
        definition team {\nrelation lead: user with day and expiration\nrelation member: team#member | user | doc\n}\n\
        definition user {}\ncaveat day(x bool) { x }";
    assert_eq!(
        lost(OLD, reordered),
        [""; 0],
        "order and additions do not matter"
    );
}

#[test]
fn everything_lost_is_named() {
    let new = "definition user {}\ndefinition doc {\n\
        relation view: user\npermission viewer = view\n}";
    assert_eq!(
        lost(OLD, new),
        ["type `team`", "relation `doc#viewer`", "caveat `day`"]
    );
}

#[test]
fn lost_forms_and_traits_are_named() {
    let new = OLD.replace(
        "user | user:* | team#member with day",
        "user | team with day | team#member",
    );
    assert_eq!(
        lost(OLD, &new),
        [
            "subject `user:*` of relation `doc#viewer`",
            "subject `team#member with day` of relation `doc#viewer`",
        ]
    );
    let new = OLD.replace(" with day and expiration", " with expiration");
    assert_eq!(
        lost(OLD, &new),
        ["subject `user with day and expiration` of relation `team#lead`"]
    );
}

#[test]
fn permissions_hold_no_data() {
    let new = OLD.replace("  permission view = viewer\n", "");
    assert_eq!(lost(OLD, &new), [""; 0]);
}
