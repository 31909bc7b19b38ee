//! Where the guard learns what a record's own row says.

use crate::caller::Caller;
use async_trait::async_trait;
use menshen_proto::authz::v1::{ContextualRelation, Relationship};
use tonic::Status;

/// What a row says about itself.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The row's version: a write is conditional on it.
    pub version: i64,
    /// The row's contextual relationships, and those of the rows it leads to.
    pub relationships: Vec<Relationship>,
}

/// The rows of one guarded resource type.
#[async_trait]
pub trait RecordSource: Send + Sync + 'static {
    /// The type in the model, for example `customer`.
    fn resource_type(&self) -> &'static str;

    /// The relations that rows hold, of this type and of the types they lead to, for `Filter`.
    fn contextual_relations(&self) -> Vec<ContextualRelation>;

    /// What is true of every record, existing or not: `customer:ID#module@module:customers`. An
    /// absent record is decided on these, so that the answer does not tell it from a hidden one.
    fn standing(&self, id: &str) -> Vec<Relationship>;

    /// The facts of each id, in order; `None` where there is no such row (deleted rows count only
    /// with `include_deleted`).
    async fn facts(
        &self,
        ids: &[String],
        include_deleted: bool,
    ) -> Result<Vec<Option<Facts>>, Status>;

    /// The facts of the record as the request would make it: a create, or the target of a transfer.
    /// `request` is the encoded request message of `path`. Also returns the proposed record's id.
    async fn proposed(
        &self,
        caller: &Caller,
        path: &str,
        request: &[u8],
    ) -> Result<(String, Facts), Status>;
}
