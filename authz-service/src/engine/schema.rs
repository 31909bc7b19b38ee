//! The model language: SpiceDB's schema language, with its semantics.
//!
//! [`model`] is the compiled form that the rest of the engine walks.

pub mod model;

pub use model::{
    AllowedSubject, Arrow, ConditionId, Expr, Layer, Member, MemberId, MemberKind, Operand,
    Quantifier, Schema, SubjectForm, TypeDef, TypeId,
};
