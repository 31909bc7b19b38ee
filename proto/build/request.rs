//! Whether a rule fits its request: what it names is there and of the right kind, and no guarded field
//! of the request escapes it.

use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    ReflectMessage,
};
use std::collections::BTreeSet;

const MASK: &str = "google.protobuf.FieldMask";
/// What a rule must say, if its kind has it.
const DUE: [&str; 8] = [
    "permission",
    "resource_type",
    "resource",
    "id_field",
    "ids_field",
    "record_field",
    "message",
    "because",
];
/// What a rule says whole or not at all.
const PARENT: [&str; 3] = ["parent_permission", "parent_type", "parent_field"];
/// Paths that may lead through repeated fields: everything found there counts. Elsewhere the guard
/// would look at one of several.
const PLURAL: [&str; 2] = ["ids_field", "or_self_field"];

/// The first thing in a rule that would leave something unguarded.
pub(super) fn check(method: &MethodDescriptor, body: &DynamicMessage) -> Result<(), String> {
    let said = |name: &str| {
        let value = body.get_field_by_name(name);
        value.and_then(|value| value.as_str().map(str::to_owned))
    };
    if let Some(due) = DUE.into_iter().find(|due| said(due).as_deref() == Some("")) {
        return Err(format!("its rule leaves `{due}` empty"));
    }
    let parent = PARENT.map(|name| said(name).is_none_or(|text| text.is_empty()));
    if parent.contains(&true) && parent.contains(&false) {
        return Err(format!("its rule has only some of {}", PARENT.join(", ")));
    }
    for field in body.descriptor().fields() {
        let path = said(field.name()).unwrap_or_default();
        if field.name().ends_with("_field") && !path.is_empty() {
            check_path(method, field.name(), &path)
                .map_err(|problem| format!("{} = `{path}`: {problem}", field.name()))?;
        }
    }
    check_optional_parents(method, body)?;
    if let Some(listed) = said("message") {
        known(method.parent_pool(), &listed)?;
    }
    let checked = checked_part(&said)?;
    refuse_unchecked(
        &method.input(),
        "",
        checked.as_deref(),
        &mut BTreeSet::new(),
    )
}

/// Each says all of itself, and names a text of the request.
fn check_optional_parents(method: &MethodDescriptor, body: &DynamicMessage) -> Result<(), String> {
    let parents = body.get_field_by_name("optional_parents");
    let parents = parents.as_ref().and_then(|value| value.as_list());
    for parent in parents.unwrap_or_default() {
        let Some(parent) = parent.as_message() else {
            continue;
        };
        for name in ["permission", "type", "field"] {
            let value = parent.get_field_by_name(name);
            let text = value.and_then(|value| value.as_str().map(str::to_owned));
            let text = text.unwrap_or_default();
            if text.is_empty() {
                return Err(format!("its optional parent leaves `{name}` empty"));
            }
            if name == "field" {
                check_path(method, name, &text)
                    .map_err(|problem| format!("optional parent `{text}`: {problem}"))?;
            }
        }
    }
    Ok(())
}

fn check_path(method: &MethodDescriptor, name: &str, path: &str) -> Result<(), String> {
    if method.is_client_streaming() {
        return Err("the request is a stream, which cannot be read beforehand".to_owned());
    }
    let field = resolve(&method.input(), path, PLURAL.contains(&name))?;
    match (name, field.kind()) {
        ("mask_field", Kind::Message(found)) if found.full_name() == MASK => Ok(()),
        ("mask_field", _) => Err(format!("it is not a {MASK}")),
        ("record_field", Kind::Message(_)) => Ok(()),
        ("record_field", _) => Err("it is not a message".to_owned()),
        (_, Kind::String) => Ok(()),
        _ => Err("it is not a string".to_owned()),
    }
}

fn resolve(
    message: &MessageDescriptor,
    path: &str,
    plural: bool,
) -> Result<FieldDescriptor, String> {
    let (name, rest) = path
        .split_once('.')
        .map_or((path, None), |(name, rest)| (name, Some(rest)));
    let field = message
        .get_field_by_name(name)
        .ok_or_else(|| format!("{} has no field `{name}`", message.full_name()))?;
    if !plural && field.cardinality() == prost_reflect::Cardinality::Repeated {
        return Err(format!(
            "`{name}` is repeated, so that it does not name one"
        ));
    }
    match (field.kind(), rest) {
        (_, None) => Ok(field),
        (Kind::Message(inner), Some(rest)) => resolve(&inner, rest, plural),
        (_, Some(_)) => Err(format!("`{name}` is not a message")),
    }
}

fn known(pool: &DescriptorPool, message: &str) -> Result<(), String> {
    match pool.get_message_by_name(message) {
        Some(_) => Ok(()),
        None => Err(format!("message = `{message}`: there is no such message")),
    }
}

/// The part of the request whose guarded fields the rule has checked: the proposed record, or the one
/// beside the mask.
fn checked_part(said: &impl Fn(&str) -> Option<String>) -> Result<Option<String>, String> {
    if said("mask_field").is_none_or(|mask| mask.is_empty()) {
        return Ok(said("record_field"));
    }
    let id_field = said("id_field").unwrap_or_default();
    match id_field.rsplit_once('.') {
        Some((record, _)) => Ok(Some(record.to_owned())),
        None => Err(format!(
            "id_field = `{id_field}`: with a mask it must lead into the record that the mask is about, \
             such as `customer.id`"
        )),
    }
}

/// A guarded field anywhere else would be written by whoever may call.
fn refuse_unchecked(
    message: &MessageDescriptor,
    prefix: &str,
    checked: Option<&str>,
    seen: &mut BTreeSet<String>,
) -> Result<(), String> {
    if !seen.insert(message.full_name().to_owned()) {
        return Ok(());
    }
    let extension = message
        .parent_pool()
        .get_extension_by_name("menshen.access.v1.field");
    for field in message.fields() {
        let path = format!("{prefix}{}", field.name());
        if checked == Some(path.as_str()) {
            continue;
        }
        if extension
            .as_ref()
            .is_some_and(|extension| field.options().has_extension(extension))
        {
            return Err(format!(
                "`{path}` of its request is guarded, but its rule checks no write of it; give a \
                 mask_field or record_field that does"
            ));
        }
        if let Kind::Message(inner) = field.kind() {
            refuse_unchecked(&inner, &format!("{path}."), checked, seen)?;
        }
    }
    Ok(())
}
