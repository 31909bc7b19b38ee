//! The syntax tree: what was written, with its places, before names mean anything.

use super::model::Quantifier;
use super::span::Span;

/// A whole schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct File {
    pub(crate) flags: Flags,
    pub(crate) definitions: Vec<Definition>,
    pub(crate) partials: Vec<Definition>,
    pub(crate) caveats: Vec<Caveat>,
}

/// What the `use` lines switch on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of the language"
)]
pub(crate) struct Flags {
    pub(crate) expiration: bool,
    pub(crate) self_reference: bool,
    pub(crate) typechecking: bool,
    pub(crate) partial: bool,
    pub(crate) import: bool,
}

/// A name, paths included, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Name {
    pub(crate) text: Box<str>,
    pub(crate) span: Span,
}

/// A `definition` or a `partial`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Definition {
    pub(crate) doc: Doc,
    pub(crate) name: Name,
    pub(crate) body: Vec<BodyItem>,
}

/// The lines of the comment directly above something, marks removed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Doc {
    pub(crate) lines: Vec<Name>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BodyItem {
    Relation(Relation),
    Permission(Permission),
    /// `...name`
    Splice(Name),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Relation {
    pub(crate) doc: Doc,
    pub(crate) name: Name,
    pub(crate) types: Vec<TypeReference>,
}

/// One alternative of a relation's type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TypeReference {
    pub(crate) name: Name,
    pub(crate) form: TypeForm,
    pub(crate) caveat: Option<Name>,
    pub(crate) expiration: bool,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TypeForm {
    Object,
    Wildcard,
    Set(Name),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Permission {
    pub(crate) doc: Doc,
    pub(crate) name: Name,
    /// `: user | team`; empty where none is written.
    pub(crate) annotation: Vec<Name>,
    pub(crate) expression: Expression,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expression {
    pub(crate) kind: ExpressionKind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExpressionKind {
    Nil,
    SelfReference,
    Member(Box<str>),
    Arrow {
        relation: Name,
        quantifier: Quantifier,
        target: Name,
    },
    /// In parentheses.
    Group(Box<Expression>),
    /// Two or more operands of one operator, associated from the left.
    Chain(Operator, Vec<Expression>),
}

/// From the loosest to the tightest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Exclusion,
    Intersection,
    Union,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Caveat {
    pub(crate) doc: Doc,
    pub(crate) name: Name,
    pub(crate) parameters: Vec<Parameter>,
    /// The CEL text between the braces.
    pub(crate) body: Name,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    pub(crate) name: Name,
    pub(crate) parameter_type: CaveatType,
}

/// `list<string>`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CaveatType {
    pub(crate) name: Name,
    pub(crate) arguments: Vec<CaveatType>,
}

impl Operator {
    pub(crate) fn symbol(self) -> char {
        match self {
            Self::Exclusion => '-',
            Self::Intersection => '&',
            Self::Union => '+',
        }
    }
}

impl Doc {
    /// The text, one line a line, trimmed.
    pub(crate) fn text(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| &*line.text).collect();
        lines.join("\n").trim().to_owned()
    }
}
