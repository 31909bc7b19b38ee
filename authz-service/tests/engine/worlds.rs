//! Random schemas with relationships that they allow: cycles, wildcards, sets, conditions, expiry.

use crate::expressions::expression;
use crate::strata::strata;
use authz_service::engine::reference::{ObjectRef, SubjectRef};
use authz_service::engine::relationship::{Context, Relationship};
use authz_service::engine::schema::{MemberId, Schema, compile};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) const NOW_US: i64 = 1_000_000;
const TYPES: [&str; 2] = ["group", "paper"];
/// What every type declares, so that any name fits anywhere.
const RELATIONS: [&str; 3] = ["direct", "open", "above"];
const PERMISSIONS: [&str; 3] = ["one", "two", "six"];

pub(crate) const CAVEATS: &str = "
use expiration
use self
caveat weekday(day int) { day == 1 }
caveat either(left bool, right bool) { left || right }
definition user { permission itself = self; }
";

/// For `direct`: who may be written there.
const DIRECT: [&str; 11] = [
    "user",
    "user with weekday",
    "user with either and expiration",
    "user with expiration",
    "group#direct",
    "group#one",
    "group#direct with weekday",
    "paper#direct",
    "paper#two",
    "paper#six with expiration",
    "group",
];
const OPEN: [&str; 5] = [
    "user:*",
    "user",
    "user:* with weekday",
    "user:* with expiration",
    "group",
];
const ABOVE: [&str; 7] = [
    "paper",
    "group",
    "paper with either",
    "group with expiration",
    "user",
    "group#direct",
    "paper with weekday and expiration",
];

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) schema: Arc<Schema>,
    pub(crate) facts: Vec<Relationship>,
    pub(crate) context: Context,
    /// Who is asked about.
    pub(crate) subjects: Vec<SubjectRef>,
    /// The types that are asked about.
    pub(crate) types: &'static [&'static str],
}

impl World {
    /// Everything worth asking for, one unheard of in each type included.
    pub(crate) fn objects(&self) -> BTreeSet<ObjectRef> {
        let ids = ["0", "1", "2", "9"];
        let types = self.types.iter();
        types
            .flat_map(|of| ids.map(|id| ObjectRef::new(of, id).unwrap()))
            .collect()
    }

    /// Whether a condition can fail to be evaluated.
    pub(crate) fn has_wrong_context(&self) -> bool {
        let texts = [WRONG_DAY, WRONG_LEFT];
        texts.contains(&&*serde_json::to_string(&self.context).unwrap())
    }

    /// Every relation and permission of the types that are asked about.
    pub(crate) fn members(&self) -> Vec<(&'static str, MemberId)> {
        let types = self.types.iter().flat_map(|of| {
            let id = self.schema.type_id(of).unwrap();
            self.schema
                .type_def(id)
                .members
                .iter()
                .map(move |member| (*of, *member))
        });
        types.collect()
    }
}

/// A random world whose schema has a meaning.
pub(crate) fn world() -> impl Strategy<Value = World> {
    (
        schema(),
        context(),
        subsequence(subjects(), 2),
        prop::collection::vec(any::<[Index; 5]>(), 0..24),
    )
        .prop_map(|((schema, allowed), context, subjects, picks)| {
            let facts = picks.iter().map(|pick| fact(&allowed, pick)).collect();
            World {
                schema,
                facts,
                context,
                subjects,
                types: &TYPES,
            }
        })
}

pub(crate) type Allowed = Vec<(String, &'static str)>;

/// A schema, and which subjects its relations take: `group#direct`, `user with weekday`.
pub(crate) fn schema() -> impl Strategy<Value = (Arc<Schema>, Allowed)> {
    let definition = (
        subsequence(DIRECT.to_vec(), 1..=DIRECT.len()),
        subsequence(OPEN.to_vec(), 1..=OPEN.len()),
        subsequence(ABOVE.to_vec(), 1..=ABOVE.len()),
        [permission(), permission(), permission()],
    );
    prop::collection::vec(definition, TYPES.len()).prop_filter_map(
        "the schema has no meaning: a permission takes itself away",
        |definitions| {
            let mut text = CAVEATS.to_owned();
            let mut allowed = Vec::new();
            for (name, (direct, open, above, permissions)) in TYPES.iter().zip(definitions) {
                let mut lines = Vec::new();
                for (relation, takes) in RELATIONS.iter().zip([direct, open, above]) {
                    lines.push(format!("relation {relation}: {}", takes.join(" | ")));
                    allowed.extend(takes.iter().map(|one| (format!("{name}#{relation}"), *one)));
                }
                for (permission, expr) in PERMISSIONS.iter().zip(permissions) {
                    lines.push(format!("permission {permission} = {expr}"));
                }
                text += &["definition ", name, " {\n", &lines.join("\n"), "\n}\n"].concat();
            }
            let schema = compile(&text)
                .unwrap_or_else(|wrong| panic!("{text}\n{wrong:#?}"))
                .schema;
            strata(&schema)?;
            Some((Arc::new(schema), allowed))
        },
    )
}

fn permission() -> impl Strategy<Value = String> {
    let names = RELATIONS.iter().chain(&PERMISSIONS);
    let mut operands: Vec<String> = names.clone().map(|name| (*name).to_owned()).collect();
    for name in names {
        operands
            .extend(["->", ".any(", ".all("].map(|arrow| {
                format!("above{arrow}{name}{}", if arrow == "->" { "" } else { ")" })
            }));
    }
    expression(operands)
}

pub(crate) fn context() -> impl Strategy<Value = Context> {
    let contexts = [
        "{}",
        r#"{"day":1}"#,
        r#"{"day":2,"left":false}"#,
        r#"{"right":true}"#,
        WRONG_DAY,
        WRONG_LEFT,
    ];
    select(contexts.to_vec()).prop_map(|text| serde_json::from_str(text).unwrap())
}

/// Values of types that the parameters do not have.
const WRONG_DAY: &str = r#"{"day":"monday","left":true}"#;
const WRONG_LEFT: &str = r#"{"left":7,"right":true}"#;

/// One of few objects, so that relationships meet.
fn id(index: Index) -> usize {
    index.index(3)
}

pub(crate) fn fact(
    allowed: &Allowed,
    [which, resource, subject, written, expiry]: &[Index; 5],
) -> Relationship {
    let (relation, takes) = which.get(allowed);
    let (object_type, relation) = relation.split_once('#').unwrap();
    let (form, traits) = takes.split_once(" with ").unwrap_or((takes, ""));
    let (subject_type, rest) = match form.split_once('#') {
        Some((subject_type, set)) => (subject_type, format!("#{set}")),
        None => (form, String::new()),
    };
    let subject = match subject_type.strip_suffix(":*") {
        Some(_) => subject_type.to_owned(),
        None => format!("{subject_type}:{}{rest}", id(*subject)),
    };
    let written = match traits.split(" and ").next().unwrap_or_default() {
        "weekday" => written.get(&[
            "[weekday]",
            r#"[weekday:{"day":1}]"#,
            r#"[weekday:{"day":3}]"#,
        ]),
        "either" => written.get(&[
            "[either]",
            r#"[either:{"left":false}]"#,
            r#"[either:{"left":true}]"#,
        ]),
        _ => &"",
    };
    let expiry = if traits.contains("expiration") {
        expiry.get(&[
            "[expiration:1970-01-01T00:00:02Z]",
            "[expiration:1970-01-01T00:00:01Z]",
        ])
    } else {
        &""
    };
    let text = format!(
        "{object_type}:{}#{relation}@{subject}{written}{expiry}",
        id(*resource)
    );
    text.parse()
        .unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

/// Everybody worth asking about, one unheard of included.
pub(crate) fn subjects() -> Vec<SubjectRef> {
    let texts = [
        "user:0",
        "user:1",
        "user:9",
        "group:0#direct",
        "group:1#one",
        "paper:0",
        "group:2",
        "paper:2#six",
        "paper:9#two",
    ];
    texts
        .iter()
        .map(|text| SubjectRef::parse(text).unwrap())
        .collect()
}
