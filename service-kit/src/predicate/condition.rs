//! A predicate, understood: each relation has its place, each subject its id.

use super::mapping::{Foreign, Holding, Mapping};
use menshen_proto::authz::v1::predicate::Kind;
use menshen_proto::authz::v1::{InPredicate, Predicate, Predicates, ViaPredicate};

/// A sane schema nests a few deep; what goes further was not made by one.
const MAX_DEPTH: usize = 50;

/// Which rows of a mapping's table are meant. Simplified: a constant stands only at the top.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Every row.
    Always,
    /// No row.
    Never,
    /// Rows for which each of these holds.
    All(Vec<Condition>),
    /// Rows for which at least one of these holds.
    Any(Vec<Condition>),
    /// Rows for which this does not hold.
    Not(Box<Condition>),
    /// Rows with one of these ids.
    Ids(Vec<String>),
    /// Rows that hold one of these subjects, by id.
    Holds(&'static Holding, Vec<String>),
    /// Rows whose column refers to a foreign row that is meant.
    Leads(&'static str, &'static Foreign, Box<Condition>),
}

/// A predicate names what the rows do not have. Nothing may be selected by guessing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmapped {
    /// A relation.
    #[error(
        "the rows of `{resource_type}` hold no relation `{relation}`; map it, or do not offer it to Filter"
    )]
    Relation {
        /// The rows' type.
        resource_type: &'static str,
        /// The relation.
        relation: String,
    },
    /// A way to another type.
    #[error(
        "the relation `{relation}` of `{resource_type}` does not lead to rows of `{to}`; map it as foreign"
    )]
    Way {
        /// The rows' type.
        resource_type: &'static str,
        /// The relation.
        relation: String,
        /// The type that it should lead to.
        to: String,
    },
    /// A kind of predicate that we do not know, or none.
    #[error("the predicate has a part of an unknown kind")]
    Kind,
    /// It is nested too deep.
    #[error("the predicate is nested more than {MAX_DEPTH} deep")]
    TooDeep,
}

impl Condition {
    /// Understands a predicate.
    ///
    /// # Errors
    /// It names a relation or a way that the mapping does not have.
    pub fn of(predicate: &Predicate, mapping: &'static Mapping) -> Result<Self, Unmapped> {
        understand(predicate, mapping, 0)
    }

    /// Whether it selects no row whatever the rows are.
    pub fn is_never(&self) -> bool {
        matches!(self, Self::Never)
    }

    /// Whether it selects every row.
    pub fn is_always(&self) -> bool {
        matches!(self, Self::Always)
    }
}

fn understand(
    predicate: &Predicate,
    mapping: &'static Mapping,
    depth: usize,
) -> Result<Condition, Unmapped> {
    if depth > MAX_DEPTH {
        return Err(Unmapped::TooDeep);
    }
    let each = |parts: &Predicates| -> Result<Vec<Condition>, Unmapped> {
        parts
            .predicates
            .iter()
            .map(|part| understand(part, mapping, depth + 1))
            .collect()
    };
    match predicate.kind.as_ref().ok_or(Unmapped::Kind)? {
        Kind::Constant(true) => Ok(Condition::Always),
        Kind::Constant(false) => Ok(Condition::Never),
        Kind::AllOf(parts) => Ok(all(each(parts)?)),
        Kind::AnyOf(parts) => Ok(any(each(parts)?)),
        Kind::Not(part) => Ok(not(understand(part, mapping, depth + 1)?)),
        Kind::Ids(ids) if ids.ids.is_empty() => Ok(Condition::Never),
        Kind::Ids(ids) => Ok(Condition::Ids(ids.ids.clone())),
        Kind::In(InPredicate { relation, subjects }) => holds(mapping, relation, subjects),
        Kind::Under(under) => holds(mapping, &under.relation, &under.members),
        Kind::Via(via) => leads(mapping, via, depth),
    }
}

fn holds(
    mapping: &'static Mapping,
    relation: &str,
    subjects: &[String],
) -> Result<Condition, Unmapped> {
    let holding = mapping.held(relation).ok_or_else(|| Unmapped::Relation {
        resource_type: mapping.resource_type,
        relation: relation.to_owned(),
    })?;
    let subject = match holding {
        Holding::Fixed(held) => {
            let is_held = subjects
                .iter()
                .any(|subject| held.contains(&subject.as_str()));
            return Ok(if is_held {
                Condition::Always
            } else {
                Condition::Never
            });
        }
        Holding::Column { subject, .. } | Holding::Join { subject, .. } => subject,
    };
    let ids: Vec<String> = subjects
        .iter()
        .filter_map(|given| id_of(given, subject))
        .collect();
    Ok(if ids.is_empty() {
        Condition::Never
    } else {
        Condition::Holds(holding, ids)
    })
}

/// The id in a subject of this type (and set); none in any other, such as `user:*`: a column holds
/// one subject, never everybody.
fn id_of(given: &str, subject: &str) -> Option<String> {
    let (subject_type, set) = subject
        .split_once('#')
        .map_or((subject, None), |(t, set)| (t, Some(set)));
    let rest = given.strip_prefix(subject_type)?.strip_prefix(':')?;
    let (id, given_set) = rest
        .split_once('#')
        .map_or((rest, None), |(id, set)| (id, Some(set)));
    (given_set == set && !id.is_empty() && id != "*").then(|| id.to_owned())
}

fn leads(
    mapping: &'static Mapping,
    via: &ViaPredicate,
    depth: usize,
) -> Result<Condition, Unmapped> {
    let ViaPredicate {
        relation,
        resource_type,
        predicate,
    } = via;
    let predicate = predicate.as_ref().ok_or(Unmapped::Kind)?;
    let no_way = || Unmapped::Way {
        resource_type: mapping.resource_type,
        relation: relation.clone(),
        to: resource_type.clone(),
    };
    let (sql, foreign) = match mapping.held(relation) {
        Some(Holding::Column {
            sql,
            foreign: Some(foreign),
            ..
        }) => (*sql, *foreign),
        _ => return Err(no_way()),
    };
    if foreign.mapping.resource_type != resource_type {
        return Err(no_way());
    }
    Ok(match understand(predicate, foreign.mapping, depth + 1)? {
        Condition::Never => Condition::Never,
        // Every foreign row, but there must be one.
        meant => Condition::Leads(sql, foreign, Box::new(meant)),
    })
}

fn all(parts: Vec<Condition>) -> Condition {
    let mut kept = Vec::new();
    for part in parts {
        match part {
            Condition::Never => return Condition::Never,
            Condition::Always => {}
            Condition::All(inner) => kept.extend(inner),
            other => kept.push(other),
        }
    }
    match kept.len() {
        0 => Condition::Always,
        1 => kept.remove(0),
        _ => Condition::All(kept),
    }
}

fn any(parts: Vec<Condition>) -> Condition {
    let mut kept = Vec::new();
    for part in parts {
        match part {
            Condition::Always => return Condition::Always,
            Condition::Never => {}
            Condition::Any(inner) => kept.extend(inner),
            other => kept.push(other),
        }
    }
    match kept.len() {
        0 => Condition::Never,
        1 => kept.remove(0),
        _ => Condition::Any(kept),
    }
}

fn not(part: Condition) -> Condition {
    match part {
        Condition::Always => Condition::Never,
        Condition::Never => Condition::Always,
        Condition::Not(inner) => *inner,
        other => Condition::Not(Box::new(other)),
    }
}
