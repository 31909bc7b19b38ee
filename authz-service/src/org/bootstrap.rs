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
const MIN_ROOT_TOKEN_BYTES: usize = 16;

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
        return Ok(());
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
    let token = token.expose_secret();
    if token.len() < MIN_ROOT_TOKEN_BYTES {
        let problem = format!("must have at least {MIN_ROOT_TOKEN_BYTES} characters");
        return Err(Refusal::field("MENSHEN_ROOT_TOKEN", problem));
    }
    let root = account("root", Some(ids::hash_secret(token)), write.now_us());
    service_accounts::put(write, author, "service.create", None, &root).await?;
    grant(write, author, &["administrator", "auditor"], "service:root").await
}

async fn add_first_user(write: &mut Write<'_>, author: &Author) -> Result<String, Refusal> {
    let now_us = write.now_us();
    let email = "admin@localhost";
    store::users::insert(write.tx(), FIRST_USER, "Administrator", email, now_us).await?;
    let subject = format!("user:{FIRST_USER}");
    write
        .audit(vec![author.entry("user.create", subject.clone())])
        .await?;
    grant(write, author, &["administrator"], &subject).await?;
    activation::issue(write, FIRST_USER).await
}

async fn grant(
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
    let text = format!(
        "\nFirst start. Choose the password of the first administrator, `{FIRST_USER}`, within 72 \
         hours:\n\n  menshen.authz.v1.IdentityService/Activate \
         {{\"activation_token\": \"{token}\", \"password\": \"…\"}}\n\n"
    );
    // Without a terminal there is nobody to tell; an administrator can be made with `recover`.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
