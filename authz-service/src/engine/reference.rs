//! References: how objects and subjects are named in text.
//!
//! An object is `type:id`, a subject is an object, all objects of a type (`user:*`), or the set of
//! those who hold a relation or permission on an object (`role:sales_rep#member`). `#...` is the
//! same as no relation. The rules for each part are in [`name`].

pub mod name;

use std::fmt;

/// A parsed `type:id`. Both parts are valid by construction.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    object_type: Box<str>,
    id: Box<str>,
}

/// What a relationship points at, or who a question is about.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SubjectRef {
    /// One object: `user:alice`.
    Object(ObjectRef),
    /// Every object of a type: `user:*`.
    Wildcard(Box<str>),
    /// Those who hold a relation or permission on an object: `role:sales_rep#member`.
    Set(ObjectRef, Box<str>),
}

/// A subject reference cut into its parts, all valid, borrowed from the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SubjectParts<'a> {
    /// The type's name, path included.
    pub subject_type: &'a str,
    /// Which subject of that type.
    pub form: SubjectPart<'a>,
}

/// What follows the type in a subject reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectPart<'a> {
    /// `:id`
    Object(&'a str),
    /// `:*`
    Wildcard,
    /// `:id#relation`: the id, then the relation or permission.
    Set(&'a str, &'a str),
}

/// A reference, or one of its parts, that breaks the naming rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {expected}: {problem}")]
pub struct InvalidReference {
    /// The text as given, shortened to 200 characters.
    pub text: String,
    /// What was expected: "object reference", "subject reference", "type name", …
    pub expected: &'static str,
    /// What is wrong with it, and how it should look.
    pub problem: String,
}

/// Longest object id, in bytes.
pub const MAX_OBJECT_ID_BYTES: usize = 1024;
/// Longest type name, path included, in bytes.
pub const MAX_TYPE_NAME_BYTES: usize = 128;

const OBJECT_REFERENCE: &str = "object reference";
const SUBJECT_REFERENCE: &str = "subject reference";

/// Cuts `type:id` into valid parts without allocating.
///
/// # Errors
/// No colon, a type name or an id that breaks its rule, a wildcard, or a relation.
pub fn split_object(text: &str) -> Result<(&str, &str), InvalidReference> {
    split_object_as(text, OBJECT_REFERENCE)
}

/// Cuts `type:id`, `type:*` or `type:id#relation` into valid parts without allocating.
///
/// # Errors
/// No colon, a part that breaks its rule, or a wildcard with a relation.
pub fn split_subject(text: &str) -> Result<SubjectParts<'_>, InvalidReference> {
    let (object, relation) = match text.split_once('#') {
        Some((object, "...")) => (object, None),
        Some((object, relation)) => (object, Some(relation)),
        None => (text, None),
    };
    if let Some(subject_type) = object.strip_suffix(":*") {
        name::check_type(subject_type)?;
        return match relation {
            None => Ok(SubjectParts {
                subject_type,
                form: SubjectPart::Wildcard,
            }),
            Some(_) => Err(InvalidReference::new(
                text,
                SUBJECT_REFERENCE,
                "a wildcard stands for objects and takes no relation: write `type:*`",
            )),
        };
    }
    let (subject_type, id) = split_object_as(object, SUBJECT_REFERENCE)?;
    let form = match relation {
        None => SubjectPart::Object(id),
        Some(relation) => {
            name::check_relation(relation)?;
            SubjectPart::Set(id, relation)
        }
    };
    Ok(SubjectParts { subject_type, form })
}

fn split_object_as<'a>(
    text: &'a str,
    expected: &'static str,
) -> Result<(&'a str, &'a str), InvalidReference> {
    let Some((object_type, id)) = text.split_once(':') else {
        let shape = if expected == SUBJECT_REFERENCE {
            "write `type:id`, `type:*` or `type:id#relation`, as in `user:alice`"
        } else {
            "write `type:id`, as in `customer:42`"
        };
        return Err(InvalidReference::new(text, expected, shape));
    };
    name::check_type(object_type)?;
    match name::check_object_id(id) {
        Ok(()) => Ok((object_type, id)),
        Err(refusal) => Err(object_problem(text, id, expected).unwrap_or(refusal)),
    }
}

/// Where a subject was given for an object, says so.
fn object_problem(text: &str, id: &str, expected: &'static str) -> Option<InvalidReference> {
    let problem = match id {
        _ if expected != OBJECT_REFERENCE => return None,
        "*" => "a wildcard can only be a subject",
        _ if id.contains('#') => {
            "an object carries no relation: leave out the `#` and what follows"
        }
        _ => return None,
    };
    Some(InvalidReference::new(text, expected, problem))
}

impl ObjectRef {
    /// Joins a type name and an id.
    ///
    /// # Errors
    /// Either breaks its rule.
    pub fn new(object_type: &str, id: &str) -> Result<Self, InvalidReference> {
        name::check_type(object_type)?;
        name::check_object_id(id)?;
        Ok(Self {
            object_type: object_type.into(),
            id: id.into(),
        })
    }

    /// Parses `type:id`.
    ///
    /// # Errors
    /// As [`split_object`].
    pub fn parse(text: &str) -> Result<Self, InvalidReference> {
        let (object_type, id) = split_object(text)?;
        Ok(Self {
            object_type: object_type.into(),
            id: id.into(),
        })
    }

    /// The type's name, path included: `crm/customer`.
    pub fn object_type(&self) -> &str {
        &self.object_type
    }

    /// The id within the type.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl SubjectRef {
    /// Parses `type:id`, `type:*` or `type:id#relation`; `#...` is the same as no relation.
    ///
    /// # Errors
    /// As [`split_subject`].
    pub fn parse(text: &str) -> Result<Self, InvalidReference> {
        let SubjectParts { subject_type, form } = split_subject(text)?;
        let object = |id: &str| ObjectRef {
            object_type: subject_type.into(),
            id: id.into(),
        };
        Ok(match form {
            SubjectPart::Object(id) => Self::Object(object(id)),
            SubjectPart::Wildcard => Self::Wildcard(subject_type.into()),
            SubjectPart::Set(id, relation) => Self::Set(object(id), relation.into()),
        })
    }

    /// The type's name, path included.
    pub fn subject_type(&self) -> &str {
        match self {
            Self::Object(object) | Self::Set(object, _) => object.object_type(),
            Self::Wildcard(subject_type) => subject_type,
        }
    }

    /// The same parts, borrowed.
    pub fn parts(&self) -> SubjectParts<'_> {
        let form = match self {
            Self::Object(object) => SubjectPart::Object(object.id()),
            Self::Wildcard(_) => SubjectPart::Wildcard,
            Self::Set(object, relation) => SubjectPart::Set(object.id(), relation),
        };
        SubjectParts {
            subject_type: self.subject_type(),
            form,
        }
    }
}

impl InvalidReference {
    pub(crate) fn new(text: &str, expected: &'static str, problem: impl Into<String>) -> Self {
        const SHOWN_CHARS: usize = 200;
        let text = match text.char_indices().nth(SHOWN_CHARS) {
            None => text.to_owned(),
            Some(_) => text.chars().take(SHOWN_CHARS).collect::<String>() + "…",
        };
        Self {
            text,
            expected,
            problem: problem.into(),
        }
    }
}

impl std::str::FromStr for ObjectRef {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        Self::parse(text)
    }
}

impl std::str::FromStr for SubjectRef {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        Self::parse(text)
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.object_type, self.id)
    }
}

impl fmt::Debug for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SubjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(object) => fmt::Display::fmt(object, f),
            Self::Wildcard(object_type) => write!(f, "{object_type}:*"),
            Self::Set(object, relation) => write!(f, "{object}#{relation}"),
        }
    }
}

impl fmt::Debug for SubjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
