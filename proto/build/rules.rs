//! Reads the `rule` and `field` options and writes them as constants.

mod request;

use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, MethodDescriptor,
    ReflectMessage, Value,
};

const OURS: &str = "menshen.";

/// The text of the generated table, or every mistake found.
pub(crate) fn table(pool: &DescriptorPool) -> Result<String, String> {
    let mut mistakes = Vec::new();
    let text = format!(
        "{}{}",
        methods(pool, &mut mistakes),
        fields(pool, &mut mistakes)
    );
    if mistakes.is_empty() {
        Ok(text)
    } else {
        Err(mistakes.join("\n"))
    }
}

fn methods(pool: &DescriptorPool, mistakes: &mut Vec<String>) -> String {
    let mut out = String::from(
        "/// The rule of every method, by gRPC path.\npub static METHODS: &[MethodRule] = &[\n",
    );
    let extension = pool.get_extension_by_name("menshen.access.v1.rule");
    for service in pool
        .services()
        .filter(|service| service.full_name().starts_with(OURS))
    {
        for method in service.methods() {
            match extension
                .as_ref()
                .ok_or("no rule option".to_owned())
                .and_then(|e| rule(&method, e))
            {
                Ok(kind) => {
                    out += &format!(
                        "    MethodRule {{ path: \"/{}/{}\", kind: {kind} }},\n",
                        service.full_name(),
                        method.name()
                    );
                }
                Err(problem) => mistakes.push(format!("{}: {problem}", method.full_name())),
            }
        }
    }
    out + "];\n\n"
}

fn rule(method: &MethodDescriptor, extension: &ExtensionDescriptor) -> Result<String, String> {
    let options = method.options();
    if !options.has_extension(extension) {
        return Err("has no (menshen.access.v1.rule); say who may call it".to_owned());
    }
    let value = options.get_extension(extension);
    let message = value.as_message().ok_or("its rule is not a message")?;
    let mut kinds = message.fields();
    let (kind, body) = kinds.next().ok_or("its rule is empty")?;
    let body = body.as_message().ok_or("its rule is not a message")?;
    request::check(method, body)?;
    Ok(format!(
        "RuleKind::{} {{ {} }}",
        camel(kind.name()),
        constants(body)
    ))
}

/// The body of a rule as the fields of a Rust struct expression, defaults filled in.
fn constants(body: &DynamicMessage) -> String {
    let descriptor = body.descriptor();
    let fields = descriptor.fields().map(|field| {
        let value = body.get_field(&field);
        let text = match value.as_ref() {
            Value::Bool(flag) => flag.to_string(),
            Value::String(text) if text.is_empty() && field.name() == "view_permission" => {
                "\"view\"".to_owned()
            }
            Value::String(text) => format!("{text:?}"),
            Value::List(parents) => parent_constants(parents),
            other => format!("{other:?}"),
        };
        format!("{}: {text}", field.name())
    });
    fields.collect::<Vec<_>>().join(", ")
}

/// Optional parents, as a Rust slice expression.
fn parent_constants(parents: &[Value]) -> String {
    let parents = parents.iter().filter_map(Value::as_message).map(|parent| {
        let [permission, of, field] = ["permission", "type", "field"].map(|name| {
            let value = parent.get_field_by_name(name);
            value.and_then(|value| value.as_str().map(str::to_owned))
        });
        format!(
            "OptionalParent {{ permission: {:?}, resource_type: {:?}, field: {:?} }}",
            permission.unwrap_or_default(),
            of.unwrap_or_default(),
            field.unwrap_or_default(),
        )
    });
    format!("&[{}]", parents.collect::<Vec<_>>().join(", "))
}

fn fields(pool: &DescriptorPool, mistakes: &mut Vec<String>) -> String {
    let mut out = String::from(
        "/// The rule of every guarded field.\npub static FIELDS: &[FieldRule] = &[\n",
    );
    let Some(extension) = pool.get_extension_by_name("menshen.access.v1.field") else {
        return out;
    };
    for message in pool
        .all_messages()
        .filter(|message| message.full_name().starts_with(OURS))
    {
        for field in message
            .fields()
            .filter(|field| field.options().has_extension(&extension))
        {
            match field_rule(&field, &extension) {
                Ok(line) => out += &format!("    {line},\n"),
                Err(problem) => mistakes.push(format!("{}: {problem}", field.full_name())),
            }
        }
    }
    out + "];\n"
}

fn field_rule(field: &FieldDescriptor, extension: &ExtensionDescriptor) -> Result<String, String> {
    let options = field.options();
    let value = options.get_extension(extension);
    let message = value
        .as_message()
        .ok_or("its field rule is not a message")?;
    let part = |name: &str| -> String {
        message
            .get_field_by_name(name)
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    let (read, write, resource) = (part("read"), part("write"), part("resource"));
    if read.is_empty() || resource.is_empty() {
        return Err("its field rule guards nothing; give `read` and `resource`".to_owned());
    }
    if field
        .parent_message()
        .get_field_by_name("redacted_fields")
        .is_none()
    {
        return Err("its message has no `redacted_fields` to say that it was left out".to_owned());
    }
    let write = if write.is_empty() {
        read.clone()
    } else {
        write
    };
    Ok(format!(
        "FieldRule {{ message: {:?}, field: {:?}, read: {read:?}, write: {write:?}, resource: {resource:?} }}",
        field.parent_message().full_name(),
        field.name(),
    ))
}

fn camel(name: &str) -> String {
    name.split('_')
        .map(|word| {
            word.chars()
                .take(1)
                .flat_map(char::to_uppercase)
                .chain(word.chars().skip(1))
                .collect::<String>()
        })
        .collect()
}
