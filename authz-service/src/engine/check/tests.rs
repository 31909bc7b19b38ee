use super::*;
use crate::engine::budget::Limit;
use crate::engine::relationship::{Context, Relationship};
use crate::engine::schema::compile;
use std::fmt::Write as _;
use std::sync::Arc;

const NOW_US: i64 = 1_000_000;

struct World {
    snapshot: Snapshot,
    contextual: Vec<Relationship>,
    context: Context,
    budget: Budget,
}

fn facts(text: &str) -> Vec<Relationship> {
    text.split_whitespace()
        .map(|line| line.parse().unwrap())
        .collect()
}

/// A schema, and relationships separated by white space.
fn world(schema: &str, stored: &str) -> World {
    let schema = Arc::new(compile(schema).unwrap().schema);
    let snapshot = Snapshot::build(schema, 1, facts(stored).into_iter()).unwrap();
    World {
        snapshot,
        contextual: vec![],
        context: Context::new(),
        budget: Budget::default(),
    }
}

impl World {
    fn contextual(mut self, text: &str) -> Self {
        self.contextual = facts(text);
        self
    }

    fn given(mut self, context: &str) -> Self {
        self.context = serde_json::from_str(context).unwrap();
        self
    }

    fn ask(&self, subject: &str, permission: &str, resource: &str) -> Result<Outcome, CheckError> {
        let Self {
            contextual,
            context,
            ..
        } = self;
        let question = Question {
            subject,
            permission,
            resource,
            contextual,
            context,
        };
        check(&self.snapshot, &question, NOW_US, &self.budget)
    }

    #[track_caller]
    fn allows(&self, question: &str) {
        assert_eq!(self.ask_line(question), Ok(Outcome::Allowed), "{question}");
    }

    #[track_caller]
    fn denies(&self, question: &str) {
        assert_eq!(self.ask_line(question), Ok(Outcome::Denied), "{question}");
    }

    #[track_caller]
    fn waits(&self, question: &str, names: &[&str]) {
        let names = names.iter().map(|name| (*name).into()).collect();
        assert_eq!(
            self.ask_line(question),
            Ok(Outcome::Conditional(names)),
            "{question}"
        );
    }

    /// `user:alice view doc:1`
    fn ask_line(&self, question: &str) -> Result<Outcome, CheckError> {
        let [subject, permission, resource] = question
            .split_whitespace()
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        self.ask(subject, permission, resource)
    }
}

const DOCS: &str = "
    use expiration
    use self
    caveat on_day(day string, wanted string) { day == wanted }
    definition user { permission itself = self; }
    definition group { relation member: user | user with on_day | group#member | group#member with on_day; }
    definition folder {
        relation parent: folder
        relation viewer: user | group#member
        permission view = viewer + parent->view
    }
    definition doc {
        relation folder: folder | folder with on_day
        relation owner: user
        relation viewer: user | user:* | user with on_day | user:* with on_day | user with expiration |
            group#member | group#member with on_day | folder#view
        relation banned: user | group#member
        permission view = (owner + viewer + folder->view) - banned
        permission view_everywhere = folder.all(view)
        permission owner_views = owner & viewer
    }";

#[test]
fn direct_relationship_allows_and_everybody_else_is_denied() {
    let world = world(DOCS, "doc:1#owner@user:alice");
    world.allows("user:alice view doc:1");
    world.allows("user:alice owner doc:1");
    world.denies("user:bob view doc:1");
    world.denies("user:alice view doc:2");
    world.denies("user:Alice view doc:1");
}

#[test]
fn nested_groups_and_parents_are_followed() {
    let world = world(
        DOCS,
        "group:a#member@group:b#member group:b#member@group:c#member group:c#member@user:alice
         folder:top#viewer@group:a#member folder:low#parent@folder:top doc:1#folder@folder:low
         doc:2#viewer@folder:low#view",
    );
    world.allows("user:alice view doc:1");
    world.allows("user:alice view doc:2");
    world.allows("group:b#member view doc:1");
    world.denies("group:b view folder:top");
    world.denies("user:bob view doc:1");
}

#[test]
fn exclusion_takes_away_through_groups() {
    let world = world(
        DOCS,
        "doc:1#viewer@user:* doc:1#banned@group:bad#member group:bad#member@user:bob",
    );
    world.allows("user:alice view doc:1");
    world.denies("user:bob view doc:1");
    world.denies("group:bad#member view doc:1");
}

#[test]
fn wildcard_is_everybody_of_the_type_and_no_set() {
    let world = world(DOCS, "doc:1#viewer@user:* group:g#member@user:alice");
    world.allows("user:nobody_knows view doc:1");
    world.denies("group:g#member view doc:1");
    world.denies("folder:f view doc:1");
    assert!(matches!(
        world.ask("user:*", "view", "doc:1"),
        Err(CheckError::WildcardSubject(_))
    ));
}

#[test]
fn set_is_a_member_of_itself() {
    let world = world(DOCS, "");
    world.allows("group:g#member member group:g");
    world.allows("folder:unheard_of#view view folder:unheard_of");
    world.denies("group:g#member member group:h");
    world.denies("group:g member group:g");
    world.allows("user:alice itself user:alice");
    world.denies("user:alice itself user:bob");
    world.denies("user:alice#itself itself user:bob");
}

#[test]
fn unknown_names_are_errors_with_a_remedy() {
    let world = world(DOCS, "doc:1#owner@user:alice");
    for (question, expected) in [
        (
            "usr:alice view doc:1",
            "the schema has no type `usr`; did you mean `user`?",
        ),
        (
            "user:alice view docs:1",
            "the schema has no type `docs`; did you mean `doc`?",
        ),
        (
            "user:alice veiw doc:1",
            "type `doc` has no relation or permission `veiw`; did you mean `view`?",
        ),
        (
            "group:g#membr view doc:1",
            "type `group` has no relation or permission `membr`; did you mean `member`?",
        ),
    ] {
        assert_eq!(world.ask_line(question).unwrap_err().to_string(), expected);
    }
    assert!(matches!(
        world.ask("alice", "view", "doc:1"),
        Err(CheckError::Reference(_))
    ));
    assert!(matches!(
        world.ask("user:alice", "view", "doc:*"),
        Err(CheckError::Reference(_))
    ));
}

#[test]
fn expired_relationship_is_absent() {
    let stored = "doc:1#viewer@user:alice[expiration:1970-01-01T00:00:01Z]
                  doc:2#viewer@user:alice[expiration:1970-01-01T00:00:01.000001Z]";
    let world = world(DOCS, stored);
    world.denies("user:alice view doc:1");
    world.allows("user:alice view doc:2");
}

#[test]
fn all_needs_a_subject_and_every_subject() {
    let stored = "folder:a#viewer@user:alice folder:b#viewer@user:bob folder:b#viewer@user:alice
         doc:1#folder@folder:a doc:1#folder@folder:b";
    let world = world(DOCS, stored);
    world.allows("user:alice view_everywhere doc:1");
    world.denies("user:bob view_everywhere doc:1");
    world.denies("user:alice view_everywhere doc:2");
}

#[test]
fn all_fails_over_an_edge_whose_condition_is_false() {
    let stored = "folder:a#viewer@user:alice doc:1#folder@folder:a
        folder:b#viewer@user:alice doc:1#folder@folder:b[on_day:{\"wanted\":\"monday\"}]";
    let world = world(DOCS, stored);
    world.waits("user:alice view_everywhere doc:1", &["day"]);
    let world = world.given(r#"{"day": "monday"}"#);
    world.allows("user:alice view_everywhere doc:1");
    let world = world.given(r#"{"day": "sunday"}"#);
    world.denies("user:alice view_everywhere doc:1");
    world.allows("user:alice view doc:1");
}

#[test]
fn several_conditioned_groups_on_one_relation_are_alternatives() {
    let stored = "doc:1#viewer@group:a#member[on_day:{\"wanted\":\"monday\"}]
        doc:1#viewer@group:b#member[on_day:{\"wanted\":\"sunday\"}]
        group:a#member@user:alice group:b#member@user:alice";
    let world = world(DOCS, stored);
    world.waits("user:alice view doc:1", &["day"]);
    let world = world.given(r#"{"day": "sunday"}"#);
    world.allows("user:alice view doc:1");
}

#[test]
fn direct_grant_wins_over_a_conditioned_wildcard() {
    let stored = "doc:1#viewer@user:alice doc:1#viewer@user:*[on_day:{\"wanted\":\"monday\"}]";
    let world = world(DOCS, stored).given(r#"{"day": "sunday"}"#);
    world.allows("user:alice view doc:1");
    world.denies("user:bob view doc:1");
}

#[test]
fn written_values_win_over_the_question() {
    let stored = "doc:1#viewer@user:alice[on_day:{\"wanted\":\"monday\",\"day\":\"monday\"}]";
    let world = world(DOCS, stored).given(r#"{"day": "sunday"}"#);
    world.allows("user:alice view doc:1");
}

#[test]
fn missing_names_come_from_every_conditional_path_and_no_settled_one() {
    let stored = "doc:1#viewer@user:alice[on_day:{\"wanted\":\"monday\"}]
        doc:1#viewer@group:a#member[on_day] group:a#member@user:alice
        doc:2#viewer@group:b#member[on_day] doc:2#viewer@user:alice[on_day:{\"day\":\"monday\"}]";
    let world = world(DOCS, stored);
    world.waits("user:alice view doc:1", &["day", "wanted"]);
    world.waits("user:alice view doc:2", &["wanted"]);
}

#[test]
fn groups_in_a_circle_are_legal() {
    let stored = "group:a#member@group:b#member group:b#member@group:c#member
        group:c#member@group:a#member group:c#member@user:alice
        group:self#member@group:self#member group:self#member@user:bob
        doc:1#viewer@group:a#member doc:2#viewer@group:self#member";
    let world = world(DOCS, stored);
    for group in ["a", "b", "c"] {
        world.allows(&format!("user:alice member group:{group}"));
        world.denies(&format!("user:bob member group:{group}"));
    }
    world.allows("user:alice view doc:1");
    world.allows("user:bob view doc:2");
    world.denies("user:alice view doc:2");
}

#[test]
fn value_found_inside_a_circle_is_not_kept_before_it_is_settled() {
    // Asking for a first would, with careless caching, leave "b: no" behind.
    let stored = "group:a#member@group:b#member group:b#member@group:a#member
        group:a#member@group:c#member group:c#member@user:alice";
    let world = world(DOCS, stored);
    let questions = ["group:a", "group:b", "group:c"].map(|resource| Question {
        subject: "user:alice",
        permission: "member",
        resource,
        contextual: &[],
        context: &world.context,
    });
    let answers = check_batch(&world.snapshot, &questions, NOW_US, &world.budget);
    assert_eq!(answers, vec![Ok(Outcome::Allowed); 3]);
}

#[test]
fn exclusion_that_depends_on_itself_is_refused() {
    let schema = "
        definition user {}
        definition club {
            relation member: user | club#allowed
            relation banned: user | club#allowed
            permission allowed = member - banned
        }";
    let stored = "club:a#member@user:alice club:a#banned@club:a#allowed
        club:b#member@user:alice club:b#banned@club:c#allowed club:c#banned@user:bob";
    let world = world(schema, stored);
    let refused = world.ask("user:alice", "allowed", "club:a").unwrap_err();
    assert!(
        matches!(refused, CheckError::NegativeCycle { .. }),
        "{refused}"
    );
    assert!(refused.to_string().contains("relationships"), "{refused}");
    world.allows("user:alice allowed club:b");
    let schema = "
        definition user {}
        definition club {
            relation member: user
            permission allowed = member - allowed
        }";
    let world = self::world(schema, "club:a#member@user:alice");
    let refused = world.ask("user:alice", "allowed", "club:a").unwrap_err();
    assert!(refused.to_string().ends_with("in the schema"), "{refused}");
}

#[test]
fn contextual_relationship_counts_like_a_stored_one() {
    let world = world(DOCS, "folder:x#viewer@group:g#member")
        .contextual("doc:new#folder@folder:x group:g#member@user:alice doc:new#banned@user:bob");
    world.allows("user:alice view doc:new");
    world.denies("user:bob view doc:new");
    world.denies("user:alice view doc:other");
}

#[test]
fn contextual_relationship_replaces_the_stored_one() {
    let stored = "doc:1#viewer@user:alice doc:2#viewer@user:alice[on_day:{\"wanted\":\"monday\"}]";
    let world = world(DOCS, stored).contextual(
        "doc:1#viewer@user:alice[on_day:{\"wanted\":\"monday\"}] doc:2#viewer@user:alice",
    );
    world.waits("user:alice view doc:1", &["day"]);
    world.allows("user:alice view doc:2");
}

#[test]
fn contextual_relationships_pass_the_type_rules_and_their_conditions() {
    let refused = world(DOCS, "").contextual("doc:1#owner@group:g#member");
    assert!(matches!(
        refused.ask("user:alice", "view", "doc:1"),
        Err(CheckError::Contextual { position: 0, .. })
    ));
    let refused = world(DOCS, "").contextual("doc:1#view@user:alice");
    assert!(refused.ask("user:alice", "view", "doc:1").is_err());
    let world =
        world(DOCS, "").contextual("doc:1#viewer@user:alice[on_day:{\"wanted\":\"monday\"}]");
    world.waits("user:alice view doc:1", &["day"]);
    world
        .given(r#"{"day": "sunday"}"#)
        .denies("user:alice view doc:1");
}

#[test]
fn contextual_relationships_that_contradict_each_other_are_refused() {
    let free = "doc:1#viewer@user:alice";
    let bound = "doc:1#viewer@user:alice[on_day:{\"wanted\":\"monday\"}]";
    let other = "doc:2#viewer@user:alice";
    for (given, first, position) in [
        (format!("{free} {other} {bound}"), 0, 2),
        (format!("{other} {bound} {bound} {free}"), 1, 3),
    ] {
        assert_eq!(
            world(DOCS, "")
                .contextual(&given)
                .ask("user:alice", "view", "doc:1"),
            Err(CheckError::Contradiction { first, position }),
            "{given}"
        );
    }
    let twice = format!("{bound} {bound}");
    world(DOCS, "")
        .contextual(&twice)
        .waits("user:alice view doc:1", &["day"]);
}

#[test]
fn too_many_contextual_relationships_are_refused() {
    let many: String = (0..101).fold(String::new(), |mut text, n| {
        let _ = write!(text, "doc:{n}#owner@user:alice ");
        text
    });
    let world = world(DOCS, "").contextual(&many);
    assert_eq!(
        world.ask("user:alice", "view", "doc:1"),
        Err(CheckError::TooManyContextual { given: 101 })
    );
}

#[test]
fn batch_items_with_different_contexts_are_kept_apart() {
    let stored = "doc:1#viewer@user:alice[on_day:{\"wanted\":\"monday\"}]";
    let world = world(DOCS, stored);
    let contexts = [
        r#"{"day":"monday"}"#,
        r#"{"day":"sunday"}"#,
        "{}",
        r#"{"day":"monday"}"#,
    ]
    .map(|text| serde_json::from_str::<Context>(text).unwrap());
    let shared = facts("doc:unheard_of#owner@user:alice");
    let ask = |context, contextual| Question {
        subject: "user:alice",
        permission: "view",
        resource: "doc:1",
        contextual,
        context,
    };
    let mut questions: Vec<_> = contexts.iter().map(|context| ask(context, &[])).collect();
    questions.push(Question {
        resource: "doc:unheard_of",
        ..ask(&contexts[3], &[])
    });
    questions.push(Question {
        resource: "doc:unheard_of",
        ..ask(&contexts[3], &shared)
    });
    questions.push(Question {
        resource: "doc:also_unheard_of",
        ..ask(&contexts[3], &shared)
    });
    questions.push(Question {
        resource: "dok:1",
        ..ask(&contexts[3], &shared)
    });
    let answers = check_batch(&world.snapshot, &questions, NOW_US, &world.budget);
    let (last, answers) = answers.split_last().unwrap();
    assert_eq!(
        answers,
        [
            Ok(Outcome::Allowed),
            Ok(Outcome::Denied),
            Ok(Outcome::Conditional(vec!["day".into()])),
            Ok(Outcome::Allowed),
            Ok(Outcome::Denied),
            Ok(Outcome::Allowed),
            Ok(Outcome::Denied),
        ]
    );
    assert!(matches!(last, Err(CheckError::UnknownType { .. })));
}

#[test]
fn wrong_type_in_the_context_is_an_error_where_the_condition_is_reached() {
    let stored = "doc:1#viewer@user:alice[on_day:{\"wanted\":\"monday\"}] doc:2#owner@user:alice";
    let world = world(DOCS, stored).given(r#"{"day": 7}"#);
    assert!(matches!(
        world.ask("user:alice", "view", "doc:1"),
        Err(CheckError::Condition(_))
    ));
    world.allows("user:alice view doc:2");
}

#[test]
fn a_failed_condition_is_an_error_only_where_nothing_else_decides() {
    let schema = "
        caveat zone(tz string) { tz == 'x' }
        definition user {}
        definition doc {
            relation open: user
            relation shut: user
            relation gate: user with zone | user:*
            permission open_or_gate = open + gate
            permission gate_or_open = gate + open
            permission shut_and_gate = shut & gate
            permission gate_and_shut = gate & shut
            permission open_less_gate = open - gate
            permission shut_less_gate = shut - gate
        }";
    let world = world(schema, "doc:1#open@user:a doc:1#gate@user:a[zone]").given(r#"{"tz": 5}"#);
    for allowed in ["open_or_gate", "gate_or_open"] {
        world.allows(&format!("user:a {allowed} doc:1"));
    }
    for denied in ["shut_and_gate", "gate_and_shut", "shut_less_gate"] {
        world.denies(&format!("user:a {denied} doc:1"));
    }
    for failed in ["gate", "open_less_gate"] {
        let refused = world.ask("user:a", failed, "doc:1");
        assert!(
            matches!(refused, Err(CheckError::Condition(_))),
            "{refused:?}"
        );
    }
    let world = self::world(schema, "doc:1#gate@user:a[zone] doc:1#gate@user:*");
    world
        .given(r#"{"tz": 5}"#)
        .allows("user:a open_or_gate doc:1");
}

#[test]
fn a_failed_item_leaves_nothing_behind_for_the_items_after_it() {
    let mut stored = chain(0);
    for n in 0..150 {
        let _ = write!(stored, "folder:f{n}#parent@folder:g{n} ");
    }
    let mut world = world(DOCS, &stored);
    world.budget.nodes = 2;
    let resources: Vec<String> = (0..150).map(|n| format!("folder:f{n}")).collect();
    let question = |resource| Question {
        subject: "user:alice",
        permission: "view",
        resource,
        contextual: &[],
        context: &world.context,
    };
    let mut questions: Vec<_> = resources.iter().map(|one| question(one)).collect();
    questions.push(question("folder:0"));
    let together = check_batch(&world.snapshot, &questions, NOW_US, &world.budget);
    assert!(together[..150].iter().all(Result::is_err));
    assert_eq!(together[150], Ok(Outcome::Allowed));
}

fn chain(length: usize) -> String {
    let mut stored = String::from("folder:0#viewer@user:alice ");
    for n in 1..=length {
        let _ = write!(stored, "folder:{n}#parent@folder:{} ", n - 1);
    }
    stored
}

#[test]
fn a_deep_chain_fits_a_worker_thread() {
    let deep = std::thread::Builder::new().stack_size(1 << 20).spawn(|| {
        let world = world(DOCS, &chain(10_000));
        for end in [99, 100, 101, 1_000, 10_000] {
            world.allows(&format!("user:alice view folder:{end}"));
            world.denies(&format!("user:bob view folder:{end}"));
        }
    });
    deep.unwrap().join().unwrap();
}

#[test]
fn depth_beyond_the_budget_is_a_typed_error() {
    let mut world = world(DOCS, &chain(1_000));
    for depth in [10, 500] {
        world.budget.depth = depth;
        world.allows("user:alice view folder:5");
        assert_eq!(
            world.ask("user:bob", "view", "folder:1000"),
            Err(CheckError::BudgetExceeded {
                limit: Limit::Depth,
                allowed: depth.into()
            })
        );
    }
}

#[test]
fn work_beyond_the_budget_is_a_typed_error() {
    let mut world = world(DOCS, &chain(1_000));
    world.budget.nodes = 900;
    let refused = world.ask("user:bob", "view", "folder:1000");
    assert!(matches!(
        refused,
        Err(CheckError::BudgetExceeded {
            limit: Limit::Nodes,
            ..
        })
    ));
    world.budget = Budget {
        edges: 900,
        ..Budget::default()
    };
    let refused = world.ask("user:bob", "view", "folder:1000");
    assert!(matches!(
        refused,
        Err(CheckError::BudgetExceeded {
            limit: Limit::Edges,
            ..
        })
    ));
}

#[test]
fn time_beyond_the_budget_is_a_typed_error() {
    let stored = "doc:1#viewer@user:alice[on_day:{\"wanted\":\"monday\"}] doc:2#owner@user:alice";
    let mut world = world(DOCS, stored).given(r#"{"day":"monday"}"#);
    world.allows("user:alice view doc:1");
    world.budget.time = std::time::Duration::ZERO;
    let refused = Err(CheckError::BudgetExceeded {
        limit: Limit::Time,
        allowed: 0,
    });
    assert_eq!(world.ask_line("user:alice view doc:1"), refused);
    // Without a condition the clock is not even looked at.
    world.allows("user:alice view doc:2");
    let question = |resource| Question {
        subject: "user:alice",
        permission: "view",
        resource,
        contextual: &[],
        context: &world.context,
    };
    let questions = ["doc:1", "doc:2", "doc:1"].map(question);
    assert_eq!(
        check_batch(&world.snapshot, &questions, NOW_US, &world.budget),
        [refused.clone(), Ok(Outcome::Allowed), refused]
    );
}

#[test]
fn a_diamond_with_a_million_paths_is_walked_once() {
    let mut stored = String::from("folder:0a#viewer@user:alice ");
    for level in 1..=20 {
        for side in ["a", "b"] {
            let below = level - 1;
            let _ = write!(
                stored,
                "folder:{level}{side}#parent@folder:{below}a folder:{level}{side}#parent@folder:{below}b "
            );
        }
    }
    let mut world = world(DOCS, &stored);
    world.budget.nodes = 1_000;
    world.allows("user:alice view folder:20a");
    world.denies("user:bob view folder:20a");
}

#[test]
fn a_million_members_are_searched_and_not_walked() {
    let schema = Arc::new(compile(DOCS).unwrap().schema);
    let template = facts("group:all#member@user:x").remove(0);
    let members = (0..1_000_000).map(|n| {
        let subject = crate::engine::reference::SubjectRef::parse(&format!("user:u{n}")).unwrap();
        Relationship {
            subject,
            ..template.clone()
        }
    });
    let more = facts("doc:1#viewer@group:all#member");
    let snapshot = Snapshot::build(schema, 1, members.chain(more)).unwrap();
    let budget = Budget {
        nodes: 10,
        edges: 10,
        depth: 10,
        ..Budget::default()
    };
    let world = World {
        snapshot,
        contextual: vec![],
        context: Context::new(),
        budget,
    };
    world.allows("user:u999999 view doc:1");
    world.denies("user:u1000000 view doc:1");
}
