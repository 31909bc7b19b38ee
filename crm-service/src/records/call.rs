//! One mutating call: who makes it, how a retry is recognised, whether it is only a question.

use super::violations::Violations;
use menshen_proto::standard::Mutation;
use prost::Message;
use ring::digest::{SHA256, digest};

/// What a write needs to know about the call that asked for it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// `user:…` or `service:…`.
    pub(crate) caller: String,
    /// The RPC's name: request ids of different methods do not meet.
    pub(crate) method: &'static str,
    /// Empty: a retry is a new call.
    pub(crate) request_id: String,
    /// SHA-256 of the request message, hex.
    pub(crate) content_hash: String,
    /// Only say whether it would be accepted: the transaction is rolled back.
    pub(crate) validate_only: bool,
    /// Why, for the history. Empty: the caller did not say.
    pub(crate) reason: String,
    /// When it came.
    pub(crate) now_us: i64,
}

const REASON_CHARS: usize = 1_000;
/// Longest request id, in characters: a UUID with room for a prefix.
pub(crate) const MAX_REQUEST_ID_CHARS: usize = 128;

impl Call {
    /// A call with this request message.
    pub(crate) fn new<M: Message>(
        method: &'static str,
        caller: &str,
        request: &M,
        now_us: i64,
    ) -> Self {
        let hash = digest(&SHA256, &request.encode_to_vec());
        Self {
            caller: caller.to_owned(),
            method,
            request_id: String::new(),
            content_hash: hex::encode(hash),
            validate_only: false,
            reason: String::new(),
            now_us,
        }
    }

    /// A call of a standard method.
    pub(crate) fn of(mutation: &Mutation, caller: &str, now_us: i64) -> Self {
        Self {
            caller: caller.to_owned(),
            method: mutation.method,
            request_id: mutation.request_id.clone(),
            content_hash: hex::encode(digest(&SHA256, &mutation.content)),
            validate_only: mutation.validate_only,
            reason: String::new(),
            now_us,
        }
    }

    /// Recognises retries by this id, unless it is empty.
    #[must_use]
    pub(crate) fn with_request_id(mut self, request_id: &str) -> Self {
        request_id.clone_into(&mut self.request_id);
        self
    }

    /// Rolls back in the end, if so asked.
    #[must_use]
    pub(crate) fn validate_only(mut self, validate_only: bool) -> Self {
        self.validate_only = validate_only;
        self
    }

    /// Writes down why.
    ///
    /// # Errors
    /// It is too long, or missing where it is due.
    pub(crate) fn with_reason(mut self, reason: &str, is_due: bool) -> Result<Self, Violations> {
        let mut violations = Violations::default();
        violations.text("reason", reason, usize::from(is_due)..=REASON_CHARS);
        reason.clone_into(&mut self.reason);
        violations.or(self)
    }
}
