//! What the guard knows: who decides, who describes the records, and a plan for each method.

use super::batch::{Answers, Batch};
use super::credentials::CredentialReader;
use super::decider::{Decider, FilterAnswer};
use super::plan::{Incomplete, Plans, plans};
use super::source::RecordSource;
use crate::caller::Caller;
use crate::status;
use http::{Extensions, HeaderMap};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use tonic::{Code, Status};

/// Counts calls that did not run because no decision could be had.
const FAIL_CLOSED: &str = "crm_authz_fail_closed_total";

/// The guard without its place in the stack of layers.
pub(super) struct Core {
    decider: Arc<dyn Decider>,
    sources: FxHashMap<&'static str, Arc<dyn RecordSource>>,
    credentials: CredentialReader,
    plans: Plans,
}

impl Core {
    pub(super) fn new(decider: Arc<dyn Decider>, sources: Vec<Arc<dyn RecordSource>>) -> Self {
        let sources = sources
            .into_iter()
            .map(|source| (source.resource_type(), source))
            .collect();
        Self {
            decider,
            sources,
            credentials: CredentialReader::default(),
            plans: plans(),
        }
    }

    pub(super) fn plans(&self) -> &Plans {
        &self.plans
    }

    /// Whether this method can be guarded.
    pub(super) fn check(&self, path: &str) -> Result<(), Incomplete> {
        let plan = self
            .plans
            .get(path)
            .ok_or_else(|| Incomplete::NoRule(path.to_owned()))?;
        let missing = plan
            .resource_types()
            .into_iter()
            .find(|name| !self.sources.contains_key(name));
        match missing {
            Some(resource_type) => Err(Incomplete::NoSource {
                method: path.to_owned(),
                resource_type,
            }),
            None => Ok(()),
        }
    }

    /// Who is calling.
    pub(super) async fn authenticate(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Arc<Caller>, Status> {
        let credentials = self.credentials.read(headers, extensions)?;
        counted(self.decider.authenticate(&credentials).await).map(Arc::new)
    }

    /// The answers to the questions of one call.
    pub(super) async fn answers(&self, caller: &Caller, batch: Batch) -> Result<Answers, Status> {
        let (questions, rights) = batch.into_parts();
        let count = questions.len();
        let answers = match count {
            0 => Vec::new(),
            _ => counted(self.decider.check(caller, questions).await)?,
        };
        Answers::of(answers, count, rights)
    }

    /// The records of a type on which the caller holds a permission.
    pub(super) async fn filter(
        &self,
        caller: &Caller,
        permission: &str,
        source: &dyn RecordSource,
    ) -> Result<FilterAnswer, Status> {
        let relations = source.contextual_relations();
        let answer = self
            .decider
            .filter(caller, permission, source.resource_type(), relations)
            .await;
        counted(answer)
    }

    /// Who describes the records of a type.
    ///
    /// # Errors
    /// INTERNAL where nobody does: `check_complete` was not called, or not listened to.
    pub(super) fn source(&self, resource_type: &str) -> Result<&dyn RecordSource, Status> {
        self.sources
            .get(resource_type)
            .map(AsRef::as_ref)
            .ok_or_else(|| {
                status::internal_message(&format!(
                    "no source describes the records of `{resource_type}`"
                ))
            })
    }
}

/// An answer that could not be had is counted.
pub(super) fn counted<T>(answer: Result<T, Status>) -> Result<T, Status> {
    if answer
        .as_ref()
        .is_err_and(|status| status.code() == Code::Unavailable)
    {
        metrics::counter!(FAIL_CLOSED).increment(1);
    }
    answer
}
