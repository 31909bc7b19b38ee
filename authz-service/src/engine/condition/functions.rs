//! What an expression can call: the CEL standard functions, and two of our own.

use std::sync::{Arc, OnceLock};

use cel::common::types::{CelBool, CelMap, MAP_TYPE, STRING_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{Env, ExecutionError};

use super::ip::{self, Ip};
use super::patterns::{self, Pattern};
use super::signatures::MATCHES;

/// The environment of every condition, made once.
pub(super) fn environment() -> Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    Arc::clone(ENVIRONMENT.get_or_init(|| Arc::new(build())))
}

fn build() -> Env {
    let mut env = Env::stdlib().with_optional_support(false);
    let cidr = vec![STRING_TYPE];
    let declared = env
        .add_type(Ip::cel_type().to_owned())
        .and_then(|()| {
            env.add_member_overload(
                "in_cidr",
                "ip_in_cidr",
                Ip::cel_type().to_owned(),
                cidr,
                ip::in_cidr,
            )
        })
        .and_then(|()| {
            env.add_member_overload(
                "isSubtreeOf",
                "map_is_subtree_of_map",
                MAP_TYPE,
                vec![MAP_TYPE],
                is_subtree_of,
            )
        })
        .and_then(|()| {
            env.add_member_overload(
                MATCHES,
                "string_matches_pattern",
                STRING_TYPE,
                vec![Pattern::cel_type().to_owned()],
                patterns::matches,
            )
        });
    debug_assert!(
        declared.is_ok(),
        "our functions have names of their own: {declared:?}"
    );
    env
}

/// `part.isSubtreeOf(whole)`: each key of `part` is in `whole` with an equal value, or with a map
/// that is a subtree in turn.
#[expect(clippy::needless_pass_by_value, reason = "the library's signature")]
fn is_subtree_of<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [part, whole] = arguments.as_slice() else {
        return Err(ExecutionError::invalid_argument_count(2, arguments.len()));
    };
    let (Some(part), Some(whole)) = (
        part.downcast_ref::<CelMap>(),
        whole.downcast_ref::<CelMap>(),
    ) else {
        return Err(ExecutionError::missing_argument_or_target());
    };
    Ok(CowVal::owned(CelBool::from(is_subtree(part, whole))))
}

fn is_subtree(part: &CelMap<'_>, whole: &CelMap<'_>) -> bool {
    part.inner().iter().all(|(key, value)| {
        let Some(other) = whole.inner().get(key) else {
            return false;
        };
        match (
            value.downcast_ref::<CelMap>(),
            other.downcast_ref::<CelMap>(),
        ) {
            (Some(part), Some(whole)) => is_subtree(part, whole),
            _ => value.equals(other.as_ref()),
        }
    })
}
