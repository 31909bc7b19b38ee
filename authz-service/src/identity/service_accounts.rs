//! Services: how they are recognised and what they may assert.

use super::account_id::check_id;
use super::principals::{ANY, Assertable, Effect, Service};
use super::removal;
use super::secret_token::{SERVICE_PREFIX, generate, stored_hash};
use crate::decisions::Asker;
use crate::engine::reference::name;
use crate::grants::administrators;
use crate::model::RESERVED_PREFIX;
use crate::org::Organization;
use crate::refusal::{Refusal, Violation};
use crate::rights;
use crate::store;
use crate::store::service_accounts::ServiceAccountRow;
use crate::write::{Author, Write};
use menshen_proto::authz::v1 as proto;
use service_kit::caller::Caller;
use service_kit::clock::timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Most relations that a service may assert.
const MAX_ASSERTABLE: usize = 1000;

/// A change to a service account.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// The account.
    pub id: String,
    /// What it may assert from now on. None: as before.
    pub assertable: Option<Vec<proto::AssertableRelation>>,
    /// Whether it is locked out. None: as before.
    pub disabled: Option<bool>,
    /// Issue a new token.
    pub rotate_token: bool,
}

impl Update {
    /// Whether it changes what the service may assert, and nothing else.
    fn is_about_assertions(&self) -> bool {
        self.assertable.is_some() && self.disabled.is_none() && !self.rotate_token
    }
}

/// Registers a service. Returns the account and its bearer token, which is not kept.
///
/// # Errors
/// The id or a relation that cannot be right; ALREADY_EXISTS; what [`rights::require_over`] refuses.
pub async fn create(
    org: &Organization,
    author: &Author,
    account: &proto::ServiceAccount,
) -> Result<(proto::ServiceAccount, String), Refusal> {
    check_id("service_account.id", &account.id)?;
    let assertable = assertable(&account.assertable)?;
    let mut write = Write::begin(org).await?;
    if store::service_accounts::find(write.tx(), &account.id)
        .await?
        .is_some()
    {
        let value = account.id.clone();
        return Err(Refusal::Exists {
            what: "service account id",
            value,
        });
    }
    rights::require_over(&mut write, author, &format!("service:{}", account.id)).await?;
    let (token, token_hash) = generate(SERVICE_PREFIX);
    let row = ServiceAccountRow {
        id: account.id.clone(),
        assertable: written(&assertable),
        token_hash: Some(token_hash),
        disabled_at_us: account.disabled.then(|| write.now_us()),
        created_at_us: write.now_us(),
        last_used_at_us: None,
    };
    put(&mut write, author, "service.create", None, &row).await?;
    write.commit().await?;
    Ok((message(&row)?, token))
}

/// Changes a service account. Returns it, and the new token if one was asked for.
///
/// # Errors
/// NOT_FOUND; a relation that cannot be right; the last administrator; what
/// [`rights::require_over`] refuses.
pub async fn update(
    org: &Organization,
    author: &Author,
    update: Update,
) -> Result<(proto::ServiceAccount, String), Refusal> {
    let assertable = update.assertable.as_deref().map(assertable).transpose()?;
    let mut write = Write::begin(org).await?;
    let before = store::service_accounts::find(write.tx(), &update.id).await?;
    let before = before.ok_or_else(|| unknown(&update.id))?;
    rights::require_over(&mut write, author, &format!("service:{}", update.id)).await?;
    let mut row = before.clone();
    if let Some(assertable) = &assertable {
        row.assertable = written(assertable);
    }
    if let Some(disabled) = update.disabled {
        row.disabled_at_us = disabled.then(|| before.disabled_at_us.unwrap_or(write.now_us()));
    }
    let mut token = String::new();
    if update.rotate_token {
        let (new, token_hash) = generate(SERVICE_PREFIX);
        (token, row.token_hash) = (new, Some(token_hash));
    }
    put(&mut write, author, "service.update", Some(&before), &row).await?;
    if row.disabled_at_us.is_some() && before.disabled_at_us.is_none() {
        administrators::remain(&mut write).await?;
    }
    write.commit().await?;
    Ok((message(&row)?, token))
}

/// Removes a service account that was made by mistake, or whose grants are revoked.
///
/// # Errors
/// NOT_FOUND; FAILED_PRECONDITION: a relationship names it.
pub async fn delete(org: &Organization, author: &Author, id: &str) -> Result<(), Refusal> {
    let mut write = Write::begin(org).await?;
    let before = store::service_accounts::find(write.tx(), id).await?;
    let before = before.ok_or_else(|| unknown(id))?;
    removal::refuse_named(&mut write, "service", id).await?;
    store::service_accounts::delete(write.tx(), id).await?;
    let mut entry = author.entry("service.delete", format!("service:{id}"));
    entry.before = audited(&before);
    write.audit(vec![entry]).await?;
    write.effect(Effect::ServiceRemoved(id.into()));
    write.commit().await.map(|_| ())
}

/// Whether an update only gives up relations that the service may assert: a service may do that to
/// itself, so that it keeps no more than it needs.
pub fn only_narrows(service: &Service, update: &Update) -> bool {
    let asked = update.assertable.iter().flatten();
    let asked = asked.map(|one| (&*one.resource_type, &*one.relation));
    *service.id == *update.id
        && update.is_about_assertions()
        && service.assertable.covers(&Assertable::new(asked))
}

/// Whether a caller may make an update: `manage_services`, or a service that, for itself, only gives
/// up relations, or asserts what it might as well grant.
///
/// # Errors
/// PERMISSION_DENIED.
pub fn may_update(org: &Organization, caller: &Caller, update: &Update) -> Result<(), Refusal> {
    let register = org.principals.load();
    let own = Asker::new(caller, &register).service;
    let own = own.filter(|_| caller.via_service.is_none());
    let own = own.filter(|service| *service.id == *update.id && update.is_about_assertions());
    if own.is_some_and(|service| only_narrows(service, update)) {
        return Ok(());
    }
    if own.is_some() && rights::require(org, &caller.subject, "grant").is_ok() {
        return Ok(());
    }
    rights::require(org, &caller.subject, "manage_services")
}

/// Every service account, by id.
pub async fn list(org: &Organization) -> Result<Vec<proto::ServiceAccount>, Refusal> {
    let register = org.principals.load_full();
    let rows = store::service_accounts::all(&org.db).await?;
    let accounts = rows.iter().map(|row| {
        let mut account = message(row)?;
        let used = register
            .service(&row.id)
            .map(|one| one.last_used_at_us.load(Ordering::Relaxed));
        if let Some(used_at_us) = used.filter(|used_at_us| *used_at_us > 0) {
            account.last_used_at = Some(timestamp(to_the_minute(used_at_us)));
        }
        Ok(account)
    });
    accounts.collect()
}

/// Adds or changes an account in a write of somebody else.
pub async fn put(
    write: &mut Write<'_>,
    author: &Author,
    action: &'static str,
    before: Option<&ServiceAccountRow>,
    row: &ServiceAccountRow,
) -> Result<(), Refusal> {
    store::service_accounts::put(write.tx(), row).await?;
    let mut entry = author.entry(action, format!("service:{}", row.id));
    entry.before = before.map(audited).unwrap_or_default();
    entry.after = audited(row);
    write.audit(vec![entry]).await?;
    write.effect(Effect::Service(read(row)?));
    Ok(())
}

/// A stored account, for memory.
pub fn read(row: &ServiceAccountRow) -> Result<Arc<Service>, Refusal> {
    let pairs = stored_pairs(row)?;
    Ok(Arc::new(Service {
        id: row.id.as_str().into(),
        subject: format!("service:{}", row.id).into(),
        assertable: Assertable::new(pairs.iter().map(|(a, b)| (a.as_str(), b.as_str()))),
        token_hash: row.token_hash.as_deref().and_then(stored_hash),
        disabled: row.disabled_at_us.is_some(),
        last_used_at_us: AtomicI64::new(0),
    }))
}

/// What may be asserted, as it is stored.
pub fn written(assertable: &Assertable) -> String {
    serde_json::to_string(&assertable.pairs()).unwrap_or_default()
}

/// "Kept to the minute": more often would be a write for each call.
pub fn to_the_minute(at_us: i64) -> i64 {
    const MINUTE_US: i64 = 60_000_000;
    at_us - at_us.rem_euclid(MINUTE_US)
}

fn stored_pairs(row: &ServiceAccountRow) -> Result<Vec<(String, String)>, Refusal> {
    serde_json::from_str(&row.assertable).map_err(Refusal::internal)
}

fn message(row: &ServiceAccountRow) -> Result<proto::ServiceAccount, Refusal> {
    let assertable = stored_pairs(row)?.into_iter();
    let assertable = assertable.map(|(resource_type, relation)| proto::AssertableRelation {
        resource_type,
        relation,
    });
    Ok(proto::ServiceAccount {
        id: row.id.clone(),
        assertable: assertable.collect(),
        disabled: row.disabled_at_us.is_some(),
        last_used_at: row.last_used_at_us.map(timestamp),
    })
}

fn assertable(given: &[proto::AssertableRelation]) -> Result<Assertable, Refusal> {
    let mut wrong = Vec::new();
    if given.len() > MAX_ASSERTABLE {
        let problem = format!("must be at most {MAX_ASSERTABLE} (got {})", given.len());
        wrong.push(Violation::new("service_account.assertable", problem));
    }
    for (position, one) in given.iter().enumerate() {
        let at = |part| format!("service_account.assertable[{position}].{part}");
        if one.resource_type.starts_with(RESERVED_PREFIX) {
            let problem = format!(
                "`{}` belongs to the authorization service: grant its relations instead",
                one.resource_type
            );
            wrong.push(Violation::new(at("resource_type"), problem));
        } else if one.resource_type != ANY
            && let Err(error) = name::check_type(&one.resource_type)
        {
            wrong.push(Violation::new(at("resource_type"), error.to_string()));
        }
        if one.relation != ANY
            && let Err(error) = name::check_relation(&one.relation)
        {
            wrong.push(Violation::new(at("relation"), error.to_string()));
        }
    }
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong));
    }
    Ok(Assertable::new(
        given
            .iter()
            .map(|one| (&*one.resource_type, &*one.relation)),
    ))
}

fn unknown(id: &str) -> Refusal {
    Refusal::NotFound {
        kind: "service account",
        id: id.to_owned(),
    }
}

/// Without the hash of its token.
fn audited(row: &ServiceAccountRow) -> String {
    serde_json::json!({
        "assertable": serde_json::from_str::<serde_json::Value>(&row.assertable).ok(),
        "disabled": row.disabled_at_us.is_some(),
        "token": row.token_hash.as_deref().map(|hash| hash.get(..8).unwrap_or_default()),
    })
    .to_string()
}
