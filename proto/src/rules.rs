//! Who may call which method and who may see which field: generated from the options in the protos.

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The rule of one method.
#[derive(Debug)]
pub struct MethodRule {
    /// `/menshen.crm.v1.CustomerService/GetCustomer`
    pub path: &'static str,
    /// What a caller must show.
    pub kind: RuleKind,
}

/// What a caller must show. See `menshen/access/v1/access.proto` for each field; an empty string
/// means "not given".
#[derive(Debug)]
pub enum RuleKind {
    Public {
        because: &'static str,
    },
    Authenticated {
        because: &'static str,
    },
    Fixed {
        permission: &'static str,
        resource: &'static str,
        or_self_field: &'static str,
    },
    Record {
        permission: &'static str,
        resource_type: &'static str,
        id_field: &'static str,
        view_permission: &'static str,
        mask_field: &'static str,
        target_permission: &'static str,
        include_deleted: bool,
    },
    Records {
        permission: &'static str,
        resource_type: &'static str,
        ids_field: &'static str,
    },
    Create {
        permission: &'static str,
        resource_type: &'static str,
        record_field: &'static str,
        parent_permission: &'static str,
        parent_type: &'static str,
        parent_field: &'static str,
        optional_parents: &'static [OptionalParent],
    },
    List {
        permission: &'static str,
        resource_type: &'static str,
        filter_field: &'static str,
        order_field: &'static str,
        message: &'static str,
    },
}

/// A record that a new one may belong to.
#[derive(Debug)]
pub struct OptionalParent {
    /// What the caller must hold on it.
    pub permission: &'static str,
    /// Its type in the model.
    pub resource_type: &'static str,
    /// Path of the request field that holds its id.
    pub field: &'static str,
}

/// The rule of one field.
#[derive(Debug)]
pub struct FieldRule {
    /// Full name of the message: `menshen.crm.v1.Customer`.
    pub message: &'static str,
    /// The field's name in the proto.
    pub field: &'static str,
    /// The permission that shows it.
    pub read: &'static str,
    /// The permission that changes it.
    pub write: &'static str,
    /// The object on which both are held.
    pub resource: &'static str,
}

/// The rule of a method, by gRPC path.
pub fn method(path: &str) -> Option<&'static MethodRule> {
    METHODS.iter().find(|rule| rule.path == path)
}

/// The rules of a message's fields.
pub fn fields_of(message: &str) -> impl Iterator<Item = &'static FieldRule> {
    FIELDS.iter().filter(move |rule| rule.message == message)
}

/// What the build does with the declarations.
#[cfg(test)]
#[path = "../build/rules.rs"]
mod declared;
#[cfg(test)]
mod tests;
