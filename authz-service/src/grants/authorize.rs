//! Who may grant and revoke what.
//!
//! The person decides, not the service that passes the call on: a grant is theirs. `grant` on the
//! service covers every relation of the application; `@grant NAME` in the schema lets whoever holds
//! the permission NAME on a resource grant that relation there; the service's own relations are for
//! administrators alone.

use super::order::{Order, is_own};
use crate::decisions::denial;
use crate::engine::budget::Budget;
use crate::engine::check::{CheckError, Outcome, Question, check};
use crate::engine::relationship::{Context, Relationship};
use crate::engine::schema::Schema;
use crate::engine::snapshot::Snapshot;
use crate::model::SERVICE_OBJECT;
use crate::refusal::{Forbidden, Refusal};

/// Whether the author may change every relationship of the order.
///
/// # Errors
/// The first that they may not, with the permission that is missing.
pub(super) fn authorize(snapshot: &Snapshot, order: &Order, now_us: i64) -> Result<(), Refusal> {
    let asked = Asked {
        snapshot,
        order,
        now_us,
    };
    let mut may_grant_all = None;
    for relationship in &order.relationships {
        if is_own(relationship.resource.object_type()) {
            asked.require("administer", SERVICE_OBJECT, relationship)?;
            continue;
        }
        let all = match may_grant_all {
            Some(known) => known,
            None => *may_grant_all.insert(asked.holds("grant", SERVICE_OBJECT)?),
        };
        if !all {
            asked.require_own_permission(relationship)?;
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Asked<'a> {
    snapshot: &'a Snapshot,
    order: &'a Order,
    now_us: i64,
}

impl Asked<'_> {
    fn require_own_permission(self, relationship: &Relationship) -> Result<(), Refusal> {
        match grant_permission(self.snapshot.schema(), relationship) {
            Some(name) => self.require(name, &relationship.resource.to_string(), relationship),
            None => self.require("grant", SERVICE_OBJECT, relationship),
        }
    }

    fn require(
        self,
        permission: &str,
        resource: &str,
        relationship: &Relationship,
    ) -> Result<(), Refusal> {
        if self.holds(permission, resource)? {
            return Ok(());
        }
        let Self {
            snapshot,
            order,
            now_us,
        } = self;
        let context = Context::default();
        let question = self.question(permission, resource, &context);
        let found = denial::explain(snapshot, &question, now_us).map_err(unanswered)?;
        let what = format!("{}#{}", relationship.resource, relationship.relation);
        Err(Refusal::Forbidden(Box::new(Forbidden {
            message: format!(
                "`{}` may not change `{what}`: that takes `{permission}` on `{resource}`",
                order.author.actor
            ),
            permission: format!("{resource}#{permission}"),
            denial: Some(found),
        })))
    }

    fn holds(self, permission: &str, resource: &str) -> Result<bool, Refusal> {
        let context = Context::default();
        let question = self.question(permission, resource, &context);
        let outcome = check(self.snapshot, &question, self.now_us, &Budget::default());
        Ok(outcome.map_err(unanswered)? == Outcome::Allowed)
    }

    fn question<'q>(
        self,
        permission: &'q str,
        resource: &'q str,
        context: &'q Context,
    ) -> Question<'q>
    where
        Self: 'q,
    {
        // Rights on the service are granted and never claimed.
        let contextual: &[_] = match resource {
            SERVICE_OBJECT => &[],
            _ => &self.order.contextual,
        };
        Question {
            subject: &self.order.author.actor,
            permission,
            resource,
            contextual,
            context,
        }
    }
}

/// `NAME` of `@grant NAME`, where the relation has it.
fn grant_permission<'s>(schema: &'s Schema, relationship: &Relationship) -> Option<&'s str> {
    let owner = schema.type_id(relationship.resource.object_type())?;
    let relation = schema.member_id(owner, &relationship.relation)?;
    let permission = schema.member(relation).grant?;
    Some(&schema.member(permission).name)
}

fn unanswered(error: CheckError) -> Refusal {
    match error {
        CheckError::BudgetExceeded { .. } => Refusal::OverBudget(error.to_string()),
        other => Refusal::field("contextual_relationships", other.to_string()),
    }
}
