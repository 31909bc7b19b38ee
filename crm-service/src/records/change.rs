//! Creating and changing records, every kind alike. Each function takes the guard's proof and writes
//! only to the row version that was decided on.

use super::along::{Alone, Along};
use super::call::Call;
use super::check::Looked;
use super::draft::{Decided, Draft};
use super::entity::{Cause, Change, Entity, Step};
use super::facts;
use super::history::append;
use super::kind::Kind;
use super::links;
use super::message::{changed, dynamic, merge};
use super::notice::tell_followers;
use super::owned::{admit_new, admit_teams, id_of_new};
use super::place::Place;
use super::plan::Plan;
use super::record::{Record, decided_on, not_found, one_or_deleted, stored};
use super::refusal::Refusal;
use super::values::number_of;
use super::write::{Begun, Write, answered};
use crate::crm::Crm;
use menshen_proto::authz::v1::Relationship;
use menshen_proto::standard::Resource as _;
use prost_reflect::{DynamicMessage, Value};
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::{Admission, Permit};
use std::collections::BTreeSet;

/// Creates a record at the place that was decided on.
///
/// # Errors
/// A field that cannot be accepted; the id is taken.
pub(crate) async fn create<E: Entity>(
    crm: &Crm,
    admission: &Admission<E>,
    proposed: &E::Message,
    chosen_id: &str,
    call: &Call,
) -> Result<E::Message, Refusal> {
    let kind = E::kind();
    let plan = kind.plan()?;
    if let Some(answer) = answered(&crm.db, call, E::Message::MESSAGE).await? {
        return Ok(answer);
    }
    let id = &id_of_new(crm, admission, chosen_id).await?;
    let place = Place::of(kind, admission.contextual(), admission.id());
    let asked_for = Place::proposed(&dynamic(&plan.descriptor, proposed)?);
    admit_new(crm, admission, &place, asked_for.department.is_some()).await?;
    let decided = Decided {
        id: id.clone(),
        about: admission.id().to_owned(),
        facts: admission.contextual().to_vec(),
        place,
    };
    let draft = Draft::<E>::of(crm, admission.caller(), decided, proposed, call).await?;
    let mut write = match Write::begin(&crm.db, call, E::Message::MESSAGE).await? {
        Begun::Answered(message) => return Ok(message),
        Begun::New(write) => write,
    };
    let created = draft.write(&mut write.tx, call).await?;
    write.finish(created).await
}

/// Changes a record. A change that changes nothing makes no new version.
///
/// # Errors
/// The etag is stale; a field cannot be accepted; the record's state does not allow it.
pub(crate) async fn change<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
    etag: &str,
    cause: Cause<'_>,
    wanted: &E::Message,
    call: &Call,
) -> Result<E::Message, Refusal> {
    change_with(crm, permit, etag, (cause, wanted), call, &Alone).await
}

/// As [`change`], and what goes along with it in its transaction.
///
/// # Errors
/// As there, and those of what goes along.
pub(crate) async fn change_with<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
    etag: &str,
    (cause, wanted): (Cause<'_>, &E::Message),
    call: &Call,
    along: &dyn Along,
) -> Result<E::Message, Refusal> {
    let plan = E::kind().plan()?;
    if let Some(answer) = answered(&crm.db, call, E::Message::MESSAGE).await? {
        return Ok(answer);
    }
    let before = one_or_deleted(&crm.db, permit).await?;
    admit_cause(&before, cause)?;
    let after = proposed::<E>(plan, &before, cause, wanted)?;
    let mut change = Change {
        id: permit.id(),
        cause,
        before: Some(&before.message),
        place: place_after(&before, permit, cause, &dynamic(&plan.descriptor, &after)?),
        after,
        call,
    };
    if matches!(cause, Cause::Update(_)) && change.place.teams != before.place.teams {
        admit_teams(crm, permit, &change.place.teams).await?;
    }
    E::admit(crm, permit.caller(), &mut change).await?;
    check::<E>(plan, &mut change)?;
    links::admit::<E>(crm, permit.caller(), &change).await?;
    let mut write = match Write::begin(&crm.db, call, E::Message::MESSAGE).await? {
        Begun::Answered(message) => return Ok(message),
        Begun::New(write) => write,
    };
    let tx = &mut write.tx;
    // Has the version that was read above, or it is stale: both were decided on.
    decided_on(tx, permit, etag).await?;
    along.write(tx, call).await?;
    E::writing(tx, &mut change).await?;
    if changes_nothing::<E>(plan, &before, &change)? {
        return write.finish(before.message).await;
    }
    changed_one(
        tx.execute(statement::<E>(plan, permit.version(), &change)?)
            .await?,
    )?;
    if change.place.teams != before.place.teams {
        set_teams(tx, plan, &change).await?;
    }
    E::written(tx, &change).await?;
    finish::<E>(write, &change).await
}

fn changes_nothing<E: Entity>(
    plan: &Plan,
    before: &Record<E>,
    change: &Change<'_, E::Message>,
) -> Result<bool, Refusal> {
    if !matches!(change.cause, Cause::Update(_) | Cause::Transfer(_)) {
        return Ok(false);
    }
    let changed = changed(&plan.descriptor, &before.message, &change.after)?;
    Ok(changed.is_empty() && change.place == before.place)
}

/// Whether the record's own state allows the change.
fn admit_cause<E: Entity>(before: &Record<E>, cause: Cause<'_>) -> Result<(), Refusal> {
    let reference = E::kind().reference(&before.id);
    match (cause, before.deleted_at_us) {
        (Cause::Restore, Some(_)) => Ok(()),
        (Cause::Restore, None) => Err(Refusal::wrong_state(
            reference,
            format!(
                "the {} is not deleted; there is nothing to restore",
                E::kind().name
            ),
        )),
        (_, Some(_)) => Err(not_found::<E>(&before.id)),
        (Cause::Step(step), None) => step.admit(before),
        (_, None) => Ok(()),
    }
}

impl Step {
    fn taken(&self) -> BTreeSet<String> {
        self.takes.iter().map(ToString::to_string).collect()
    }

    fn admit<E: Entity>(&self, before: &Record<E>) -> Result<(), Refusal> {
        let Some(state) = before.fields.get_field_by_name(self.field) else {
            return Ok(());
        };
        let state = number_of(&state);
        if self.from.iter().any(|from| i64::from(*from) == state) {
            return Ok(());
        }
        let name = |number: i64| state_name(&before.fields, self.field, number);
        let from: Vec<String> = self.from.iter().map(|from| name((*from).into())).collect();
        let (kind, now, from) = (E::kind().name, name(state), from.join("`, `"));
        Err(Refusal::wrong_state(
            E::kind().reference(&before.id),
            format!(
                "the {kind} is `{now}`; {} takes one that is `{from}`",
                self.method
            ),
        ))
    }
}

/// A value of an enum as callers write it.
fn state_name(message: &DynamicMessage, field: &str, number: i64) -> String {
    use prost_reflect::ReflectMessage as _;
    let field = message.descriptor().get_field_by_name(field);
    let kind = field.map(|field| field.kind());
    let values = kind.as_ref().and_then(|kind| kind.as_enum());
    let value = i32::try_from(number)
        .ok()
        .and_then(|number| values?.get_value(number));
    value.map_or_else(|| number.to_string(), |value| value.name().to_owned())
}

/// The record as it would be.
fn proposed<E: Entity>(
    plan: &Plan,
    before: &Record<E>,
    cause: Cause<'_>,
    wanted: &E::Message,
) -> Result<E::Message, Refusal> {
    match cause {
        Cause::Update(paths) => Ok(merge(&plan.descriptor, &before.message, wanted, paths)?),
        Cause::Step(step) => {
            let taken = step.taken();
            let merged = merge(&plan.descriptor, &before.message, wanted, &taken)?;
            let mut fields = dynamic(&plan.descriptor, &merged)?;
            if !step.stays {
                fields.set_field_by_name(step.field, Value::EnumNumber(step.to));
            }
            Ok(fields
                .transcode_to()
                .map_err(super::message::MessageError::from)?)
        }
        Cause::Create | Cause::Transfer(_) | Cause::Delete | Cause::Restore | Cause::Merge => {
            Ok(before.message.clone())
        }
    }
}

fn place_after<E: Entity>(
    before: &Record<E>,
    permit: &Permit<E>,
    cause: Cause<'_>,
    after: &DynamicMessage,
) -> Place {
    match cause {
        Cause::Transfer(to) => to.place.clone(),
        // Its rule has a `target_permission`, which was decided about that place.
        Cause::Step(_) if !permit.target().is_empty() => {
            Place::of(E::kind(), permit.target(), permit.id())
        }
        Cause::Update(paths) if paths.contains("teams") => Place {
            teams: Place::proposed(after).teams,
            ..before.place.clone()
        },
        _ => before.place.clone(),
    }
}

/// The limits of each field, then the rules of the kind.
pub(super) fn check<E: Entity>(
    plan: &Plan,
    change: &mut Change<'_, E::Message>,
) -> Result<(), Refusal> {
    let taken;
    let looked = match change.cause {
        Cause::Create => Looked::AtFirst,
        Cause::Update(paths) => Looked::At(paths),
        Cause::Step(step) => {
            taken = step.taken();
            Looked::At(&taken)
        }
        Cause::Transfer(_) | Cause::Delete | Cause::Restore | Cause::Merge => return Ok(()),
    };
    let mut after = dynamic(&plan.descriptor, &change.after)?;
    let mut violations = plan.check(E::kind(), &mut after, looked, change.call.now_us);
    change.after = after
        .transcode_to()
        .map_err(super::message::MessageError::from)?;
    E::check(change, &mut violations);
    Ok(violations.or(())?)
}

/// Makes sure that the records above the proposed one are where the facts have them.
pub(super) async fn still_above(
    tx: &mut Tx,
    kind: &'static Kind,
    id: &str,
    decided: &[Relationship],
) -> Result<(), Refusal> {
    for (field, parent) in kind.parents() {
        let resource = kind.reference(id);
        let link = |fact: &&Relationship| fact.resource == resource && fact.relation == field.name;
        let above = decided.iter().find(link);
        let Some((_, above)) = above.and_then(|fact| fact.subject.split_once(':')) else {
            continue;
        };
        facts::lock(tx, parent, above).await?;
        let now = facts::locked(tx, parent, above).await?;
        let now = now.ok_or(Refusal::Stale)?.relationships;
        if !now.iter().all(|fact| decided.contains(fact)) {
            return Err(Refusal::Stale);
        }
    }
    Ok(())
}

pub(super) fn insert<E: Entity>(
    plan: &Plan,
    change: &Change<'_, E::Message>,
) -> Result<Stmt, Refusal> {
    let mut insert = Stmt::new(plan.insert)
        .bind(change.id)
        .bind(change.call.now_us)
        .bind(&change.call.caller);
    if E::kind().is_owned {
        insert = insert
            .bind(&change.place.owner)
            .bind(&change.place.department);
    }
    let columns = plan.columns_of(&dynamic(&plan.descriptor, &change.after)?)?;
    Ok(insert.bind_all(columns))
}

/// Makes a new version of a record of this one.
pub(super) fn statement<E: Entity>(
    plan: &Plan,
    version: i64,
    change: &Change<'_, E::Message>,
) -> Result<Stmt, Refusal> {
    let conditional = |sql| {
        Stmt::new(sql)
            .bind(change.id)
            .bind(version)
            .bind(change.call.now_us)
            .bind(&change.call.caller)
    };
    Ok(match change.cause {
        Cause::Delete => conditional(plan.delete),
        Cause::Restore => conditional(plan.restore),
        Cause::Create | Cause::Update(_) | Cause::Step(_) | Cause::Transfer(_) | Cause::Merge => {
            let columns = plan.columns_of(&dynamic(&plan.descriptor, &change.after)?)?;
            let update = conditional(plan.update);
            let placed = if E::kind().is_owned {
                update
                    .bind(&change.place.owner)
                    .bind(&change.place.department)
            } else {
                update
            };
            placed.bind_all(columns)
        }
    })
}

/// No row: another write came between the read and this one.
fn changed_one(rows: u64) -> Result<(), Refusal> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Refusal::Stale)
    }
}

pub(super) async fn set_teams<M>(
    tx: &mut Tx,
    plan: &Plan,
    change: &Change<'_, M>,
) -> Result<(), Refusal> {
    if change.before.is_some() {
        tx.execute(Stmt::new(plan.forget_teams).bind(change.id))
            .await?;
    }
    for (position, team) in (0_i64..).zip(&change.place.teams) {
        let add = Stmt::new(plan.add_team).bind(change.id).bind(team);
        tx.execute(add.bind(position)).await?;
    }
    Ok(())
}

/// Writes the change down and ends the call with the record as it is now.
async fn finish<E: Entity>(
    mut write: Write<'_>,
    change: &Change<'_, E::Message>,
) -> Result<E::Message, Refusal> {
    let after: Record<E> = stored(&mut write.tx, change.id).await?;
    append::<E>(&mut write.tx, change, &after).await?;
    let kind = E::kind();
    let parents = kind.parents().filter_map(|(field, parent)| {
        let above = after.fields.get_field_by_name(field.name)?;
        let above = above.as_str().filter(|id| !id.is_empty())?;
        Some((parent.name, above.to_owned()))
    });
    let parents: Vec<_> = parents.collect();
    tell_followers(&mut write.tx, change.call, kind, change.id, parents).await?;
    write.finish(after.message).await
}
