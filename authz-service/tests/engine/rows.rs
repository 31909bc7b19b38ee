//! Random rows: which relations are contextual, and what each record's row holds.

use crate::worlds::World;
use authz_service::engine::filter::{ContextualRelation, RowFacts};
use authz_service::engine::reference::{ObjectRef, SubjectRef};
use authz_service::engine::relationship::Relationship;
use authz_service::engine::schema::{MemberKind, Schema, SubjectForm};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// What each record holds, by record and relation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows(BTreeMap<(ObjectRef, String), Vec<SubjectRef>>);

#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) listed: Vec<ContextualRelation>,
    pub(crate) rows: Rows,
}

pub(crate) struct Row<'a> {
    object: ObjectRef,
    rows: &'a Rows,
}

impl Rows {
    pub(crate) fn row(&self, object: &ObjectRef) -> Row<'_> {
        Row {
            object: object.clone(),
            rows: self,
        }
    }

    /// As a check of any of the records would pass them.
    pub(crate) fn relationships(&self) -> Vec<Relationship> {
        let all = self.0.iter().flat_map(|((object, relation), subjects)| {
            subjects.iter().map(move |subject| Relationship {
                resource: object.clone(),
                relation: relation.as_str().into(),
                subject: subject.clone(),
                condition: None,
                expires_at_us: None,
            })
        });
        all.collect()
    }
}

impl RowFacts for Row<'_> {
    fn id(&self) -> &str {
        self.object.id()
    }

    fn subjects(&self, relation: &str) -> Vec<SubjectRef> {
        let key = (self.object.clone(), relation.to_owned());
        self.rows.0.get(&key).cloned().unwrap_or_default()
    }

    fn related(&self, object: &ObjectRef) -> Option<Box<dyn RowFacts + '_>> {
        Some(Box::new(self.rows.row(object)))
    }
}

/// What a row may hold in a relation: every subject of few that needs no condition and no expiry.
fn choices(schema: &Schema, object_type: &str, relation: &str) -> Vec<SubjectRef> {
    let id = schema
        .member_id(schema.type_id(object_type).unwrap(), relation)
        .unwrap();
    let MemberKind::Relation(allowed) = &schema.member(id).kind else {
        return vec![];
    };
    let plain = allowed
        .iter()
        .filter(|one| one.condition.is_none() && !one.expiration);
    let texts = plain.flat_map(|one| {
        let name = &schema.type_def(one.subject_type).name;
        let set = match one.form {
            SubjectForm::Set(member) => format!("#{}", schema.member(member).name),
            SubjectForm::Object => String::new(),
            SubjectForm::Wildcard => return vec![format!("{name}:*")],
        };
        ["0", "1", "2", "9"]
            .map(|id| format!("{name}:{id}{set}"))
            .to_vec()
    });
    texts
        .map(|text| SubjectRef::parse(&text).unwrap())
        .collect()
}

/// Lists some of these relations as contextual, and fills the rows.
pub(crate) fn listed(
    world: &World,
    all: &[(&'static str, &'static str)],
    count: RangeInclusive<usize>,
) -> impl Strategy<Value = Table> + use<> {
    let (schema, objects) = (world.schema.clone(), world.objects());
    let picks = prop::collection::vec(prop::collection::vec(any::<Index>(), 0..3), 4);
    let chosen = prop::sample::subsequence(all.to_vec(), count);
    let filled = prop::collection::vec((0..3, picks), all.len());
    (chosen, filled).prop_map(move |(chosen, filled)| {
        let mut table = Table {
            listed: vec![],
            rows: Rows::default(),
        };
        for ((object_type, relation), (form, picks)) in chosen.into_iter().zip(filled) {
            let choices = choices(&schema, object_type, relation);
            let pick = |picks: &Vec<Index>| {
                let picks = picks.iter().filter(|_| !choices.is_empty());
                picks.map(|pick| pick.get(&choices).clone()).collect()
            };
            let fixed = (form == 0).then(|| pick(&picks[0]));
            let records = objects
                .iter()
                .filter(|one| one.object_type() == object_type);
            for (record, picks) in records.zip(&picks) {
                let subjects = fixed.clone().unwrap_or_else(|| pick(picks));
                table
                    .rows
                    .0
                    .insert((record.clone(), relation.to_owned()), subjects);
            }
            table.listed.push(ContextualRelation {
                resource_type: object_type.to_owned(),
                relation: relation.to_owned(),
                fixed,
            });
        }
        table
    })
}
