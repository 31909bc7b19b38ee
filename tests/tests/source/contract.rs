//! What the contract promises about itself.

use menshen_proto::rules::{FIELDS, METHODS, RuleKind};
use prost::Message;
use prost_reflect::FileDescriptor;
use prost_types::FileDescriptorProto;
use std::collections::BTreeSet;

fn ours() -> impl Iterator<Item = FileDescriptor> {
    menshen_proto::descriptors()
        .files()
        .filter(|file| file.package_name().starts_with("menshen."))
}

#[test]
fn every_method_has_a_rule() {
    let methods: BTreeSet<String> = e2e::dynamic::methods()
        .map(|method| e2e::dynamic::path(&method))
        .collect();
    let ruled: BTreeSet<String> = METHODS.iter().map(|rule| rule.path.to_owned()).collect();
    assert_eq!(methods, ruled);
    assert_eq!(methods.len(), METHODS.len(), "a method has two rules");
}

/// Calls that need no token: those that lead to one, and those whose proof stands in a message that was
/// sent. The list may only shrink.
#[test]
fn few_methods_are_public() {
    let public: BTreeSet<&str> = METHODS
        .iter()
        .filter(|rule| matches!(rule.kind, RuleKind::Public { .. }))
        .map(|rule| rule.path)
        .collect();
    let expected = BTreeSet::from([
        "/menshen.authz.v1.IdentityService/Activate",
        "/menshen.authz.v1.IdentityService/GetKeySet",
        "/menshen.authz.v1.IdentityService/RefreshToken",
        "/menshen.authz.v1.IdentityService/SignIn",
        "/menshen.authz.v1.IdentityService/SignOut",
        "/menshen.crm.v1.PreferenceService/Resubscribe",
        "/menshen.crm.v1.PreferenceService/Unsubscribe",
    ]);
    assert_eq!(public, expected);
}

/// Calls that any signed-in caller may make. The list may only shrink.
#[test]
fn few_methods_ask_for_no_more_than_a_token() {
    let open: BTreeSet<&str> = METHODS
        .iter()
        .filter(|rule| matches!(rule.kind, RuleKind::Authenticated { .. }))
        .map(|rule| rule.path)
        .collect();
    let expected = BTreeSet::from([
        "/menshen.authz.v1.AuthzService/Grant",
        "/menshen.authz.v1.AuthzService/Revoke",
        "/menshen.authz.v1.IdentityService/ChangePassword",
        "/menshen.authz.v1.IdentityService/UpdateServiceAccount",
        "/menshen.authz.v1.IdentityService/WhoAmI",
        // Each calls guarded methods as its caller.
        "/menshen.crm.v1.BulkService/BulkDelete",
        "/menshen.crm.v1.BulkService/BulkTransfer",
        "/menshen.crm.v1.BulkService/BulkUpdate",
    ]);
    assert_eq!(open, expected);
}

#[test]
fn personal_and_financial_fields_are_guarded() {
    let guarded: BTreeSet<(&str, &str)> = FIELDS
        .iter()
        .map(|rule| {
            (
                rule.message.trim_start_matches("menshen.crm.v1."),
                rule.field,
            )
        })
        .collect();
    for field in [
        ("Customer", "phone"),
        ("Customer", "address"),
        ("Customer", "lifetime_value"),
        ("Customer", "credit_limit"),
        ("Contact", "email"),
        ("Contact", "mobile"),
        ("Contact", "wechat"),
        ("Contact", "birthday"),
        ("Purchase", "amount"),
        ("Lead", "phone"),
        ("Lead", "mobile"),
        ("Lead", "email"),
        ("Lead", "wechat"),
        ("Opportunity", "amount"),
        ("Opportunity", "lines"),
        ("Product", "floor_price"),
        ("Quote", "amount"),
        ("Quote", "lines"),
        ("Contract", "amount"),
        ("Contract", "payment_plan"),
    ] {
        assert!(guarded.contains(&field), "{field:?} has no field rule");
    }
}

/// Reflection serves these comments: `grpcurl describe` and every generated client show them.
#[test]
fn everything_in_the_contract_carries_a_comment() {
    let silent: Vec<String> = ours()
        .flat_map(|file| uncommented(file.file_descriptor_proto()))
        .collect();
    assert!(
        silent.is_empty(),
        "without a comment:\n{}",
        silent.join("\n")
    );
}

#[test]
fn a_missing_comment_is_seen() {
    let mut file = ours()
        .find(|file| file.name().ends_with("authz.proto"))
        .unwrap()
        .file_descriptor_proto()
        .clone();
    let info = file.source_code_info.as_mut().unwrap();
    for location in &mut info.location {
        location.leading_comments = None;
    }
    assert!(uncommented(&file).len() > 50);
}

/// The named elements of a file whose place in the source has no comment above it.
fn uncommented(file: &FileDescriptorProto) -> Vec<String> {
    assert!(!file.encode_to_vec().is_empty());
    let info = file
        .source_code_info
        .as_ref()
        .expect("reflection needs the comments");
    let commented: BTreeSet<&[i32]> = info
        .location
        .iter()
        .filter(|location| {
            location
                .leading_comments
                .as_ref()
                .is_some_and(|comment| !comment.trim().is_empty())
        })
        .map(|location| location.path.as_slice())
        .collect();
    elements(file)
        .into_iter()
        .filter(|(path, _)| !commented.contains(path.as_slice()))
        .map(|(_, name)| format!("{}: {name}", file.name()))
        .collect()
}

/// Every message, field, enum, value, service and method with its path (descriptor.proto,
/// `SourceCodeInfo.Location.path`).
fn elements(file: &FileDescriptorProto) -> Vec<(Vec<i32>, String)> {
    let mut found = Vec::new();
    for (message, at) in file.message_type.iter().zip(0..) {
        found.push((vec![4, at], message.name().to_owned()));
        for (field, of) in message.field.iter().zip(0..) {
            found.push((
                vec![4, at, 2, of],
                format!("{}.{}", message.name(), field.name()),
            ));
        }
    }
    for (kind, at) in file.enum_type.iter().zip(0..) {
        found.push((vec![5, at], kind.name().to_owned()));
        for (value, of) in kind.value.iter().zip(0..) {
            found.push((vec![5, at, 2, of], value.name().to_owned()));
        }
    }
    for (service, at) in file.service.iter().zip(0..) {
        found.push((vec![6, at], service.name().to_owned()));
        for (method, of) in service.method.iter().zip(0..) {
            found.push((
                vec![6, at, 2, of],
                format!("{}.{}", service.name(), method.name()),
            ));
        }
    }
    found
}
