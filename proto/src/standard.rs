//! The standard methods of the CRM's resources, in one shape for all of them.
//!
//! The build writes, for each service that is about a resource, an implementation for [`Served`] that
//! unpacks the requests and packs the answers. What remains is [`Standard`], which one type can
//! implement for every resource, and a trait `XVerbs` for what only this resource can do.
//!
//! The ids of single records are not handed on: the guard's permit in the request carries them.

use crate::crm::v1::{self, TotalMode};
use prost::Message;
use prost_types::{FieldMask, Timestamp};
use tonic::{Request, Response, Status};

include!(concat!(env!("OUT_DIR"), "/standard.rs"));

/// A message that is a resource.
pub trait Resource: Message + Default + Clone + PartialEq + 'static {
    /// Its full name: `menshen.crm.v1.Contact`.
    const MESSAGE: &'static str;
    /// The field that holds it in requests and answers: `contact`.
    const NAME: &'static str;
}

/// Serves a resource through its generated service.
#[derive(Clone, Debug)]
pub struct Served<S>(pub S);

/// The standard methods of a resource `R`, behind the guard.
#[tonic::async_trait]
pub trait Standard<R: Resource>: Send + Sync + 'static {
    /// Makes a record. The guard's admission says its id and place.
    async fn create(&self, request: Request<Create<R>>) -> Result<R, Status>;
    /// The record that the permit names.
    async fn get(&self, request: Request<()>) -> Result<R, Status>;
    /// The records that the permits name.
    async fn batch_get(&self, request: Request<()>) -> Result<Many<R>, Status>;
    /// A page of what the scope selects.
    async fn list(&self, request: Request<List>) -> Result<Page<R>, Status>;
    /// Changes the fields in the mask.
    async fn update(&self, request: Request<Update<R>>) -> Result<R, Status>;
    /// Marks the record as deleted.
    async fn delete(&self, request: Request<Delete>) -> Result<R, Status>;
    /// Takes that mark off.
    async fn restore(&self, request: Request<Restore>) -> Result<R, Status>;
    /// A page of what happened to the record.
    async fn history(&self, request: Request<ListHistory>) -> Result<HistoryPage<R>, Status>;
    /// Gives the record to the place that the permit names. Only its id comes back where the caller can
    /// no longer see it.
    async fn transfer(&self, request: Request<Transfer>) -> Result<R, Status>;
    /// Shares the record; also the token from which the share is in force.
    async fn share(&self, request: Request<Share>) -> Result<(v1::RecordShare, String), Status>;
    /// Takes the shares of a subject back; the token from which they are gone.
    async fn unshare(&self, request: Request<Unshare>) -> Result<String, Status>;
    /// The record's shares.
    async fn shares(&self, request: Request<()>) -> Result<Vec<v1::RecordShare>, Status>;
    /// One step of the record's life, told by the method's name.
    async fn act(&self, request: Request<Act>) -> Result<R, Status>;
}

/// What every call that changes something carries.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// The method: `CreateContact`.
    pub method: &'static str,
    /// The encoded request: a retry is the same, byte for byte.
    pub content: Vec<u8>,
    /// Recognises a retry. Empty: none is recognised.
    pub request_id: String,
    /// Only say whether it would be accepted.
    pub validate_only: bool,
}

impl Mutation {
    /// Of this request message.
    pub fn of<M: Message>(
        method: &'static str,
        request: &M,
        request_id: &str,
        validate_only: bool,
    ) -> Self {
        Self {
            method,
            content: request.encode_to_vec(),
            request_id: request_id.to_owned(),
            validate_only,
        }
    }
}

/// A record to be made.
#[derive(Clone, Debug)]
pub struct Create<R> {
    /// The id asked for. Empty: one is made.
    pub id: String,
    /// As proposed.
    pub record: R,
    pub mutation: Mutation,
}

/// A change of some fields.
#[derive(Clone, Debug)]
pub struct Update<R> {
    /// The new values; its `etag`, if set, must be current.
    pub record: R,
    /// Which of them.
    pub mask: Option<FieldMask>,
    pub mutation: Mutation,
}

/// A deletion.
#[derive(Clone, Debug)]
pub struct Delete {
    /// If set, must be current.
    pub etag: String,
    pub mutation: Mutation,
}

/// A restoration.
#[derive(Clone, Debug)]
pub struct Restore {
    /// If set, must be current.
    pub etag: String,
    pub mutation: Mutation,
}

/// A hand-over. Where to, the guard's permit says.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// If set, must be current.
    pub etag: String,
    /// The former owner's shares go on.
    pub keep_shares: bool,
    pub mutation: Mutation,
}

/// A share of a record, or a change of one.
#[derive(Clone, Debug)]
pub struct Share {
    pub subject: String,
    pub level: v1::ShareLevel,
    pub expires_at: Option<Timestamp>,
    pub reason: String,
    pub request_id: String,
}

/// The end of a subject's shares.
#[derive(Clone, Debug)]
pub struct Unshare {
    pub subject: String,
    pub reason: String,
}

/// One step of a record's life: submit, approve, cancel.
#[derive(Clone, Debug)]
pub struct Act {
    /// If set, must be current.
    pub etag: String,
    /// Why. May be empty.
    pub reason: String,
    pub mutation: Mutation,
}

/// Which page of which list.
#[derive(Clone, Debug)]
pub struct List {
    pub page_size: i32,
    pub page_token: String,
    pub filter: String,
    pub order_by: String,
    pub total: TotalMode,
    pub show_deleted: bool,
}

/// A page of records.
#[derive(Clone, Debug)]
pub struct Page<R> {
    pub records: Vec<R>,
    /// Empty: it is the last.
    pub next_page_token: String,
    /// -1: not counted.
    pub total_size: i64,
    /// False: there are at least `total_size`.
    pub total_is_exact: bool,
}

/// Several records, and which of those asked for are not among them.
#[derive(Clone, Debug)]
pub struct Many<R> {
    /// In the order asked.
    pub records: Vec<R>,
    /// Ids that do not exist or may not be seen.
    pub not_found: Vec<String>,
}

/// Which page of a record's history.
#[derive(Clone, Debug)]
pub struct ListHistory {
    pub page_size: i32,
    pub page_token: String,
}

/// A page of a record's history.
#[derive(Clone, Debug)]
pub struct HistoryPage<R> {
    /// Newest first.
    pub entries: Vec<HistoryEntry<R>>,
    /// Empty: it is the last.
    pub next_page_token: String,
}

/// One change. The fields are named as in the resources' own entries.
#[derive(Clone, Debug)]
pub struct HistoryEntry<R> {
    /// A [`v1::HistoryAction`].
    pub action: i32,
    pub at: Option<Timestamp>,
    /// `user:…` or `service:…`.
    pub actor: String,
    pub changed_fields: Vec<String>,
    /// The record as it was afterwards.
    pub after: Option<R>,
    /// Why. Empty: nothing was said.
    pub reason: String,
}
