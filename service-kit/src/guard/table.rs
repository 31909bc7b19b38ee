//! The rules as a document: who may call what, and who may see which field.

use menshen_proto::rules::{FIELDS, FieldRule, METHODS, MethodRule, RuleKind};

/// Every rule of the contract, as Markdown.
pub fn table() -> String {
    let methods: Vec<_> = METHODS.iter().map(method_row).collect();
    let fields: Vec<_> = FIELDS.iter().map(field_row).collect();
    format!(
        "{METHODS_HEAD}{}{FIELDS_HEAD}{}",
        methods.concat(),
        fields.concat()
    )
}

const METHODS_HEAD: &str = "\
## Methods

| method | what a caller must show |
|---|---|
";

const FIELDS_HEAD: &str = "
## Fields

| field | read | write |
|---|---|---|
";

fn method_row(rule: &MethodRule) -> String {
    let path = rule.path.trim_start_matches("/menshen.");
    format!("| `{path}` | {} |\n", due(&rule.kind))
}

fn field_row(rule: &FieldRule) -> String {
    let FieldRule {
        message,
        field,
        read,
        write,
        resource,
    } = rule;
    let message = message.trim_start_matches("menshen.");
    format!("| `{message}.{field}` | `{read}` on `{resource}` | `{write}` on `{resource}` |\n")
}

fn due(kind: &RuleKind) -> String {
    match kind {
        RuleKind::Public { because } => format!("nothing: {because}"),
        RuleKind::Authenticated { because } => format!("a token: {because}"),
        RuleKind::Fixed {
            permission,
            resource,
            or_self_field,
        } => {
            let or_self = match *or_self_field {
                "" => String::new(),
                field => format!(", or `{field}` names the caller alone"),
            };
            format!("`{permission}` on `{resource}`{or_self}")
        }
        RuleKind::Record { .. } => record(kind),
        RuleKind::Records {
            permission,
            resource_type,
            ids_field,
        } => {
            format!(
                "`{permission}` on each `{resource_type}` in `{ids_field}`; others are as if absent"
            )
        }
        RuleKind::Create { .. } => create(kind),
        RuleKind::List {
            permission,
            resource_type,
            ..
        } => {
            format!("`{permission}`, which selects the `{resource_type}` rows of the answer")
        }
    }
}

fn record(kind: &RuleKind) -> String {
    let RuleKind::Record {
        permission,
        resource_type,
        id_field,
        view_permission,
        mask_field,
        target_permission,
        include_deleted,
    } = kind
    else {
        return String::new();
    };
    let when = |is_due: bool, text: String| if is_due { text } else { String::new() };
    [
        format!("`{permission}` on the `{resource_type}` in `{id_field}`"),
        when(*include_deleted, ", deleted ones included".to_owned()),
        when(
            !target_permission.is_empty(),
            format!(", and `{target_permission}` on it as it will be"),
        ),
        when(
            !mask_field.is_empty(),
            format!(", and the right to write each field in `{mask_field}`"),
        ),
        when(
            view_permission != permission,
            format!("; without `{view_permission}` it is as if absent"),
        ),
    ]
    .concat()
}

fn create(kind: &RuleKind) -> String {
    let RuleKind::Create {
        permission,
        resource_type,
        record_field,
        parent_permission,
        parent_type,
        parent_field,
        optional_parents,
    } = kind
    else {
        return String::new();
    };
    let mut parent = match *parent_permission {
        "" => String::new(),
        permission => format!("; `{permission}` on the `{parent_type}` in `{parent_field}`"),
    };
    for one in *optional_parents {
        parent += &format!(
            "; `{}` on the `{}` in `{}`, if it is given",
            one.permission, one.resource_type, one.field
        );
    }
    format!(
        "`{permission}` on the proposed `{resource_type}` in `{record_field}`, and the right to write \
         each field that is set{parent}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_and_field_has_a_row() {
        let text = table();
        let rows = text.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, METHODS.len() + FIELDS.len());
        assert!(text.contains(
            "| `crm.v1.CustomerService/TransferCustomer` | `transfer` on the `customer` in `id`, and \
             `receive` on it as it will be; without `view` it is as if absent |"
        ));
    }
}
