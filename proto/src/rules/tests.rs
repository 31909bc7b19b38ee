//! Rules that the build refuses, each for what it would leave unguarded.

use super::declared;
use protox::file::{
    ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver,
};
use protox::{Compiler, Error};

/// One proto that lives in a test.
struct Written(String);

impl FileResolver for Written {
    fn open_file(&self, name: &str) -> Result<File, Error> {
        match name {
            "test.proto" => File::from_source(name, &self.0),
            _ => Err(Error::file_not_found(name)),
        }
    }
}

/// What the build says of a method with this rule.
fn built(method: &str, rule: &str) -> Result<String, String> {
    let source = format!(
        r#"
        syntax = "proto3";
        package menshen.test.v1;
        import "google/protobuf/field_mask.proto";
        import "menshen/access/v1/access.proto";

        service Test {{
          rpc Try({method}) returns (Nothing) {{
            option (menshen.access.v1.rule) = {{ {rule} }};
          }}
        }}
        message Nothing {{}}
        message Thing {{
          string id = 1;
          string price = 2 [(menshen.access.v1.field) = {{read: "r", resource: "module:x"}}];
          repeated string redacted_fields = 3;
        }}
        message Plain {{ string id = 1; repeated string ids = 2; repeated Nothing many = 3; }}
        message Write {{
          Thing thing = 1;
          google.protobuf.FieldMask mask = 2;
          string id = 3;
        }}
        message TwoThings {{
          Thing thing = 1;
          google.protobuf.FieldMask mask = 2;
          Inner inner = 3;
        }}
        message Inner {{ repeated Thing things = 1; }}
        "#
    );
    let mut resolver = ChainFileResolver::new();
    resolver.add(Written(source));
    resolver.add(IncludeFileResolver::new(env!("CARGO_MANIFEST_DIR").into()));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler
        .include_imports(true)
        .open_file("test.proto")
        .unwrap();
    let set = compiler.encode_file_descriptor_set();
    declared::table(&prost_reflect::DescriptorPool::decode(set.as_slice()).unwrap())
}

fn refused(method: &str, rule: &str, because: &str) {
    let said = built(method, rule).unwrap_err();
    assert!(said.contains(because), "{said}");
}

#[test]
fn rules_that_check_what_is_written_are_taken() {
    let mask =
        r#"record: {permission: "p" resource_type: "x" id_field: "thing.id" mask_field: "mask"}"#;
    built("Write", mask).unwrap();
    let create = r#"create: {permission: "p" resource_type: "x" record_field: "thing"}"#;
    built("Write", create).unwrap();
    built(
        "Plain",
        r#"records: {permission: "p" resource_type: "x" ids_field: "ids"}"#,
    )
    .unwrap();
}

#[test]
fn mask_must_have_its_record_beside_it() {
    let rule = r#"record: {permission: "p" resource_type: "x" id_field: "id" mask_field: "mask"}"#;
    refused(
        "Write",
        rule,
        "it must lead into the record that the mask is about",
    );
    let rule =
        r#"record: {permission: "p" resource_type: "x" id_field: "thing.id" mask_field: "id"}"#;
    refused(
        "Write",
        rule,
        "mask_field = `id`: it is not a google.protobuf.FieldMask",
    );
}

#[test]
fn guarded_field_that_no_check_reaches_is_refused() {
    let unchecked = "`thing.price` of its request is guarded";
    refused(
        "Write",
        r#"record: {permission: "p" resource_type: "x" id_field: "id"}"#,
        unchecked,
    );
    refused(
        "Write",
        r#"fixed: {permission: "p" resource: "module:x"}"#,
        unchecked,
    );
    refused(
        "stream Write",
        r#"authenticated: {because: "a test"}"#,
        unchecked,
    );
    let mask =
        r#"record: {permission: "p" resource_type: "x" id_field: "thing.id" mask_field: "mask"}"#;
    refused(
        "TwoThings",
        mask,
        "`inner.things.price` of its request is guarded",
    );
}

#[test]
fn path_must_lead_to_one_thing_of_the_right_kind() {
    let id = |path: &str| {
        format!(r#"record: {{permission: "p" resource_type: "x" id_field: "{path}"}}"#)
    };
    refused("Plain", &id("none"), "has no field `none`");
    refused("Plain", &id("ids"), "`ids` is repeated");
    refused("Plain", &id("id.more"), "`id` is not a message");
    refused("stream Plain", &id("id"), "the request is a stream");
    let create = |path: &str| {
        format!(r#"create: {{permission: "p" resource_type: "x" record_field: "{path}"}}"#)
    };
    refused(
        "Plain",
        &create("id"),
        "record_field = `id`: it is not a message",
    );
    refused("Plain", &create("many"), "`many` is repeated");
    let own = r#"fixed: {permission: "p" resource: "module:x" or_self_field: "many"}"#;
    refused("Plain", own, "or_self_field = `many`: it is not a string");
}

#[test]
fn parent_is_named_whole_or_not_at_all() {
    for part in [r#"parent_field: "id""#, r#"parent_permission: "add""#] {
        let rule = format!(
            r#"create: {{permission: "p" resource_type: "x" record_field: "thing" {part}}}"#
        );
        refused(
            "Write",
            &rule,
            "only some of parent_permission, parent_type, parent_field",
        );
    }
}

#[test]
fn list_must_say_whose_fields_its_expressions_name() {
    let list = |message: &str| {
        format!(r#"list: {{permission: "p" resource_type: "x" filter_field: "id" {message}}}"#)
    };
    refused("Plain", &list(""), "its rule leaves `message` empty");
    let gone = list(r#"message: "menshen.test.v1.Gone""#);
    refused("Plain", &gone, "there is no such message");
    built("Plain", &list(r#"message: "menshen.test.v1.Thing""#)).unwrap();
}
