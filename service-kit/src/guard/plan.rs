//! What the guard has to do for each method, worked out once at start.

use super::fields::rules_below;
use super::redact::{Redaction, is_among};
use menshen_proto::rules::{FieldRule, METHODS, MethodRule, RuleKind};
use prost_reflect::{MessageDescriptor, MethodDescriptor};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The plans of every method that has a rule, by gRPC path.
pub(super) type Plans = FxHashMap<&'static str, Arc<Plan>>;

/// One method: its rule, its messages, and the fields that not everybody may read.
#[derive(Debug)]
pub(super) struct Plan {
    /// The rule.
    pub(super) rule: &'static MethodRule,
    /// The request message.
    pub(super) input: MessageDescriptor,
    /// Where the guarded fields of the answer are.
    pub(super) redaction: Redaction,
    /// The fields whose reading is decided with each call: those of the answer, and those that a
    /// list's expressions may name.
    pub(super) readable: Vec<&'static FieldRule>,
    /// The rights that show them, each once.
    pub(super) read_rights: Vec<Right>,
}

/// A permission on a fixed object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Right {
    pub(super) permission: &'static str,
    pub(super) resource: &'static str,
}

/// Why the guard cannot guard a method.
#[derive(Debug, thiserror::Error)]
pub enum Incomplete {
    /// A method is served that no rule is known for.
    #[error("`{0}` is served but has no rule; give it a (menshen.access.v1.rule) option")]
    NoRule(String),
    /// A rule asks for records that nobody can describe.
    #[error(
        "the rule of `{method}` is about `{resource_type}`, which has no record source; hand one to the guard"
    )]
    NoSource {
        /// The method's path.
        method: String,
        /// The type that is missing.
        resource_type: &'static str,
    },
}

/// A plan for every rule of the contract.
pub(super) fn plans() -> Plans {
    METHODS
        .iter()
        .filter_map(|rule| Some((rule.path, Arc::new(Plan::of(rule)?))))
        .collect()
}

impl Plan {
    pub(super) fn of(rule: &'static MethodRule) -> Option<Self> {
        let method = descriptor(rule.path)?;
        let redaction = Redaction::of(&method.output());
        let mut readable: Vec<_> = redaction.rules().collect();
        if let RuleKind::List { message, .. } = &rule.kind {
            let listed = menshen_proto::descriptors().get_message_by_name(message)?;
            for rule in rules_below(&listed) {
                if !is_among(rule, &readable) {
                    readable.push(rule);
                }
            }
        }
        let mut read_rights = Vec::new();
        for field in &readable {
            let right = Right {
                permission: field.read,
                resource: field.resource,
            };
            if !read_rights.contains(&right) {
                read_rights.push(right);
            }
        }
        Some(Self {
            rule,
            input: method.input(),
            redaction,
            readable,
            read_rights,
        })
    }

    /// Where the request names subjects, if the caller may always ask about itself.
    pub(super) fn subjects(&self) -> Option<&'static str> {
        match self.rule.kind {
            RuleKind::Fixed { or_self_field, .. } if !or_self_field.is_empty() => {
                Some(or_self_field)
            }
            _ => None,
        }
    }

    /// The types of the records that the rule is about.
    pub(super) fn resource_types(&self) -> Vec<&'static str> {
        let types: Vec<&'static str> = match &self.rule.kind {
            RuleKind::Record { resource_type, .. }
            | RuleKind::Records { resource_type, .. }
            | RuleKind::List { resource_type, .. } => vec![resource_type],
            RuleKind::Create {
                resource_type,
                parent_type,
                optional_parents,
                ..
            } => {
                let optional = optional_parents.iter().map(|parent| parent.resource_type);
                [*resource_type, *parent_type]
                    .into_iter()
                    .chain(optional)
                    .collect()
            }
            RuleKind::Public { .. } | RuleKind::Authenticated { .. } | RuleKind::Fixed { .. } => {
                Vec::new()
            }
        };
        types.into_iter().filter(|name| !name.is_empty()).collect()
    }
}

fn descriptor(path: &str) -> Option<MethodDescriptor> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let service = menshen_proto::descriptors().get_service_by_name(service)?;
    service
        .methods()
        .find(|candidate| candidate.name() == method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_contract_can_be_planned() {
        assert_eq!(plans().len(), METHODS.len());
    }

    #[test]
    fn each_right_to_read_is_asked_once() {
        let plans = plans();
        let plan = &plans["/menshen.crm.v1.CustomerService/ListCustomers"];
        let names: Vec<_> = plan
            .read_rights
            .iter()
            .map(|right| right.permission)
            .collect();
        assert_eq!(names, ["read_personal", "read_financial"]);
        let plan = &plans["/menshen.authz.v1.AuthzService/Check"];
        assert!(plan.read_rights.is_empty());
    }
}
