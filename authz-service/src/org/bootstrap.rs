//! The first start: somebody has to be there who can let others in.

use super::Organization;
use crate::engine::relationship::Relationship;
use crate::identity::activation;
use crate::identity::principals::Assertable;
use crate::identity::service_accounts;
use crate::refusal::Refusal;
use crate::store;
use crate::store::info::StoreInfo;
use crate::store::service_accounts::ServiceAccountRow;
use crate::store::signing_keys::SigningKeyRow;
use crate::write::{Author, Write};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use service_kit::ids;
use std::io::Write as _;

/// The first administrator, where no root token is given.
const FIRST_USER: &str = "admin";
/// What `service:crm` may do. It is known by its certificate, and gives up by itself what it need not
/// assert.
const CRM_RIGHTS: [&str; 5] = [
    "checker",
    "schema_reader",
    "schema_writer",
    "grantor",
    "user_reader",
];

/// Completes the first start, if it is not complete. All of it happens or none.
pub(super) async fn complete(
    org: &Organization,
    info: &StoreInfo,
    root_token: Option<SecretString>,
) -> Result<(), Refusal> {
    if info.initialized_at_us.is_some() {
        if root_token.is_some() {
            tracing::info!("MENSHEN_ROOT_TOKEN is ignored: the first start has taken place");
        }
        return invite_again(org).await;
    }
    let author = Author {
        actor: "service:root".to_owned(),
        reason: "first start".to_owned(),
        ..Author::default()
    };
    let mut write = Write::begin(org).await?;
    let crm = account("crm", None, write.now_us());
    service_accounts::put(&mut write, &author, "service.create", None, &crm).await?;
    grant(&mut write, &author, &CRM_RIGHTS, "service:crm").await?;
    let activation = match &root_token {
        Some(token) => {
            add_root(&mut write, &author, token).await?;
            None
        }
        None => Some(add_first_user(&mut write, &author).await?),
    };
    let now_us = write.now_us();
    store::info::initialized(write.tx(), now_us).await?;
    write.commit().await?;
    if let Some(token) = activation {
        announce(&token);
    }
    Ok(())
}

/// The line of the first start may be lost, or older than its token lives. While nobody has come in
/// with one, each start gives another; it does not take back what somebody may hold.
async fn invite_again(org: &Organization) -> Result<(), Refusal> {
    if store::credentials::any(&org.db).await? {
        return Ok(());
    }
    let mut write = Write::begin(org).await?;
    let now_us = write.now_us();
    let first = store::users::find_in(write.tx(), FIRST_USER, now_us).await?;
    let root = store::service_accounts::find(write.tx(), "root").await?;
    if root.is_some() || first.is_none_or(|user| user.disabled_at_us.is_some()) {
        return Ok(());
    }
    let author = Author {
        actor: "service:root".to_owned(),
        reason: "the first administrator has not come in yet".to_owned(),
        ..Author::default()
    };
    let invited = author.entry("user.invite", format!("user:{FIRST_USER}"));
    write.audit(vec![invited]).await?;
    let token = activation::issue_another(&mut write, FIRST_USER).await?;
    write.commit().await?;
    announce(&token);
    Ok(())
}

/// A new key for access tokens.
pub(super) fn signing_key() -> SigningKeyRow {
    let mut seed = [0; 32];
    ids::fill(&mut seed);
    let mut id = [0; 8];
    ids::fill(&mut id);
    SigningKeyRow {
        id: hex::encode(id),
        seed: URL_SAFE_NO_PAD.encode(seed),
    }
}

async fn add_root(
    write: &mut Write<'_>,
    author: &Author,
    token: &SecretString,
) -> Result<(), Refusal> {
    let token_hash = ids::hash_secret(token.expose_secret());
    let root = account("root", Some(token_hash), write.now_us());
    service_accounts::put(write, author, "service.create", None, &root).await?;
    grant(write, author, &["administrator", "auditor"], "service:root").await
}

async fn add_first_user(write: &mut Write<'_>, author: &Author) -> Result<String, Refusal> {
    add_user(write, author, FIRST_USER).await?;
    let subject = format!("user:{FIRST_USER}");
    grant(write, author, &["administrator"], &subject).await?;
    activation::issue(write, FIRST_USER).await
}

/// Somebody of whom nothing is known but what they are to do.
pub(super) async fn add_user(
    write: &mut Write<'_>,
    author: &Author,
    id: &str,
) -> Result<(), Refusal> {
    let email = format!("{id}@localhost");
    if store::users::owner_of_email(write.tx(), &email)
        .await?
        .is_some()
    {
        let what = "e-mail address";
        return Err(Refusal::Exists { what, value: email });
    }
    let now_us = write.now_us();
    store::users::insert(write.tx(), id, "Administrator", &email, now_us).await?;
    let created = author.entry("user.create", format!("user:{id}"));
    write.audit(vec![created]).await
}

pub(super) async fn grant(
    write: &mut Write<'_>,
    author: &Author,
    relations: &[&str],
    subject: &str,
) -> Result<(), Refusal> {
    let written = relations.iter().map(|relation| {
        let text = format!("{}#{relation}@{subject}", crate::model::SERVICE_OBJECT);
        Relationship::parse(&text).map_err(Refusal::internal)
    });
    write
        .put(author, &written.collect::<Result<Vec<_>, _>>()?)
        .await
}

fn account(id: &str, token_hash: Option<String>, now_us: i64) -> ServiceAccountRow {
    ServiceAccountRow {
        id: id.to_owned(),
        assertable: service_accounts::written(&Assertable::new([("*", "*")])),
        token_hash,
        disabled_at_us: None,
        created_at_us: now_us,
        last_used_at_us: None,
    }
}

/// Tells whoever started the service, on the terminal and not in the log: it is a secret.
fn announce(token: &str) {
    // Without a terminal there is nobody to tell: the next start tells again.
    let _ = std::io::stderr().write_all(activation_line(FIRST_USER, token).as_bytes());
}

/// How an administrator lets themselves in.
pub(super) fn activation_line(user: &str, token: &str) -> String {
    format!(
        "\nChoose the password of the administrator `{user}` within 72 hours:\n\n  \
         menshen.authz.v1.IdentityService/Activate {{\"activation_token\": \"{token}\", \
         \"password\": \"…\"}}\n\n"
    )
}
