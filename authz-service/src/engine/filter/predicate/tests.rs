use super::*;
use proptest::prelude::*;

struct Row {
    id: &'static str,
    owners: Vec<SubjectRef>,
}

impl RowFacts for Row {
    fn id(&self) -> &str {
        self.id
    }

    fn subjects(&self, relation: &str) -> Vec<SubjectRef> {
        if relation == "owner" {
            self.owners.clone()
        } else {
            Vec::new()
        }
    }

    fn related(&self, _: &ObjectRef) -> Option<Box<dyn RowFacts + '_>> {
        None
    }
}

fn user(id: &str) -> SubjectRef {
    SubjectRef::parse(&format!("user:{id}")).unwrap()
}

/// As written, and as the constructors make it.
fn predicate() -> impl Strategy<Value = (Predicate, Predicate)> {
    let names = prop::sample::subsequence(vec!["a", "b", "c"], 0..=3);
    let leaf = prop_oneof![
        Just((Predicate::All, Predicate::All)),
        Just((Predicate::None, Predicate::None)),
        names.clone().prop_map(|names| {
            let ids: Vec<String> = names.into_iter().map(Into::into).collect();
            (Predicate::Ids(ids.clone()), Predicate::ids(ids))
        }),
        names.prop_map(|names| {
            let subjects: Vec<_> = names.into_iter().map(user).collect();
            let plain = Predicate::In {
                relation: "owner".into(),
                subjects: subjects.clone(),
            };
            (plain, Predicate::is_in("owner", subjects))
        }),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let many = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            many.clone().prop_map(|many| {
                let (plain, small) = many.into_iter().unzip();
                (Predicate::And(plain), Predicate::all(small))
            }),
            many.prop_map(|many| {
                let (plain, small) = many.into_iter().unzip();
                (Predicate::Or(plain), Predicate::any(small))
            }),
            inner
                .clone()
                .prop_map(|(plain, small)| { (Predicate::Not(Box::new(plain)), small.negated()) }),
            inner.prop_map(|(plain, small)| {
                let via = Predicate::Via {
                    relation: "owner".into(),
                    resource_type: "user".into(),
                    predicate: Box::new(plain),
                };
                (via, Predicate::via("owner", "user", small))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn simpler_predicate_selects_the_same_records((plain, small) in predicate()) {
        for id in ["a", "b", "c", "d"] {
            for owners in [vec![], vec![user("a")], vec![user("b"), user("c")]] {
                let row = Row { id, owners };
                prop_assert_eq!(plain.matches(&row), small.matches(&row), "{:?} {:?}", plain, small);
            }
        }
    }
}

#[test]
fn branches_are_folded_and_merged() {
    let ids = |ids: &[&str]| Predicate::ids(ids.iter().map(|id| (*id).to_owned()).collect());
    let owner = Predicate::is_in("owner", vec![user("a")]);
    let either = Predicate::any(vec![
        ids(&["a"]),
        owner.clone(),
        ids(&["b", "a"]),
        Predicate::None,
    ]);
    assert_eq!(either, Predicate::Or(vec![ids(&["a", "b"]), owner.clone()]));
    assert_eq!(Predicate::all(vec![either.clone(), owner.clone()]), owner);
    assert_eq!(
        Predicate::any(vec![owner.clone(), owner.clone().negated()]),
        Predicate::All
    );
    assert_eq!(
        Predicate::all(vec![
            ids(&["a", "b"]),
            ids(&["b", "c"]),
            ids(&["c"]).negated()
        ]),
        ids(&["b"])
    );
    assert_eq!(
        Predicate::via("owner", "user", Predicate::None),
        Predicate::None
    );
}
