//! What few relationships carry: a condition and an expiry.

use super::SnapshotError;
use crate::engine::relationship::{ConditionUse, Context, Relationship};
use crate::engine::schema::{ConditionId, Schema};
use std::sync::Arc;

/// Condition and expiry of one relationship.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attributes {
    /// `i64::MAX` for never.
    pub(crate) expires_at_us: i64,
    pub(crate) condition: Option<Arc<BoundCondition>>,
}

/// A condition with the values written beside it.
#[derive(Debug, PartialEq)]
pub(crate) struct BoundCondition {
    pub(crate) id: ConditionId,
    pub(crate) written: Context,
}

impl Attributes {
    /// None for a relationship that has neither.
    pub(crate) fn of(
        schema: &Schema,
        relationship: &Relationship,
    ) -> Result<Option<Self>, SnapshotError> {
        let Relationship { condition, expires_at_us, .. } = relationship;
        if condition.is_none() && expires_at_us.is_none() {
            return Ok(None);
        }
        let condition = match condition {
            None => None,
            Some(ConditionUse { name, context }) => {
                let id = schema.conditions_by_name.get(name).copied();
                let id = id.ok_or_else(|| SnapshotError::UnknownCondition(name.clone()))?;
                Some(Arc::new(BoundCondition { id, written: context.clone() }))
            }
        };
        Ok(Some(Self { expires_at_us: expires_at_us.unwrap_or(i64::MAX), condition }))
    }

    /// Whether it is over: at and after its expiry a relationship does not exist.
    #[inline]
    pub(crate) fn is_expired(&self, now_us: i64) -> bool {
        self.expires_at_us <= now_us
    }

    pub(crate) fn expires_at_us(&self) -> Option<i64> {
        (self.expires_at_us != i64::MAX).then_some(self.expires_at_us)
    }

    pub(crate) fn condition_use(&self, schema: &Schema) -> Option<ConditionUse> {
        let bound = self.condition.as_deref()?;
        let condition = schema.conditions.get(usize::from(bound.id.0))?;
        Some(ConditionUse { name: condition.name.clone(), context: bound.written.clone() })
    }
}
