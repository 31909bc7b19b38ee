//! What a kind of record adds to the facts about it: its message, its rules across fields, its steps.

use super::call::Call;
use super::kind::Kind;
use super::place::Place;
use super::refusal::Refusal;
use super::violations::Violations;
use crate::crm::Crm;
use menshen_proto::crm::v1::HistoryAction;
use menshen_proto::standard;
use service_kit::caller::Caller;
use service_kit::db::Tx;
use service_kit::guard::permit::Resource;
use std::collections::BTreeSet;
use std::future::Future;

/// A kind of record. Everything but the first two has an answer already.
pub(crate) trait Entity: Resource + Sized {
    /// Its message, with every field; the guard leaves out what the caller may not read.
    type Message: standard::Resource;

    /// The facts about it.
    fn kind() -> &'static Kind;

    /// The steps of its life, by the methods that take them.
    const STEPS: &'static [Step] = &[];

    /// Rules that one field alone cannot say, on the record as it would be; completes what follows from
    /// other fields.
    fn check(_change: &mut Change<'_, Self::Message>, _violations: &mut Violations) {}

    /// What must hold beside the guard's decision, asked before the transaction begins: that people
    /// and departments exist, that what is linked may be seen. May complete the proposal.
    fn admit(
        _crm: &Crm,
        _caller: &Caller,
        _change: &mut Change<'_, Self::Message>,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        async { Ok(()) }
    }

    /// In the transaction, before the row is written: looks at other rows, completes the record.
    fn writing(
        _tx: &mut Tx,
        _change: &mut Change<'_, Self::Message>,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        async { Ok(()) }
    }

    /// In the transaction, after the row is written: what follows for other rows.
    fn written(
        _tx: &mut Tx,
        _change: &Change<'_, Self::Message>,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        async { Ok(()) }
    }
}

/// A change of one record, on its way.
#[derive(Debug)]
pub(crate) struct Change<'a, M> {
    pub(crate) id: &'a str,
    pub(crate) cause: Cause<'a>,
    /// `None`: it is being created.
    pub(crate) before: Option<&'a M>,
    /// As it would be. Its id, etag and times are not true yet.
    pub(crate) after: M,
    /// Whose it will be.
    pub(crate) place: Place,
    pub(crate) call: &'a Call,
}

/// What a change is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cause<'a> {
    Create,
    /// Of these fields.
    Update(&'a BTreeSet<String>),
    /// To another place.
    Transfer(&'a Move),
    Delete,
    Restore,
    /// Into another one, or another one into it.
    Merge,
    /// A step of its life.
    Step(&'static Step),
}

/// Where a record goes, and what history says of it.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    pub(crate) place: Place,
    pub(crate) action: HistoryAction,
}

/// One step of a record's life: from some states to another.
#[derive(Debug)]
pub(crate) struct Step {
    /// The method that takes it: `CancelPurchase`.
    pub(crate) method: &'static str,
    /// What history says of it.
    pub(crate) action: HistoryAction,
    /// The field that holds the state: `status`.
    pub(crate) field: &'static str,
    /// Where it can be taken, as values of that field's enum.
    pub(crate) from: &'static [i32],
    /// Where it leads.
    pub(crate) to: i32,
    /// It leads nowhere: the state stays what it is.
    pub(crate) stays: bool,
    /// Further fields that the caller gives with it, by a verb of the kind.
    pub(crate) takes: &'static [&'static str],
    /// The caller must say why.
    pub(crate) wants_reason: bool,
}

impl Step {
    /// A step that the method takes, of the field `status`: nothing is taken with it, and no reason is due.
    pub(crate) const fn new(method: &'static str, from: &'static [i32], to: i32) -> Self {
        Self {
            method,
            action: HistoryAction::Advanced,
            field: "status",
            from,
            to,
            stays: false,
            takes: &[],
            wants_reason: false,
        }
    }

    /// A step that the method takes, which leaves the field `status` as it is and changes others.
    pub(crate) const fn staying(method: &'static str, from: &'static [i32]) -> Self {
        Self {
            stays: true,
            action: HistoryAction::Updated,
            ..Self::new(method, from, 0)
        }
    }

    /// History says this of it.
    pub(crate) const fn told_as(self, action: HistoryAction) -> Self {
        Self { action, ..self }
    }

    /// The caller gives these fields with it.
    pub(crate) const fn taking(self, takes: &'static [&'static str]) -> Self {
        Self { takes, ..self }
    }

    /// The caller must say why.
    pub(crate) const fn with_reason(self) -> Self {
        Self {
            wants_reason: true,
            ..self
        }
    }
}

impl Cause<'_> {
    /// What history says of it.
    pub(crate) fn action(self) -> HistoryAction {
        match self {
            Self::Create => HistoryAction::Created,
            Self::Update(_) => HistoryAction::Updated,
            Self::Transfer(to) => to.action,
            Self::Delete => HistoryAction::Deleted,
            Self::Restore => HistoryAction::Restored,
            Self::Merge => HistoryAction::Merged,
            Self::Step(step) => step.action,
        }
    }

    /// Whether this field may differ from what it was.
    pub(crate) fn touches(self, field: &str) -> bool {
        match self {
            Self::Create => true,
            Self::Update(paths) => paths.contains(field),
            Self::Step(step) => (step.field == field && !step.stays) || step.takes.contains(&field),
            Self::Transfer(_) | Self::Delete | Self::Restore | Self::Merge => false,
        }
    }
}
