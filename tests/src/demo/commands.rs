//! Commands to copy, with what they answer.

use crate::Result;
use crate::company::{Tag, person};
use crate::dynamic;
use crate::session::{Session, Signed};
use crate::world::World;
use std::net::SocketAddr;
use tonic::Status;
use tonic_types::StatusExt;

/// Who calls in the examples.
const CALLER: &str = "u05";

/// A call that is shown as a command.
struct Example {
    says: &'static str,
    address: SocketAddr,
    channel: Signed,
    service: &'static str,
    method: &'static str,
    body: String,
}

/// Where the services listen and what is needed to reach them.
///
/// # Errors
///
/// One of them does not run.
pub async fn addresses(world: &World) -> Result<String> {
    Ok(format!(
        "authz-service  {}\ncrm-service    {}\nboth with TLS; the certificate authority is {}",
        world
            .authz_address()
            .await
            .ok_or("authz-service does not run")?,
        world
            .crm_address()
            .await
            .ok_or("crm-service does not run")?,
        authority(world),
    ))
}

/// Three calls, what they answer, and how to sign in.
///
/// # Errors
///
/// A service does not answer.
pub async fn of(world: &World) -> Result<String> {
    let session = world.sign_in(CALLER).await?;
    let name = person(CALLER).map_or("", |person| person.name);
    let mut text = format!(
        "Try it as {CALLER} {name}. The token lasts ten minutes:\n\n  TOKEN={}\n",
        session.token().unwrap_or_default(),
    );
    for example in examples(world, &session).await? {
        text += &format!("\n# {}\n{}\n", example.says, grpcurl(world, &example));
        let channel = example.channel.clone();
        let answer = answer(channel, example.service, example.method, &example.body).await?;
        text += &format!("{}\n", indented(&answer));
        if example.method == "GetCustomer" {
            text += &format!("\n# the same with buf\n{}\n", buf_curl(world, &example));
        }
    }
    Ok(text + &signing_in(world).await?)
}

async fn examples(world: &World, session: &Session) -> Result<[Example; 3]> {
    let authz = world
        .authz_address()
        .await
        .ok_or("authz-service does not run")?;
    let crm = world
        .crm_address()
        .await
        .ok_or("crm-service does not run")?;
    let own = Tag::owned_by(CALLER)
        .map(|tag| tag.id())
        .next()
        .unwrap_or_default();
    let record = format!(r#"{{"id": "{own}"}}"#);
    Ok([
        Example {
            says: "may she export customers?",
            address: authz,
            channel: session.authz_channel(),
            service: "menshen.authz.v1.AuthzService",
            method: "Check",
            body: r#"{"permission": "export", "resource": "module:customers"}"#.to_owned(),
        },
        Example {
            says: "one of her customers",
            address: crm,
            channel: session.crm_channel(),
            service: "menshen.crm.v1.CustomerService",
            method: "GetCustomer",
            body: record.clone(),
        },
        Example {
            says: "she may not delete it: the function is there, the data right is not",
            address: crm,
            channel: session.crm_channel(),
            service: "menshen.crm.v1.CustomerService",
            method: "DeleteCustomer",
            body: record,
        },
    ])
}

fn grpcurl(world: &World, example: &Example) -> String {
    format!(
        "grpcurl -cacert {} -H \"authorization: Bearer $TOKEN\" \\\n  -d '{}' \\\n  {} {}/{}",
        authority(world),
        example.body,
        example.address,
        example.service,
        example.method,
    )
}

fn buf_curl(world: &World, example: &Example) -> String {
    format!(
        "buf curl --protocol grpc --cacert {} -H \"authorization: Bearer $TOKEN\" \\\n  -d '{}' \\\n  https://{}/{}/{}",
        authority(world),
        example.body,
        example.address,
        example.service,
        example.method,
    )
}

/// Makes a call and shows its answer as grpcurl does.
///
/// # Errors
///
/// There is no such method, or the body is not its request.
pub async fn answer(channel: Signed, service: &str, method: &str, body: &str) -> Result<String> {
    let method = dynamic::method(service, method)?;
    let request = dynamic::from_json(method.input(), body)?;
    match dynamic::call(channel, &method, request).await {
        Ok(response) => dynamic::to_json(&response.into_inner()),
        Err(status) => Ok(error(&status)),
    }
}

fn error(status: &Status) -> String {
    let mut text = format!(
        "ERROR:\n  Code: {:?}\n  Message: {}",
        status.code(),
        status.message()
    );
    if let Some(info) = status.get_details_error_info() {
        let detail = serde_json::json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": info.reason,
            "domain": info.domain,
            "metadata": info.metadata,
        });
        text += &format!("\n  Details:\n  1)\t{detail}");
    }
    text
}

async fn signing_in(world: &World) -> Result<String> {
    let authz = world
        .authz_address()
        .await
        .ok_or("authz-service does not run")?;
    let sign_in = |id: &str| {
        format!(
            "grpcurl -cacert {} \\\n  -d '{{\"user\": \"{id}\", \"password\": \"{}\"}}' \\\n  {authz} menshen.authz.v1.IdentityService/SignIn",
            authority(world),
            world.passwords().of(id),
        )
    };
    Ok(format!(
        "\n# sign in as anybody, u01 to u33: the password is the id, a dash and a secret of this demo\n{}\n",
        sign_in("u01"),
    ))
}

/// As short as it can be from here.
fn authority(world: &World) -> String {
    let path = world.folder().join("tls/ca.pem");
    std::env::current_dir()
        .ok()
        .and_then(|here| path.strip_prefix(here).ok().map(std::path::Path::to_owned))
        .unwrap_or(path)
        .display()
        .to_string()
}

fn indented(text: &str) -> String {
    format!("  {}", text.replace('\n', "\n  "))
}
