//! People: invited, changed, locked out.

mod page;

pub use page::{Page, list};

use super::account_id::{check_email, check_id, check_name};
use super::principals::Effect;
use super::{activation, departments, sessions};
use crate::decisions::user_id;
use crate::grants::administrators;
use crate::org::Organization;
use crate::refusal::{Refusal, Violation};
use crate::rights;
use crate::store;
use crate::store::users::UserRow;
use crate::write::{Author, Write};
use menshen_proto::authz::v1::{User, UserState, WhoAmIResponse};
use service_kit::caller::Caller;
use service_kit::clock::timestamp;
use service_kit::status::Reason;

/// Adds a person. Returns them and a token that sets their password.
///
/// # Errors
/// A field that cannot be right; ALREADY_EXISTS; a department that is not there; the id was granted
/// a right on the service itself before, and the author is no administrator.
pub async fn create(
    org: &Organization,
    author: &Author,
    user: &User,
) -> Result<(User, String), Refusal> {
    let checks = [
        check_id("user.id", &user.id),
        check_name("user.display_name", &user.display_name),
        check_email("user.email", &user.email),
    ];
    collect(checks)?;
    let mut write = Write::begin(org).await?;
    let now_us = write.now_us();
    if store::users::find_in(write.tx(), &user.id, now_us)
        .await?
        .is_some()
    {
        return Err(Refusal::Exists {
            what: "user id",
            value: user.id.clone(),
        });
    }
    require_over(&mut write, author, &user.id).await?;
    refuse_taken_email(&mut write, &user.id, &user.email).await?;
    store::users::insert(
        write.tx(),
        &user.id,
        &user.display_name,
        &user.email,
        now_us,
    )
    .await?;
    departments::move_member(&mut write, author, &user.id, None, &user.department).await?;
    let token = activation::issue(&mut write, &user.id).await?;
    let row = required(&mut write, &user.id).await?;
    audit(&mut write, author, "user.create", None, &row).await?;
    write.commit().await?;
    Ok((message(&row), token))
}

/// What of a person is to be changed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paths {
    /// The name.
    pub display_name: bool,
    /// The e-mail address.
    pub email: bool,
    /// The department.
    pub department: bool,
}

/// Changes a person.
///
/// # Errors
/// NOT_FOUND; a field that cannot be right; ALREADY_EXISTS: the e-mail address is taken; for an e-mail
/// address, what [`rights::require_over`] refuses.
pub async fn update(
    org: &Organization,
    author: &Author,
    user: &User,
    paths: Paths,
) -> Result<User, Refusal> {
    let mut write = Write::begin(org).await?;
    let before = required(&mut write, &user.id).await?;
    let mut row = before.clone();
    if paths.display_name {
        check_name("user.display_name", &user.display_name)?;
        row.display_name.clone_from(&user.display_name);
    }
    if paths.email {
        check_email("user.email", &user.email)?;
        require_over(&mut write, author, &user.id).await?;
        refuse_taken_email(&mut write, &user.id, &user.email).await?;
        row.email.clone_from(&user.email);
    }
    store::users::update(write.tx(), &row.id, &row.display_name, &row.email).await?;
    if paths.department {
        let old = before.department.as_deref();
        departments::move_member(&mut write, author, &user.id, old, &user.department).await?;
    }
    let row = required(&mut write, &user.id).await?;
    audit(&mut write, author, "user.update", Some(&before), &row).await?;
    write.commit().await?;
    Ok(message(&row))
}

/// Locks a person out, at once and everywhere.
///
/// # Errors
/// NOT_FOUND; FAILED_PRECONDITION: the last administrator; what [`rights::require_over`] refuses.
pub async fn disable(org: &Organization, author: &Author, id: &str) -> Result<User, Refusal> {
    let mut write = Write::begin(org).await?;
    let before = required(&mut write, id).await?;
    require_over(&mut write, author, id).await?;
    if before.disabled_at_us.is_some() {
        return Ok(message(&before));
    }
    let now_us = write.now_us();
    store::users::set_disabled(write.tx(), id, Some(now_us)).await?;
    administrators::remain(&mut write).await?;
    sessions::end_all(&mut write, id, None).await?;
    store::activation_tokens::delete(write.tx(), id).await?;
    write.effect(Effect::UserDisabled(id.into()));
    let row = required(&mut write, id).await?;
    audit(&mut write, author, "user.disable", Some(&before), &row).await?;
    write.commit().await?;
    Ok(message(&row))
}

/// Lets a disabled person in again.
///
/// # Errors
/// NOT_FOUND; what [`rights::require_over`] refuses.
pub async fn enable(org: &Organization, author: &Author, id: &str) -> Result<User, Refusal> {
    let mut write = Write::begin(org).await?;
    let before = required(&mut write, id).await?;
    require_over(&mut write, author, id).await?;
    if before.disabled_at_us.is_none() {
        return Ok(message(&before));
    }
    store::users::set_disabled(write.tx(), id, None).await?;
    write.effect(Effect::UserEnabled(id.into()));
    let row = required(&mut write, id).await?;
    audit(&mut write, author, "user.enable", Some(&before), &row).await?;
    write.commit().await?;
    Ok(message(&row))
}

/// Takes a person's password away, ends their sessions, and returns a token that sets a new one.
///
/// # Errors
/// NOT_FOUND; FAILED_PRECONDITION: the person is disabled, or the last administrator: a token that is
/// lost would let nobody in; what [`rights::require_over`] refuses.
pub async fn reset_password(
    org: &Organization,
    author: &Author,
    id: &str,
) -> Result<String, Refusal> {
    let mut write = Write::begin(org).await?;
    let before = required(&mut write, id).await?;
    require_over(&mut write, author, id).await?;
    if before.disabled_at_us.is_some() {
        let problem = format!("`{id}` is disabled: enable the account first");
        return Err(Refusal::precondition(
            Reason::WrongState,
            format!("user:{id}"),
            problem,
        ));
    }
    store::credentials::delete(write.tx(), id).await?;
    administrators::remain(&mut write).await?;
    sessions::end_all(&mut write, id, None).await?;
    let token = activation::issue(&mut write, id).await?;
    let row = required(&mut write, id).await?;
    audit(
        &mut write,
        author,
        "user.reset_password",
        Some(&before),
        &row,
    )
    .await?;
    write.commit().await?;
    Ok(token)
}

/// A person.
///
/// # Errors
/// NOT_FOUND.
pub async fn get(org: &Organization, id: &str) -> Result<User, Refusal> {
    let row = store::users::find(&org.db, id, org.now_us())
        .await?
        .ok_or_else(|| unknown(id))?;
    Ok(message(&row))
}

/// Who calls, and of a person their department.
///
/// # Errors
/// The database.
pub async fn caller(org: &Organization, caller: Caller) -> Result<WhoAmIResponse, Refusal> {
    let department = match user_id(&caller.subject) {
        Some(id) => get(org, id).await?.department,
        None => String::new(),
    };
    Ok(WhoAmIResponse {
        subject: caller.subject,
        via_service: caller.via_service.unwrap_or_default(),
        department,
    })
}

/// A person as a message.
pub fn message(row: &UserRow) -> User {
    User {
        id: row.id.clone(),
        display_name: row.display_name.clone(),
        email: row.email.clone(),
        department: row.department.clone().unwrap_or_default(),
        state: state(row).into(),
        created_at: Some(timestamp(row.created_at_us)),
        last_sign_in_at: row.last_sign_in_at_us.map(timestamp),
    }
}

fn state(row: &UserRow) -> UserState {
    match (row.disabled_at_us, row.password_set_at_us) {
        (Some(_), _) => UserState::Disabled,
        (None, None) => UserState::Invited,
        (None, Some(_)) => UserState::Active,
    }
}

async fn required(write: &mut Write<'_>, id: &str) -> Result<UserRow, Refusal> {
    let now_us = write.now_us();
    store::users::find_in(write.tx(), id, now_us)
        .await?
        .ok_or_else(|| unknown(id))
}

async fn require_over(write: &mut Write<'_>, author: &Author, id: &str) -> Result<(), Refusal> {
    rights::require_over(write, author, &format!("user:{id}")).await
}

async fn refuse_taken_email(write: &mut Write<'_>, id: &str, email: &str) -> Result<(), Refusal> {
    let owner = store::users::owner_of_email(write.tx(), email).await?;
    if owner.is_some_and(|owner| owner != id) {
        return Err(Refusal::Exists {
            what: "e-mail address",
            value: email.to_owned(),
        });
    }
    Ok(())
}

async fn audit(
    write: &mut Write<'_>,
    author: &Author,
    action: &'static str,
    before: Option<&UserRow>,
    after: &UserRow,
) -> Result<(), Refusal> {
    let mut entry = author.entry(action, format!("user:{}", after.id));
    entry.before = before.map(audited).unwrap_or_default();
    entry.after = audited(after);
    write.audit(vec![entry]).await
}

fn audited(row: &UserRow) -> String {
    serde_json::json!({
        "display_name": row.display_name,
        "email": row.email,
        "department": row.department,
        "state": state(row).as_str_name(),
    })
    .to_string()
}

fn unknown(id: &str) -> Refusal {
    Refusal::NotFound {
        kind: "user",
        id: id.to_owned(),
    }
}

fn collect<const N: usize>(checks: [Result<(), Violation>; N]) -> Result<(), Refusal> {
    let wrong: Vec<_> = checks.into_iter().filter_map(Result::err).collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Invalid(wrong))
    }
}
