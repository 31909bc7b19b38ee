//! Writes the standard methods of each resource, so that one implementation serves them for all.
//!
//! A service `XService` beside a message `X` with an `id` is about the resource `X`. Its methods are
//! told by their names and by what they take:
//!
//! - `CreateX`, `GetX`, `BatchGetXs`, `ListXs`, `UpdateX`, `DeleteX`, `RestoreX`, `ListXHistory`, and of
//!   what has an owner `TransferX`, `ShareX`, `UnshareX`, `ListXShares`: standard;
//! - takes `id`, and nothing but `etag`, `reason`, `request_id` and `validate_only`, and answers with the
//!   resource: an act, one step of its life;
//! - any other: a verb of its own, a method of the generated trait `XVerbs`.

use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor, ServiceDescriptor};

const PACKAGE: &str = "menshen.crm.v1";
/// What an act may take beside the id.
const OF_AN_ACT: [&str; 4] = ["etag", "reason", "request_id", "validate_only"];

/// The text of the generated implementations, or every mistake found.
pub(crate) fn implementations(pool: &DescriptorPool) -> Result<String, String> {
    let mut text = String::new();
    let mut mistakes = Vec::new();
    for service in pool
        .services()
        .filter(|service| service.package_name() == PACKAGE)
    {
        let Some(resource) = Resource::of(&service, pool) else {
            continue;
        };
        match resource.implementation(&service) {
            Ok(implementation) => text += &implementation,
            Err(problem) => mistakes.push(problem),
        }
    }
    if mistakes.is_empty() {
        Ok(text)
    } else {
        Err(mistakes.join("\n"))
    }
}

/// A message with an id, and the field that holds it in requests and responses.
struct Resource {
    message: MessageDescriptor,
    /// `Contact`
    name: String,
    /// `contact`
    field: String,
    /// The file's name: `contacts`
    file: String,
}

impl Resource {
    fn of(service: &ServiceDescriptor, pool: &DescriptorPool) -> Option<Self> {
        let name = service.name().strip_suffix("Service")?.to_owned();
        let message = pool.get_message_by_name(&format!("{PACKAGE}.{name}"))?;
        message.get_field_by_name("id")?;
        let file = service.parent_file();
        let file = file.name().rsplit('/').next()?.strip_suffix(".proto")?;
        Some(Self {
            message,
            field: snake(&name),
            name,
            file: file.to_owned(),
        })
    }

    fn implementation(&self, service: &ServiceDescriptor) -> Result<String, String> {
        let name = &self.name;
        let mut methods = String::new();
        let mut verbs = String::new();
        for method in service.methods() {
            if method.is_client_streaming() || method.is_server_streaming() {
                return Err(format!(
                    "{}: streams; give it to a service of its own, without a resource",
                    method.full_name()
                ));
            }
            let body = match self.standard(&method)? {
                Some(body) => body,
                None if self.is_act(&method) => filled(ACT, &method).replace("$FIELD", &self.field),
                None => {
                    verbs += &format!("    {};\n", signature(&method));
                    format!(
                        "{name}Verbs::{}(&self.0, request).await",
                        snake(method.name())
                    )
                }
            };
            methods += &format!("    {} {{\n        {body}\n    }}\n", signature(&method));
        }
        let (verbs, bound) = if verbs.is_empty() {
            (String::new(), String::new())
        } else {
            let verbs = format!(
                "/// What can be done with this resource beside the standard methods.\n\
                 #[tonic::async_trait]\npub trait {name}Verbs: Send + Sync + 'static {{\n{verbs}}}\n\n"
            );
            (verbs, format!(" + {name}Verbs"))
        };
        let (message, field) = (self.message.full_name(), &self.field);
        Ok(format!(
            "impl Resource for v1::{name} {{\n    const MESSAGE: &'static str = {message:?};\n    \
             const NAME: &'static str = {field:?};\n}}\n\n{verbs}\
             #[tonic::async_trait]\nimpl<S: Standard<v1::{name}>{bound}> \
             v1::{}_server::{} for Served<S> {{\n{methods}}}\n\n",
            snake(service.name()),
            service.name(),
        ))
    }

    /// The body of a standard method; `None`: it is another one.
    fn standard(&self, method: &MethodDescriptor) -> Result<Option<String>, String> {
        let Some((template, plural)) = self.template(method.name()) else {
            return Ok(None);
        };
        let entry = match template {
            HISTORY => history_entry(method)?,
            _ => String::new(),
        };
        let body = filled(template, method)
            .replace("$ENTRY", &entry)
            .replace("$PLURAL", &snake(plural))
            .replace("$GIVEN_ID", &given(method, &format!("{}_id", self.field)))
            .replace("$FIELD", &self.field);
        Ok(Some(body))
    }

    /// How a method's body is written, and the plural in its name.
    fn template<'a>(&self, method: &'a str) -> Option<(&'static str, &'a str)> {
        let name = self.name.as_str();
        let of_one = [
            (format!("Create{name}"), CREATE),
            (format!("Get{name}"), GET),
            (format!("Update{name}"), UPDATE),
            (format!("Delete{name}"), DELETE),
            (format!("Restore{name}"), RESTORE),
            (format!("Transfer{name}"), TRANSFER),
            (format!("Share{name}"), SHARE),
            (format!("Unshare{name}"), UNSHARE),
            (format!("List{name}Shares"), SHARES),
            (format!("List{name}History"), HISTORY),
        ];
        if let Some((_, template)) = of_one.iter().find(|(called, _)| called == method) {
            return Some((template, ""));
        }
        let of_many = [("BatchGet", BATCH_GET), ("List", LIST)];
        of_many.iter().find_map(|(prefix, template)| {
            let plural = method.strip_prefix(prefix)?;
            self.is_plural(plural).then_some((*template, plural))
        })
    }

    /// `Contacts` of `Contact`, `Opportunities` of `Opportunity`, `Addresses` of `Address`; any other, such as
    /// `People` of `Person`, if the file is named so.
    fn is_plural(&self, plural: &str) -> bool {
        let name = self.name.as_str();
        [format!("{name}s"), format!("{name}es")].contains(&plural.to_owned())
            || name
                .strip_suffix('y')
                .is_some_and(|stem| plural == format!("{stem}ies"))
            || snake(plural) == self.file
    }

    fn is_act(&self, method: &MethodDescriptor) -> bool {
        let (input, output) = (method.input(), method.output());
        let takes_little = input.get_field_by_name("id").is_some()
            && input
                .fields()
                .all(|field| field.name() == "id" || OF_AN_ACT.contains(&field.name()));
        let mut answers = output.fields();
        let is_answer = |field: prost_reflect::FieldDescriptor| {
            field.name() == self.field && field.kind().as_message() == Some(&self.message)
        };
        takes_little && answers.next().is_some_and(is_answer) && answers.next().is_none()
    }
}

const CREATE: &str = "let request = request.map(|asked| { $MUTATION Create { id: $GIVEN_ID, \
    record: asked.$FIELD.unwrap_or_default(), mutation } });
        let record = self.0.create(request).await?;
        Ok(Response::new($ANSWER { $FIELD: Some(record) }))";
const GET: &str = "let record = self.0.get(request.map(|_| ())).await?;
        Ok(Response::new($ANSWER { $FIELD: Some(record) }))";
const UPDATE: &str = "let request = request.map(|asked| { $MUTATION Update { \
    record: asked.$FIELD.unwrap_or_default(), mask: asked.update_mask, mutation } });
        let record = self.0.update(request).await?;
        Ok(Response::new($ANSWER { $FIELD: Some(record) }))";
const DELETE: &str =
    "let request = request.map(|asked| { $MUTATION Delete { etag: $ETAG, mutation } });
        let record = self.0.delete(request).await?;
        Ok(Response::new($ANSWER { $FIELD: Some(record) }))";
const RESTORE: &str =
    "let request = request.map(|asked| { $MUTATION Restore { etag: $ETAG, mutation } });
        let record = self.0.restore(request).await?;
        Ok(Response::new($ANSWER { $FIELD: Some(record) }))";
const TRANSFER: &str = "let request = request.map(|asked| { $MUTATION Transfer { etag: $ETAG, \
    keep_shares: asked.keep_shares, mutation } });
        let record = self.0.transfer(request).await?;
        Ok(Response::new($ANSWER { $FIELD: Some(record) }))";
const ACT: &str =
    "let request = request.map(|asked| { $MUTATION Act { etag: $ETAG, reason: $REASON, \
    mutation } });
        let record = self.0.act(request).await?;
        Ok(Response::new($ANSWER { $FIELD: Some(record) }))";
const SHARE: &str =
    "let request = request.map(|asked| Share { level: asked.level(), subject: asked.subject, \
    expires_at: asked.expires_at, reason: asked.reason, request_id: asked.request_id });
        let (share, written_at) = self.0.share(request).await?;
        Ok(Response::new($ANSWER { share: Some(share), written_at }))";
const UNSHARE: &str = "let request = request.map(|asked| Unshare { subject: asked.subject, \
    reason: asked.reason });
        let written_at = self.0.unshare(request).await?;
        Ok(Response::new($ANSWER { written_at }))";
const SHARES: &str = "let shares = self.0.shares(request.map(|_| ())).await?;
        Ok(Response::new($ANSWER { shares }))";
const HISTORY: &str =
    "let request = request.map(|asked| ListHistory { page_size: asked.page_size, \
    page_token: asked.page_token });
        let page = self.0.history(request).await?;
        let entries = page.entries.into_iter().map($ENTRY).collect();
        Ok(Response::new($ANSWER { entries, next_page_token: page.next_page_token }))";
const BATCH_GET: &str = "let many = self.0.batch_get(request.map(|_| ())).await?;
        Ok(Response::new($ANSWER { $PLURAL: many.records, not_found: many.not_found }))";
const LIST: &str = "let request = request.map(|asked| List { total: asked.total(), \
    page_size: asked.page_size, page_token: asked.page_token, filter: asked.filter, \
    order_by: asked.order_by, show_deleted: $SHOW_DELETED });
        let page = self.0.list(request).await?;
        Ok(Response::new($ANSWER { $PLURAL: page.records, next_page_token: page.next_page_token, \
    total_size: page.total_size, total_is_exact: page.total_is_exact }))";

/// A template with what does not depend on the resource.
fn filled(template: &str, method: &MethodDescriptor) -> String {
    let mutation = format!(
        "let mutation = Mutation::of({:?}, &asked, {}, {});",
        method.name(),
        if has(method, "request_id") {
            "&asked.request_id"
        } else {
            "\"\""
        },
        if has(method, "validate_only") {
            "asked.validate_only"
        } else {
            "false"
        },
    );
    template
        .replace("$MUTATION", &mutation)
        .replace("$ANSWER", &format!("v1::{}", method.output().name()))
        .replace("$ETAG", &given(method, "etag"))
        .replace("$REASON", &given(method, "reason"))
        .replace("$SHOW_DELETED", &given(method, "show_deleted"))
}

fn has(method: &MethodDescriptor, field: &str) -> bool {
    method.input().get_field_by_name(field).is_some()
}

/// What the request says in a field, which it need not have.
fn given(method: &MethodDescriptor, field: &str) -> String {
    if has(method, field) {
        format!("asked.{field}")
    } else {
        "Default::default()".to_owned()
    }
}

/// A function from the common history entry to the resource's own.
fn history_entry(method: &MethodDescriptor) -> Result<String, String> {
    let entry = method
        .output()
        .get_field_by_name("entries")
        .and_then(|field| field.kind().as_message().cloned())
        .ok_or_else(|| format!("{}: its answer has no `entries`", method.full_name()))?;
    let fields = entry.fields().map(|field| {
        let field = field.name();
        format!("{field}: entry.{field}")
    });
    Ok(format!(
        "|entry| v1::{} {{ {} }}",
        entry.name(),
        fields.collect::<Vec<_>>().join(", ")
    ))
}

/// As tonic declares it.
fn signature(method: &MethodDescriptor) -> String {
    format!(
        "async fn {}(&self, request: Request<v1::{}>) -> Result<Response<v1::{}>, Status>",
        snake(method.name()),
        method.input().name(),
        method.output().name(),
    )
}

/// `BatchGetContacts` as `batch_get_contacts`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
