//! Proofs that the guard allowed something. Only the guard makes them.
//!
//! A handler takes its proof from the request: `Permit::<Customer>::of(&request)?`. Cloning one is
//! cheap; a store function that takes one by reference cannot be called without the guard's consent.

use crate::caller::Caller;
use crate::status;
use menshen_proto::authz::v1::{Predicate, Relationship};
use menshen_proto::rules::FieldRule;
use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;
use tonic::{Request, Status};

/// A guarded resource type, as a marker for its permits.
pub trait Resource: Send + Sync + 'static {
    /// The type in the model, for example `customer`.
    const TYPE: &'static str;
}

/// The caller may do the method's operation on this one record (or fixed object), as its row was at
/// `version`.
pub struct Permit<R> {
    proof: Arc<Proof<One>>,
    resource: PhantomData<fn() -> R>,
}

/// The caller may do the method's operation on these records; the others are as if absent.
pub struct Permits<R> {
    proof: Arc<Proof<Many>>,
    resource: PhantomData<fn() -> R>,
}

/// The caller may create this record as proposed.
pub struct Admission<R> {
    proof: Arc<Proof<New>>,
    resource: PhantomData<fn() -> R>,
}

/// The caller may see the records that the predicate selects.
pub struct Scope<R> {
    proof: Arc<Proof<Reach>>,
    resource: PhantomData<fn() -> R>,
}

/// What the guard found out, before a handler says of which type it expects it to be.
#[derive(Debug)]
pub(super) struct Proof<G> {
    pub(super) caller: Arc<Caller>,
    pub(super) resource_type: &'static str,
    pub(super) hidden: Vec<&'static FieldRule>,
    pub(super) granted: G,
}

/// One record or fixed object.
#[derive(Debug)]
pub(super) struct One {
    pub(super) id: Cow<'static, str>,
    pub(super) version: i64,
    pub(super) contextual: Vec<Relationship>,
    pub(super) target: Vec<Relationship>,
}

/// Several records.
#[derive(Debug, Default)]
pub(super) struct Many {
    pub(super) allowed: Vec<String>,
    /// Of the allowed, in their order.
    pub(super) versions: Vec<i64>,
    pub(super) refused: Vec<String>,
}

/// A record that does not exist yet.
#[derive(Debug)]
pub(super) struct New {
    pub(super) id: String,
    pub(super) contextual: Vec<Relationship>,
}

/// A condition over records.
#[derive(Debug)]
pub(super) struct Reach {
    pub(super) predicate: Predicate,
    pub(super) evaluated_at: String,
}

/// The proof in a request, if it is of the kind and type that the handler expects.
fn proof<G, T>(request: &Request<T>, resource_type: &str) -> Result<Arc<Proof<G>>, Status>
where
    Arc<Proof<G>>: Clone + Send + Sync + 'static,
{
    request
        .extensions()
        .get::<Arc<Proof<G>>>()
        .filter(|proof| proof.resource_type == resource_type)
        .cloned()
        .ok_or_else(|| {
            status::internal_message(&format!(
                "a handler asked for a proof about `{resource_type}` that its method's rule does not give"
            ))
        })
}

/// What every proof offers.
macro_rules! proof_of {
    ($name:ident, $granted:ty) => {
        impl<R> Clone for $name<R> {
            fn clone(&self) -> Self {
                Self {
                    proof: Arc::clone(&self.proof),
                    resource: PhantomData,
                }
            }
        }

        impl<R: Resource> $name<R> {
            /// The proof that the guard put into the request.
            ///
            /// # Errors
            /// INTERNAL where the method's rule is of another kind or about another type.
            pub fn of<T>(request: &Request<T>) -> Result<Self, Status> {
                let proof = proof::<$granted, T>(request, R::TYPE)?;
                Ok(Self {
                    proof,
                    resource: PhantomData,
                })
            }

            /// Who was allowed.
            pub fn caller(&self) -> &Caller {
                &self.proof.caller
            }

            /// The fields of the answer that the caller may not read. The guard leaves them out; a
            /// handler that searches or sums must leave them out, too.
            pub fn hidden(&self) -> &[&'static FieldRule] {
                &self.proof.hidden
            }
        }
    };
}

proof_of!(Permit, One);
proof_of!(Permits, Many);
proof_of!(Admission, New);
proof_of!(Scope, Reach);

impl<R: Resource> Permit<R> {
    /// The record's id. For a fixed object the part after the colon: `main` of `menshen/authz:main`.
    pub fn id(&self) -> &str {
        &self.proof.granted.id
    }

    /// The row version that was decided on: `… WHERE id = $1 AND version = $2`. 0 for fixed objects.
    pub fn version(&self) -> i64 {
        self.proof.granted.version
    }

    /// The facts that were decided on, for a grant about the same record.
    pub fn contextual(&self) -> &[Relationship] {
        &self.proof.granted.contextual
    }

    /// The facts of the record as it would be afterwards, where the rule has a `target_permission`:
    /// what was decided on is what is to be written.
    pub fn target(&self) -> &[Relationship] {
        &self.proof.granted.target
    }
}

impl<R: Resource> Permits<R> {
    /// The ids that may be read, in the order asked.
    pub fn allowed(&self) -> &[String] {
        &self.proof.granted.allowed
    }

    /// The row version that was decided on, for an id that may be read.
    pub fn version_of(&self, id: &str) -> Option<i64> {
        let Many {
            allowed, versions, ..
        } = &self.proof.granted;
        let at = allowed.iter().position(|allowed| allowed == id)?;
        versions.get(at).copied()
    }

    /// The ids that do not exist or may not be seen, in the order asked.
    pub fn refused(&self) -> &[String] {
        &self.proof.granted.refused
    }
}

impl<R: Resource> Admission<R> {
    /// The id that the record gets.
    pub fn id(&self) -> &str {
        &self.proof.granted.id
    }

    /// The facts of the record as proposed: what was decided on is what is to be written.
    pub fn contextual(&self) -> &[Relationship] {
        &self.proof.granted.contextual
    }
}

impl<R: Resource> Scope<R> {
    /// Selects the visible records.
    pub fn predicate(&self) -> &Predicate {
        &self.proof.granted.predicate
    }

    /// Token of the revision that the predicate is true of.
    pub fn evaluated_at(&self) -> &str {
        &self.proof.granted.evaluated_at
    }
}
