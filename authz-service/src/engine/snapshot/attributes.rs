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
        let condition = relationship
            .condition
            .as_ref()
            .map(|ConditionUse { name, .. }| {
                let id = schema.condition_id(name);
                id.ok_or_else(|| SnapshotError::UnknownCondition(name.clone()))
            });
        Ok(Self::new(condition.transpose()?, relationship))
    }

    /// As [`Attributes::of`], with the condition's name resolved.
    pub(crate) fn new(id: Option<ConditionId>, relationship: &Relationship) -> Option<Self> {
        let Relationship {
            condition,
            expires_at_us,
            ..
        } = relationship;
        if condition.is_none() && expires_at_us.is_none() {
            return None;
        }
        let bound = id
            .zip(condition.as_ref())
            .map(|(id, ConditionUse { context, .. })| {
                Arc::new(BoundCondition {
                    id,
                    written: context.clone(),
                })
            });
        Some(Self {
            expires_at_us: expires_at_us.unwrap_or(i64::MAX),
            condition: bound,
        })
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
        let name = schema.condition(bound.id).name.clone();
        Some(ConditionUse {
            name,
            context: bound.written.clone(),
        })
    }
}
