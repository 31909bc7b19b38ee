//! There is always somebody who may administer the service.

use crate::model::SERVICE_OBJECT;
use crate::refusal::Refusal;
use crate::store;
use crate::write::Write;
use rustc_hash::FxHashSet;
use service_kit::status::Reason;

const SERVICE_TYPE: &str = "menshen/authz";
const SERVICE_ID: &str = "main";
const ROLE_TYPE: &str = "menshen/role";

/// Whether, with everything that the write has done, somebody who can sign in is an administrator, in
/// person or through roles.
///
/// # Errors
/// FAILED_PRECONDITION: nobody would be.
pub async fn remain(write: &mut Write<'_>) -> Result<(), Refusal> {
    let mut roles = vec![(SERVICE_TYPE, SERVICE_ID.to_owned(), "administrator")];
    let mut seen = FxHashSet::default();
    while let Some((object_type, id, relation)) = roles.pop() {
        let holders =
            store::relationships::subjects(write.tx(), object_type, &id, relation).await?;
        for (subject_type, subject_id, _) in holders {
            if subject_type == ROLE_TYPE && seen.insert(subject_id.clone()) {
                roles.push((ROLE_TYPE, subject_id, "member"));
            } else if may_act(write, &subject_type, &subject_id).await? {
                return Ok(());
            }
        }
    }
    Err(Refusal::precondition(
        Reason::LastAdministrator,
        SERVICE_OBJECT,
        "nobody who can sign in would be left to administer the service: grant `administrator` on \
         `menshen/authz:main` to somebody else with a password or a token first",
    ))
}

/// Whether a subject is an account that is not locked out, with a password or a token. Whether there
/// is a certificate for a service without a token, nobody here can tell.
async fn may_act(write: &mut Write<'_>, subject_type: &str, id: &str) -> Result<bool, Refusal> {
    let now_us = write.now_us();
    Ok(match subject_type {
        "user" => store::users::find_in(write.tx(), id, now_us)
            .await?
            .is_some_and(|user| user.disabled_at_us.is_none() && user.password_set_at_us.is_some()),
        "service" => store::service_accounts::find(write.tx(), id)
            .await?
            .is_some_and(|account| {
                account.disabled_at_us.is_none() && account.token_hash.is_some()
            }),
        _ => false,
    })
}
