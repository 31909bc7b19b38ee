//! The standard methods of every kind.

use super::along::Along;
use super::call::Call;
use super::change::{change, change_with, create};
use super::entity::{Cause, Entity, Move, Step};
use super::etag;
use super::history_page::history_page;
use super::list::list;
use super::mask::Updatable;
use super::message::dynamic;
use super::place::Place;
use super::record::{many, one};
use super::refusal::Refusal;
use super::sharing;
use super::time::timestamp;
use super::transfer::{Afterwards, admit, admit_step, end_shares, out_of_sight};
use crate::crm::Crm;
use menshen_proto::crm::v1::{HistoryAction, RecordShare};
use menshen_proto::standard::{
    Act, Create, Delete, HistoryEntry, HistoryPage, List, ListHistory, Many, Mutation, Page,
    Restore, Share, Standard, Transfer, Unshare, Update,
};
use service_kit::caller::Caller;
use service_kit::db::retry;
use service_kit::guard::permit::{Admission, Permit, Permits, Scope};
use std::marker::PhantomData;
use tonic::{Request, Status};

/// Serves the records of a kind.
pub(crate) struct Records<E> {
    pub(crate) crm: Crm,
    kind: PhantomData<fn() -> E>,
}

impl<E> Records<E> {
    /// Over the CRM's database.
    pub(crate) fn new(crm: &Crm) -> Self {
        Self {
            crm: crm.clone(),
            kind: PhantomData,
        }
    }

    fn call(&self, caller: &Caller, mutation: &Mutation) -> Call {
        Call::of(mutation, &caller.subject, self.crm.clock.now_us())
    }
}

impl<E: Entity> Records<E> {
    /// Takes a step of a record's life, for a verb of its kind; `wanted` has the fields that the step takes.
    /// Where the method's rule has a target permission, the record is moved as that was decided, and the
    /// shares that its former owner made end.
    ///
    /// # Errors
    /// The record is not where the step begins; a field cannot be accepted; the etag is stale; the new owner
    /// could not see the record.
    pub(crate) async fn step(
        &self,
        permit: &Permit<E>,
        etag: &str,
        step: &'static Step,
        wanted: &E::Message,
        call: &Call,
    ) -> Result<E::Message, Status> {
        let cause = Cause::Step(step);
        if permit.target().is_empty() {
            return self.change(permit, etag, cause, wanted, call).await;
        }
        let afterwards = admit_step(&self.crm, permit).await?;
        let moved = self.change(permit, etag, cause, wanted, call).await?;
        if !call.validate_only {
            end_shares::<E>(&self.crm, permit.id(), &moved).await?;
        }
        match afterwards {
            Afterwards::InSight => Ok(moved),
            Afterwards::OutOfSight => Ok(out_of_sight::<E>(permit.id())?),
        }
    }

    /// As [`Records::step`], and what goes along with it in its transaction.
    ///
    /// # Errors
    /// As there, and those of what goes along.
    pub(crate) async fn step_with(
        &self,
        permit: &Permit<E>,
        etag: &str,
        (step, wanted): (&'static Step, &E::Message),
        call: &Call,
        along: &dyn Along,
    ) -> Result<E::Message, Status> {
        let change = (Cause::Step(step), wanted);
        let changed = || change_with(&self.crm, permit, etag, change, call, along);
        Ok(retry(changed).await?)
    }

    /// Puts a record elsewhere. The answer is empty but for the id where the caller no longer sees it.
    ///
    /// # Errors
    /// The new owner could not see it, or does not fit the department; the etag is stale.
    pub(crate) async fn give(
        &self,
        permit: &Permit<E>,
        etag: &str,
        to: &Move,
        keep_shares: bool,
        call: &Call,
    ) -> Result<E::Message, Status> {
        let afterwards = admit(&self.crm, permit, &to.place).await?;
        let nothing = E::Message::default();
        let cause = Cause::Transfer(to);
        let given = self.change(permit, etag, cause, &nothing, call).await?;
        if !call.validate_only && !keep_shares {
            end_shares::<E>(&self.crm, permit.id(), &given).await?;
        }
        match afterwards {
            Afterwards::InSight => Ok(given),
            Afterwards::OutOfSight => Ok(out_of_sight::<E>(permit.id())?),
        }
    }

    async fn change(
        &self,
        permit: &Permit<E>,
        etag: &str,
        cause: Cause<'_>,
        wanted: &E::Message,
        call: &Call,
    ) -> Result<E::Message, Status> {
        let changed = || change(&self.crm, permit, etag, cause, wanted, call);
        Ok(retry(changed).await?)
    }
}

#[tonic::async_trait]
impl<E: Entity> Standard<E::Message> for Records<E> {
    async fn create(&self, request: Request<Create<E::Message>>) -> Result<E::Message, Status> {
        let admission = Admission::<E>::of(&request)?;
        let asked = request.into_inner();
        let call = self.call(admission.caller(), &asked.mutation);
        let created = || create(&self.crm, &admission, &asked.record, &asked.id, &call);
        Ok(retry(created).await?)
    }

    async fn get(&self, request: Request<()>) -> Result<E::Message, Status> {
        let permit = Permit::<E>::of(&request)?;
        Ok(one(&self.crm.db, &permit).await?.message)
    }

    async fn batch_get(&self, request: Request<()>) -> Result<Many<E::Message>, Status> {
        let permits = Permits::<E>::of(&request)?;
        let found = many(&self.crm.db, &permits).await?;
        Ok(Many {
            records: found.records.into_iter().map(|one| one.message).collect(),
            not_found: found.not_found,
        })
    }

    async fn list(&self, request: Request<List>) -> Result<Page<E::Message>, Status> {
        let scope = Scope::<E>::of(&request)?;
        Ok(list(&self.crm, &scope, request.get_ref()).await?)
    }

    async fn update(&self, request: Request<Update<E::Message>>) -> Result<E::Message, Status> {
        let permit = Permit::<E>::of(&request)?;
        let asked = request.into_inner();
        let paths = Updatable::of(E::kind())?.paths(asked.mask.as_ref());
        let paths = paths.map_err(Refusal::from)?;
        let descriptor = &E::kind().plan()?.descriptor;
        let etag = etag::given(&dynamic(descriptor, &asked.record).map_err(Refusal::from)?);
        let call = self.call(permit.caller(), &asked.mutation);
        let cause = Cause::Update(&paths);
        self.change(&permit, &etag, cause, &asked.record, &call)
            .await
    }

    async fn delete(&self, request: Request<Delete>) -> Result<E::Message, Status> {
        let permit = Permit::<E>::of(&request)?;
        let asked = request.get_ref();
        let call = self.call(permit.caller(), &asked.mutation);
        let nothing = E::Message::default();
        self.change(&permit, &asked.etag, Cause::Delete, &nothing, &call)
            .await
    }

    async fn restore(&self, request: Request<Restore>) -> Result<E::Message, Status> {
        let permit = Permit::<E>::of(&request)?;
        let asked = request.get_ref();
        let call = self.call(permit.caller(), &asked.mutation);
        let nothing = E::Message::default();
        self.change(&permit, &asked.etag, Cause::Restore, &nothing, &call)
            .await
    }

    async fn history(
        &self,
        request: Request<ListHistory>,
    ) -> Result<HistoryPage<E::Message>, Status> {
        let permit = Permit::<E>::of(&request)?;
        let asked = request.get_ref();
        let (entries, next_page_token) =
            history_page(&self.crm, &permit, asked.page_size, &asked.page_token).await?;
        let entry = |entry: super::history::Entry<E::Message>| HistoryEntry {
            action: entry.action.into(),
            at: Some(timestamp(entry.at_us)),
            actor: entry.actor,
            changed_fields: entry.changed_fields,
            after: Some(entry.after),
            reason: entry.reason,
        };
        Ok(HistoryPage {
            entries: entries.into_iter().map(entry).collect(),
            next_page_token,
        })
    }

    async fn transfer(&self, request: Request<Transfer>) -> Result<E::Message, Status> {
        let permit = Permit::<E>::of(&request)?;
        let asked = request.get_ref();
        let call = self.call(permit.caller(), &asked.mutation);
        let to = Move {
            place: Place::of(E::kind(), permit.target(), permit.id()),
            action: HistoryAction::Transferred,
        };
        self.give(&permit, &asked.etag, &to, asked.keep_shares, &call)
            .await
    }

    async fn share(&self, request: Request<Share>) -> Result<(RecordShare, String), Status> {
        let permit = Permit::<E>::of(&request)?;
        Ok(sharing::share(&self.crm, &permit, request.get_ref()).await?)
    }

    async fn unshare(&self, request: Request<Unshare>) -> Result<String, Status> {
        let permit = Permit::<E>::of(&request)?;
        Ok(sharing::unshare(&self.crm, &permit, request.get_ref()).await?)
    }

    async fn shares(&self, request: Request<()>) -> Result<Vec<RecordShare>, Status> {
        let permit = Permit::<E>::of(&request)?;
        Ok(sharing::list(&self.crm, &permit).await?)
    }

    async fn act(&self, request: Request<Act>) -> Result<E::Message, Status> {
        let permit = Permit::<E>::of(&request)?;
        let asked = request.get_ref();
        let step = E::STEPS
            .iter()
            .find(|step| step.method == asked.mutation.method);
        let step = step.ok_or_else(|| {
            let problem = format!("no step `{}`", asked.mutation.method);
            service_kit::status::internal_message(&problem)
        })?;
        let call = self
            .call(permit.caller(), &asked.mutation)
            .with_reason(&asked.reason, step.wants_reason)
            .map_err(Refusal::from)?;
        let nothing = E::Message::default();
        self.change(&permit, &asked.etag, Cause::Step(step), &nothing, &call)
            .await
    }
}
