//! References: how objects and subjects are named in text.
//!
//! An object is `type:id`, a subject is an object, all objects of a type (`user:*`), or the set of
//! those who hold a relation or permission on an object (`role:sales_rep#member`). `#...` is the
//! same as no relation. The rules for each part come from the model language (`docs/`).

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

impl ObjectRef {
    /// The type's name, path included: `crm/customer`.
    pub fn object_type(&self) -> &str {
        &self.object_type
    }

    /// The id within the type.
    pub fn id(&self) -> &str {
        &self.id
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
