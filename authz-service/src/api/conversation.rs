//! A stream of questions. It may last for days, so that nothing that was true when it began is taken
//! to be true still.

use super::authz::answer;
use super::error::status;
use super::own_decider::deciding_subject;
use crate::identity::authenticate::authenticate;
use crate::org::Organization;
use crate::rights;
use futures::StreamExt as _;
use menshen_proto::authz::v1::{CheckRequest, CheckResponse};
use service_kit::caller::Credentials;
use service_kit::status::{self as statuses, Reason};
use std::pin::Pin;
use std::sync::Arc;
use tonic::{Status, Streaming};

/// A stream of questions on its way.
pub(super) struct Conversation {
    pub(super) org: Arc<Organization>,
    /// Of whoever opened the stream.
    pub(super) credentials: Credentials,
    pub(super) questions: Streaming<CheckRequest>,
    /// Resolves when the process is about to stop.
    pub(super) stopping: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Conversation {
    /// The answer to the next question, and the rest. An error is the last answer.
    pub(super) async fn go_on(
        this: Option<Self>,
    ) -> Option<(Result<CheckResponse, Status>, Option<Self>)> {
        let mut this = this?;
        let asked = tokio::select! {
            biased;
            asked = this.questions.next() => asked?,
            () = &mut this.stopping => Err(stopping()),
        };
        let answered = asked.and_then(|asked| this.answer(&asked));
        let goes_on = answered.is_ok();
        Some((answered, goes_on.then_some(this)))
    }

    /// The guard let the stream begin; since then its token may have ended, its caller may have been
    /// locked out, or the right to ask may have been revoked.
    fn answer(&self, asked: &CheckRequest) -> Result<CheckResponse, Status> {
        const PERMISSION: &str = "check";
        let caller = authenticate(&self.org, &self.credentials).map_err(status)?;
        let subject = deciding_subject(&caller, PERMISSION);
        rights::require(&self.org, subject, PERMISSION).map_err(status)?;
        answer(&self.org, &caller, asked)
    }
}

fn stopping() -> Status {
    statuses::unavailable(
        Reason::ShuttingDown,
        "the service is about to stop: open the stream again",
    )
}
