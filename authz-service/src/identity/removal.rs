//! What is removed leaves nothing behind that names it: whoever comes after it under the same id would
//! get what it had.

use crate::refusal::Refusal;
use crate::store;
use crate::write::{Write, identity};
use service_kit::status::Reason;

/// Makes sure that no relationship names an object, expired ones included.
///
/// # Errors
/// FAILED_PRECONDITION, with one that does.
pub(super) async fn refuse_named(
    write: &mut Write<'_>,
    object_type: &str,
    id: &str,
) -> Result<(), Refusal> {
    let Some(found) = store::relationships::naming(write.tx(), object_type, id).await? else {
        return Ok(());
    };
    let object = format!("{object_type}:{id}");
    let problem = format!(
        "`{object}` is in use: `{}` names it; revoke what names it first (ListGrants finds it)",
        identity(&found)
    );
    Err(Refusal::precondition(Reason::WrongState, object, problem))
}
