use super::*;
use crate::engine::relationship::{Context, Relationship};
use crate::engine::schema::compile;
use std::sync::Arc;

const CRM: &str = "
    caveat on_day(day string) { day == 'monday' }
    definition user {}
    definition module {
        /** @layer access
            @ask Ask an administrator for the module. */
        relation entry: user
        /** @layer function
            @ask Ask for a role that reads. */
        relation reader: user
    }
    definition customer {
        relation module: module
        relation owner: user
        relation viewer: user | user with on_day
        relation restricted: user | user with on_day
        /** @layer data
            @ask Ask the owner to share it. */
        permission reach = owner + viewer
        permission entry = module->entry
        permission view = (entry & module->reader & reach) - restricted
        permission open_view = view
        permission anyone = owner + viewer
    }";

fn explain(stored: &str, permission: &str) -> Denial {
    let facts: Vec<Relationship> = stored
        .split(' ')
        .map(|text| text.parse().unwrap())
        .collect();
    let schema = Arc::new(compile(CRM).unwrap().schema);
    let snapshot = Snapshot::build(schema, 1, facts.into_iter()).unwrap();
    let contextual = ["customer:1#module@module:customers".parse().unwrap()];
    let question = Question {
        subject: "user:alice",
        permission,
        resource: "customer:1",
        contextual: &contextual,
        context: &Context::new(),
    };
    explain_denial(&snapshot, &question, 0, &Budget::default()).unwrap()
}

fn failed(denial: &Denial) -> Vec<(Option<Layer>, &str)> {
    denial
        .failed
        .iter()
        .map(|operand| (operand.layer, &*operand.missing))
        .collect()
}

#[test]
fn every_failed_layer_is_named_with_the_object_it_is_asked_on() {
    let denial = explain("customer:2#owner@user:bob", "view");
    assert_eq!(denial.layer, Some(Layer::Access));
    assert_eq!(
        failed(&denial),
        [
            (Some(Layer::Access), "module:customers#entry"),
            (Some(Layer::Function), "module:customers#reader"),
            (Some(Layer::Data), "customer:1#reach"),
        ]
    );
    let asks: Vec<_> = denial
        .failed
        .iter()
        .map(|operand| operand.ask.as_deref().unwrap())
        .collect();
    assert_eq!(
        asks,
        [
            "Ask an administrator for the module.",
            "Ask for a role that reads.",
            "Ask the owner to share it."
        ]
    );
}

#[test]
fn permission_that_is_another_name_is_opened() {
    assert_eq!(
        explain("customer:2#owner@user:bob", "open_view"),
        explain("customer:2#owner@user:bob", "view")
    );
}

#[test]
fn restriction_is_named_last_and_alone() {
    let all = "module:customers#entry@user:alice module:customers#reader@user:alice \
               customer:1#owner@user:alice customer:1#restricted@user:alice";
    let denial = explain(all, "view");
    assert_eq!(
        failed(&denial),
        [(Some(Layer::Restriction), "customer:1#restricted")]
    );
    assert_eq!(denial.layer, Some(Layer::Restriction));
    let possibly = explain(&format!("{all}[on_day]"), "view");
    assert_eq!(failed(&possibly), failed(&denial));
}

#[test]
fn conditional_part_is_named_only_where_nothing_failed_for_sure() {
    let maybe = "module:customers#entry@user:alice customer:1#viewer@user:alice[on_day]";
    assert_eq!(
        failed(&explain(maybe, "view")),
        [(Some(Layer::Function), "module:customers#reader")]
    );
    let maybe = format!("{maybe} module:customers#reader@user:alice");
    assert_eq!(
        failed(&explain(&maybe, "view")),
        [(Some(Layer::Data), "customer:1#reach")]
    );
}

#[test]
fn relation_and_group_are_named_on_the_resource() {
    let stored = "customer:2#owner@user:bob";
    assert_eq!(
        failed(&explain(stored, "owner")),
        [(None, "customer:1#owner")]
    );
    assert_eq!(
        failed(&explain(stored, "anyone")),
        [(None, "customer:1#anyone")]
    );
    assert_eq!(
        explain("customer:1#owner@user:alice", "anyone"),
        Denial::default()
    );
}

#[test]
fn every_permission_of_the_service_says_how_to_ask_for_it() {
    let schema = Arc::new(crate::model::compile("").unwrap().schema);
    let snapshot = Snapshot::build(Arc::clone(&schema), 1, std::iter::empty()).unwrap();
    let service = schema.type_id("menshen/authz").unwrap();
    let members = schema.type_def(service).members.iter();
    let permissions = members
        .map(|id| schema.member(*id))
        .filter(|member| matches!(member.kind, MemberKind::Permission(_)));
    for permission in permissions {
        let question = Question {
            subject: "user:bob",
            permission: &permission.name,
            resource: crate::model::SERVICE_OBJECT,
            contextual: &[],
            context: &crate::engine::relationship::Context::new(),
        };
        let denial = explain_denial(&snapshot, &question, 0, &Budget::default()).unwrap();
        assert!(permission.ask.is_some(), "{}", permission.name);
        assert_eq!(denial.failed[0].ask, permission.ask, "{}", permission.name);
    }
}
