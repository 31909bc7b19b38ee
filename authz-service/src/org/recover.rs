//! The way back in when nobody can administer the service any more: for whoever holds the database.

use super::bootstrap::{activation_line, add_user, grant};
use super::{OpenError, Organization};
use crate::identity::account_id::check_id;
use crate::identity::{activation, sessions};
use crate::refusal::Refusal;
use crate::store;
use crate::write::{Author, Write};
use service_kit::clock::Clock;
use service_kit::db::Db;
use std::sync::Arc;

/// Makes somebody an administrator who can let themselves in, and returns the line that says how. They
/// are added or enabled; their password and their sessions end.
///
/// The caller holds the claim on the database. The audit log names nobody: nobody was recognised.
///
/// # Errors
/// The database, nobody has served it yet, or an id that cannot be right.
pub async fn administrator(
    db: Db,
    clock: Arc<dyn Clock>,
    user: &str,
    reason: &str,
) -> Result<String, OpenError> {
    let (org, info, _jobs) = Organization::load(db, clock).await?;
    if info.initialized_at_us.is_none() {
        return Err(OpenError::NeverServed);
    }
    let author = Author {
        reason: reason.to_owned(),
        ..Author::default()
    };
    Ok(let_in(&org, &author, user).await?)
}

async fn let_in(org: &Organization, author: &Author, user: &str) -> Result<String, Refusal> {
    check_id("user", user)?;
    let mut write = Write::begin(org).await?;
    let subject = format!("user:{user}");
    let now_us = write.now_us();
    if store::users::find_in(write.tx(), user, now_us)
        .await?
        .is_none()
    {
        add_user(&mut write, author, user).await?;
    } else {
        store::users::set_disabled(write.tx(), user, None).await?;
        store::credentials::delete(write.tx(), user).await?;
        sessions::end_all(&mut write, user, None).await?;
    }
    grant(&mut write, author, &["administrator"], &subject).await?;
    write
        .audit(vec![author.entry("user.recover", subject)])
        .await?;
    let token = activation::issue(&mut write, user).await?;
    write.commit().await?;
    Ok(activation_line(user, &token))
}
