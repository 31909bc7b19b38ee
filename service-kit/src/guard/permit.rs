//! Proofs that the guard allowed something. Only the guard makes them.

use crate::caller::Caller;
use menshen_proto::authz::v1::{Predicate, Relationship};
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;

/// A guarded resource type, as a marker for its permits.
pub trait Resource: Send + Sync + 'static {
    /// The type in the model, for example `customer`.
    const TYPE: &'static str;
}

/// The caller may do the method's operation on this one record (or fixed object), as its row was at
/// `version`.
pub struct Permit<R> {
    pub(super) caller: Caller,
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) contextual: Vec<Relationship>,
    pub(super) hidden: HiddenFields,
    pub(super) resource: PhantomData<fn() -> R>,
}

/// The caller may do the method's operation on these records; the others are as if absent.
pub struct Permits<R> {
    pub(super) caller: Caller,
    pub(super) allowed: Vec<String>,
    pub(super) refused: Vec<String>,
    pub(super) resource: PhantomData<fn() -> R>,
}

/// The caller may create this record as proposed.
pub struct Admission<R> {
    pub(super) caller: Caller,
    pub(super) id: String,
    pub(super) resource: PhantomData<fn() -> R>,
}

/// The caller may see the records that the predicate selects.
pub struct Scope<R> {
    pub(super) caller: Caller,
    pub(super) predicate: Predicate,
    pub(super) hidden: HiddenFields,
    pub(super) resource: PhantomData<fn() -> R>,
}

/// Fields that the caller may not read, as (full message name, field name).
pub type HiddenFields = Arc<BTreeSet<(String, String)>>;

impl<R: Resource> Permit<R> {
    /// Who was allowed.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The record's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The row version that was decided on: `… WHERE id = $1 AND version = $2`.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The facts that were decided on, for a grant about the same record.
    pub fn contextual(&self) -> &[Relationship] {
        &self.contextual
    }
}

impl<R: Resource> Permits<R> {
    /// Who was allowed.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The ids that may be read, in the order asked.
    pub fn allowed(&self) -> &[String] {
        &self.allowed
    }

    /// The ids that do not exist or may not be seen.
    pub fn refused(&self) -> &[String] {
        &self.refused
    }
}

impl<R: Resource> Admission<R> {
    /// Who was allowed.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The id that the record gets.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl<R: Resource> Scope<R> {
    /// Who was allowed.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Selects the visible records.
    pub fn predicate(&self) -> &Predicate {
        &self.predicate
    }
}
