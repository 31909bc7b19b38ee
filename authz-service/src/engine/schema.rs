//! The model language: `SpiceDB`'s schema language, with its semantics.
//!
//! [`compile()`] reads a text; [`model`] is the compiled form that the rest of the engine walks;
//! [`Schema::validate`] holds a relationship to the schema's type rules; [`removed`] says what a
//! new schema no longer has.

mod compile;
mod diagnostic;
mod lexer;
pub mod model;
mod orphans;
mod parse;
mod self_exclusion;
mod span;
mod suggest;
mod surroundings;
mod syntax;
mod validate;

pub use compile::{Compiled, MAX_SCHEMA_BYTES, compile, compile_within};
pub use diagnostic::{Diagnostic, Severity};
pub use model::{
    AllowedSubject, Arrow, ConditionId, Expr, Layer, Member, MemberId, MemberKind, Operand,
    Quantifier, Schema, SubjectForm, TypeDef, TypeId,
};
pub use orphans::{NamedForm, NamedSubject, Removal, removed};
pub(crate) use suggest::nearest;
pub use surroundings::Surroundings;
pub use validate::{RelationshipError, ValidRelationship};
